import type { CompiledQuery, Kysely, QueryResult, RawBuilder, Transaction } from 'kysely'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Redemption } from '../codes.ts'
import type { Schema } from '../schema.ts'

export type Database = Kysely<Schema>
export type Work = Transaction<Schema>

/** One database, with the few things that the two do not say in the same words. */
export interface Engine {
  readonly db: Database
  readonly locks: RowLocks
  /** One prepared query of the hot path, by the shortest way there is. */
  ask<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>
  /** The rows of `readRedeemable`. */
  redeemable(asked: AskedCode): Promise<readonly RedeemableRow[]>
  redeem(redemption: Redemption): Promise<boolean>
  /** Adds events, in their order, behind the last one of the chain, in one transaction. */
  lengthenChain(events: readonly AuditEvent[]): Promise<void>
}

/** A code, and the client that may have it. */
export interface AskedCode {
  readonly client_id: string
  readonly code_hash: string
  readonly now: number
}

export type RedeemableRow = Readonly<Record<string, unknown>>

/** What ends a `select` that locks its rows; empty on SQLite, where a transaction is the only writer. */
export interface RowLocks {
  /** Nobody else changes the rows or shares them. Rows that refer to them can still be added. */
  readonly own: RawBuilder<unknown>
  /** Nobody changes the rows; others may share them. */
  readonly share: RawBuilder<unknown>
  /** Takes the rows that nobody holds and leaves out the rest, so it never waits. */
  readonly ownFree: RawBuilder<unknown>
  /** Not the end of a `select` but a condition of it: true for one statement at a time, of all servers; never waits. */
  readonly alone: RawBuilder<unknown>
  /** A statement of its own: whoever lengthens the chain of audit events waits here for its turn, until its transaction ends. */
  readonly auditChain: RawBuilder<unknown>
}
