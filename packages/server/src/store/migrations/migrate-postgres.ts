import { setTimeout } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { errorCodeOf } from '../../error-code.ts'
import { advisoryLock } from '../advisory-locks.ts'
import type { Schema } from '../schema.ts'
import { StoreUnavailable } from '../store.ts'
import { type Migration, migrate, migrations } from './migrate.ts'

/** How a migration waits for tables that others are using. */
export const migrationPatience = {
  /** Whoever comes after us waits as long as we wait for a table: so not long. */
  lockTimeoutMs: 1000,
  /** What came meanwhile is served. */
  pauseMs: 2000,
  tries: 60,
}

const turn = sql`select pg_advisory_xact_lock(${advisoryLock('migration')})`

/**
 * Brings the schema up to date beside servers that go on: it waits for a transaction that holds a table for a second
 * only, since all others wait behind it, and tries again for some minutes. One server does it at a time.
 *
 * @throws StoreUnavailable when a table stays taken
 */
export async function migratePostgres(
  db: Kysely<Schema>,
  { lockTimeoutMs, pauseMs, tries }: typeof migrationPatience = migrationPatience,
  wanted: readonly Migration[] = migrations,
): Promise<void> {
  // After the turn among servers, which may take as long as the others need.
  const lockTimeout = sql.raw(`set local lock_timeout = ${lockTimeoutMs}`)
  for (let left = tries; ; left--) {
    try {
      await migrate(db, [turn, lockTimeout], wanted)
      return
    } catch (error) {
      if (!isTaken(error)) throw error
      if (left <= 1) throw new StoreUnavailable(stillTaken, { cause: error })
      await setTimeout(pauseMs)
    }
  }
}

const stillTaken = 'the schema cannot be migrated: a transaction holds a table all the time'

/** @source https://www.postgresql.org/docs/current/errcodes-appendix.html (lock_not_available, deadlock_detected) */
function isTaken(error: unknown): boolean {
  const code = errorCodeOf(error instanceof StoreUnavailable ? error.cause : error)
  return code === '55P03' || code === '40P01'
}
