import { secondsPerDay } from '@valetkey/protocol'
import { sql } from 'kysely'
import { traceTtlSeconds } from '../../domain/token-request.ts'
import type { Schema } from '../schema.ts'
import { clockSlackSeconds } from './clock-slack.ts'
import type { Engine } from './engine.ts'

/** A table whose rows are over once the time in column `over` is `after` seconds ago. */
interface Swept<Table extends keyof Schema> {
  readonly table: Table
  readonly key: readonly (keyof Schema[Table])[]
  readonly over: keyof Schema[Table]
  readonly after: number
}

const thirtyDays = 30 * secondsPerDay

const swept: readonly { [Table in keyof Schema]: Swept<Table> }[keyof Schema][] = [
  { table: 'sessions', key: ['token_hash'], over: 'expires_at', after: 0 },
  { table: 'mail_tokens', key: ['token_hash'], over: 'expires_at', after: 0 },
  // A server whose clock is ahead must not forget what another one still has to know.
  { table: 'replay_marks', key: ['mark'], over: 'expires_at', after: clockSlackSeconds },
  { table: 'limit_windows', key: ['key'], over: 'resets_at', after: 0 },
  { table: 'token_requests', key: ['trace_id'], over: 'at', after: traceTtlSeconds },
  {
    table: 'token_request_counts',
    key: ['filed_under', 'hour', 'reason', 'network'],
    over: 'hour',
    after: traceTtlSeconds,
  },
  { table: 'authorization_codes', key: ['id'], over: 'created_at', after: thirtyDays },
  { table: 'pushed_requests', key: ['request_uri_hash'], over: 'expires_at', after: 0 },
  // A device that polls late still hears that its code expired.
  { table: 'device_codes', key: ['device_code_hash'], over: 'expires_at', after: 3600 },
  { table: 'refresh_tokens', key: ['token_hash'], over: 'expires_at', after: thirtyDays },
  { table: 'webhook_deliveries', key: ['webhook_id', 'event_id'], over: 'created_at', after: thirtyDays },
  { table: 'webhook_secrets', key: ['id'], over: 'retires_at', after: secondsPerDay },
  { table: 'refresh_families', key: ['grant_id'], over: 'expires_at', after: thirtyDays },
]

/**
 * Removes what no longer means anything, at most `bite` rows per table, each table in a statement of its own. Of several
 * servers one sweeps at a time: the others find nothing to do. Rows that somebody holds wait for the next time.
 */
export async function sweep({ db, locks }: Engine, now: number, bite: number): Promise<number> {
  let removed = 0n
  for (const { table, key, over, after } of swept) {
    const [from, id, time] = [sql.table(table), sql.join(key.map((part) => sql.ref(part))), sql.ref(over)]
    const some = sql`select ${id} from ${from} where ${locks.alone} and ${time} <= ${now - after} limit ${bite} ${locks.ownFree}`
    const { numAffectedRows = 0n } = await sql`delete from ${from} where (${id}) in (${some})`.execute(db)
    removed += numAffectedRows
  }
  return Number(removed)
}
