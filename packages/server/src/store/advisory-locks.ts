import { type RawBuilder, sql } from 'kysely'

/**
 * The advisory locks of PostgreSQL, each with what whoever holds it does alone. Their numbers are one behind the other,
 * far from where other programs in the same database would look for one.
 */
const locks = {
  /** Brings the schema up to date. */
  migration: '8530218352217122169',
  /** Removes what is over. */
  sweep: '8530218352217122170',
  /** Gives audit events their places in the chain. */
  auditChain: '8530218352217122171',
} as const

/** Of one transaction: it goes with it, so a pooler carries nothing over to somebody else. */
export const advisoryLock = (of: keyof typeof locks): RawBuilder<unknown> => sql.raw(locks[of])
