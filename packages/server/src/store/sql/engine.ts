import type { Kysely, RawBuilder, Transaction } from 'kysely'
import type { Schema } from '../schema.ts'
import type { Redemption } from '../store.ts'

export type Database = Kysely<Schema>
export type Work = Transaction<Schema>

/** One database, with the few things that the two do not say in the same words. */
export interface Engine {
  readonly db: Database
  readonly locks: RowLocks
  redeem(redemption: Redemption): Promise<boolean>
}

/** What ends a `select` that locks its rows; empty on SQLite, where a transaction is the only writer. */
export interface RowLocks {
  /** Nobody else changes the rows or shares them. Rows that refer to them can still be added. */
  readonly own: RawBuilder<unknown>
  /** Nobody changes the rows; others may share them. */
  readonly share: RawBuilder<unknown>
  /** Takes the rows that nobody holds and leaves out the rest, so it never waits. */
  readonly ownFree: RawBuilder<unknown>
}
