import { hash } from 'node:crypto'
import { sql } from 'kysely'
import type { Limits, Replays, Traces } from '../store.ts'
import type { Engine } from './engine.ts'
import { prepare, type Slot } from './prepare.ts'
import { traceOf, traceRow } from './rows.ts'

export function replays({ db }: Engine): Replays {
  const mark = prepare((slot: Slot<{ mark: string; expires_at: number }>) =>
    db
      .insertInto('replay_marks')
      .values({ mark: slot((args) => args.mark), expires_at: slot((args) => args.expires_at) })
      .onConflict((conflict) => conflict.doNothing()),
  )
  return {
    async mark(client_id, jti, expires_at) {
      const { numAffectedRows } = await db.executeQuery(mark({ mark: digest(client_id, jti), expires_at }))
      return numAffectedRows === 1n
    },
  }
}

export function traces({ db }: Engine): Traces {
  return {
    async addMany(traces) {
      await db.transaction().execute(async (trx) => {
        for (const some of inPowersOfTwo(traces.map(traceRow))) {
          const add = trx.insertInto('token_requests').values(some)
          await add.onConflict((conflict) => conflict.column('trace_id').doNothing()).execute()
        }
      })
    },

    async find(trace_id) {
      const found = db.selectFrom('token_requests').selectAll().where('trace_id', '=', trace_id)
      const row = await found.executeTakeFirst()
      return row && traceOf(row)
    },
  }
}

export function limits({ db }: Engine): Limits {
  const hit = prepare((slot: Slot<{ key: string; now: number; resets_at: number }>) => {
    const [key, resets_at] = [slot((args) => args.key), slot((args) => args.resets_at)]
    const over = sql`limit_windows.resets_at <= ${slot((args) => args.now)}`
    return db
      .insertInto('limit_windows')
      .values({ key, hits: 1, resets_at })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet({
          hits: sql<number>`case when ${over} then 1 else limit_windows.hits + 1 end`,
          resets_at: sql<number>`case when ${over} then excluded.resets_at else limit_windows.resets_at end`,
        }),
      )
      .returning(['hits', 'resets_at'])
  })
  return {
    async hit(key, windowSeconds, now) {
      const { rows } = await db.executeQuery(hit({ key: digest(key), now, resets_at: now + windowSeconds }))
      const [window] = rows
      if (window === undefined) throw new Error('an upsert that returns nothing')
      return { ...window }
    },

    async peek(key, now) {
      const window = await db
        .selectFrom('limit_windows')
        .select(['hits', 'resets_at'])
        .where('key', '=', digest(key))
        .where('resets_at', '>', now)
        .executeTakeFirst()
      return window && { ...window }
    },

    async forget(key) {
      await db.deleteFrom('limit_windows').where('key', '=', digest(key)).execute()
    },
  }
}

/** One short key for texts of any length and content. */
function digest(...texts: readonly string[]): string {
  return hash('sha256', JSON.stringify(texts), 'base64url')
}

/** Cuts a list so that only a few statements are ever prepared, whatever its length. */
export function inPowersOfTwo<Item>(items: readonly Item[], most = 64): readonly (readonly Item[])[] {
  const pieces: Item[][] = []
  for (let at = 0; at < items.length; ) {
    const size = Math.min(most, 2 ** Math.floor(Math.log2(items.length - at)))
    pieces.push(items.slice(at, at + size))
    at += size
  }
  return pieces
}
