import type { Accounts, MailTokens, Projects, Sessions } from './accounts.ts'
import type { Administration } from './administration.ts'
import type { AuditEvents } from './audit.ts'
import type { Clients } from './clients.ts'
import type { AuthorizationCodes } from './codes.ts'
import type { DeviceCodes } from './devices.ts'
import type { ApiKeys, Grants } from './grants.ts'
import type { Limits } from './limits.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { Replays } from './replays.ts'
import type { AuthorizationRequests, PushedRequests } from './requests.ts'
import type { SealedTexts } from './sealed-texts.ts'
import type { Traces } from './traces.ts'
import type { Webhooks } from './webhooks.ts'

/**
 * The port to the database: facts in, facts out, named for what they mean.
 *
 * What must happen once happens in one statement or one transaction. Every method may throw
 * `StoreUnavailable` when the database is away; nothing is half done then.
 */
export interface Store {
  readonly developers: Accounts
  readonly users: Accounts
  readonly sessions: Sessions
  readonly mailTokens: MailTokens
  readonly projects: Projects
  readonly clients: Clients
  readonly requests: AuthorizationRequests
  readonly codes: AuthorizationCodes
  readonly grants: Grants
  readonly apiKeys: ApiKeys
  readonly pushedRequests: PushedRequests
  readonly devices: DeviceCodes
  readonly refreshTokens: RefreshTokens
  readonly replays: Replays
  readonly traces: Traces
  readonly audit: AuditEvents
  readonly limits: Limits
  readonly sealed: SealedTexts
  readonly administration: Administration
  readonly webhooks: Webhooks
  /** Resolves when the database answers and its schema has all that this program expects. */
  ready(): Promise<void>
  /**
   * Removes at most `bite` rows per table that no longer mean anything; returns how many. Less than a bite: all are gone,
   * or another server is at it. Then it goes on with deletions, suspensions and ends of access that broke off; of each
   * that fails again `failed` hears why.
   */
  sweep(now: number, bite?: number, failed?: (cause: unknown) => void): Promise<number>
  /**
   * Ends, in one transaction, what may have been used up after the backup that this database was restored from: unspent
   * codes, sessions, mailed tokens and pushed requests. Returns how many.
   */
  settleRestored(now: number): Promise<RestoredEnds>
  close(): Promise<void>
}

export interface RestoredEnds {
  readonly codes: number
  readonly sessions: number
  readonly mail_tokens: number
  readonly pushed_requests: number
}

/** The database cannot be reached, or did not answer in time. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** Who looks at a store from inside. */
export interface StoreWatch {
  /** Begins to look at a pool of connections: what `load` says is how it stands whenever it is asked. */
  looksAt(load: () => { readonly in_use: number; readonly idle: number; readonly waiting: number }): void
  /** So many redemptions go into one commit. */
  grouped(redemptions: number): void
  /** A group that ought to go together failed as a whole, and each of it is run alone: slower, and perhaps a bug. */
  ungrouped(cause: unknown): void
}
