import type { Engine } from './engine.ts'

const thirtyDays = 30 * 86_400

/**
 * Removes what no longer means anything, at most `bite` rows per table. Rows that somebody holds wait for the next
 * time, so several servers may sweep at once.
 */
export async function sweep({ db, locks }: Engine, now: number, bite: number): Promise<number> {
  const aMonthAgo = now - thirtyDays
  const free = locks.ownFree

  const swept = [
    await db
      .deleteFrom('sessions')
      .where('token_hash', 'in', (eb) =>
        eb
          .selectFrom('sessions')
          .select('token_hash')
          .where('expires_at', '<=', now)
          .limit(bite)
          .modifyEnd(free),
      )
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom('mail_tokens')
      .where('token_hash', 'in', (eb) =>
        eb
          .selectFrom('mail_tokens')
          .select('token_hash')
          .where('expires_at', '<=', now)
          .limit(bite)
          .modifyEnd(free),
      )
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom('replay_marks')
      .where('mark', 'in', (eb) =>
        eb
          .selectFrom('replay_marks')
          .select('mark')
          .where('expires_at', '<=', now)
          .limit(bite)
          .modifyEnd(free),
      )
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom('limit_windows')
      .where('key', 'in', (eb) =>
        eb
          .selectFrom('limit_windows')
          .select('key')
          .where('resets_at', '<=', now)
          .limit(bite)
          .modifyEnd(free),
      )
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom('token_requests')
      .where('trace_id', 'in', (eb) =>
        eb
          .selectFrom('token_requests')
          .select('trace_id')
          .where('at', '<=', aMonthAgo)
          .limit(bite)
          .modifyEnd(free),
      )
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom('authorization_codes')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('authorization_codes')
          .select('id')
          .where('created_at', '<=', aMonthAgo)
          .limit(bite)
          .modifyEnd(free),
      )
      .executeTakeFirstOrThrow(),
  ]
  return swept.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0)
}
