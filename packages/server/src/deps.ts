import type { ClientKeys } from './client-keys.ts'
import type { NewAuditEvent } from './domain/audit-event.ts'
import type { TokenRequest, TraceStep } from './domain/token-request.ts'
import type { LogFields } from './log-fields.ts'
import type { StorageNetwork } from './network/storage-network.ts'
import type { Metrics } from './observe/metrics.ts'
import type { Tracing } from './observe/tracing.ts'
import type { Poster } from './outbound-post.ts'
import type { Quota } from './rates/quota.ts'
import type { RateCounters } from './rates/rate-counters.ts'
import type { Sealer } from './sealing.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store/store.ts'
import type { VerifiedGrants } from './verified-grants.ts'

/** What a use case may be handed. Built in `serve.ts`, or by a test with a clock it turns by hand. */
export interface Deps {
  readonly store: Store
  readonly network: StorageNetwork
  readonly clock: Clock
  readonly random: Random
  readonly sealer: Sealer
  readonly passwords: Passwords
  readonly rootKeys: RootKeys
  readonly clientKeys: ClientKeys
  readonly verifiedGrants: VerifiedGrants
  readonly mailer: Mailer
  readonly poster: Poster
  readonly background: Background
  readonly recorder: Recorder
  readonly rates: RateCounters
  readonly log: Log
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly settings: Settings
}

export interface Clock {
  /** Whole epoch seconds. */
  now(): number
  /** Epoch milliseconds. */
  nowMs(): number
}

/** Cryptographically secure random bytes. */
export type Random = (length: number) => Buffer

/** Password hashing, slow on purpose. */
export interface Passwords {
  /** A PHC string. */
  hash(password: string): Promise<string>
  /** Takes the same time for an unknown account: pass undefined, the answer is false. */
  verify(password_hash: string | undefined, password: string): Promise<boolean>
}

/** The key everything in a project is encrypted below, 32 bytes. The salt is the project's, base64. @refuses overloaded */
export type RootKeys = (passphrase: string, salt: string) => Promise<Uint8Array>

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

export interface Mailer {
  send(mail: Mail): Promise<void>
}

/** Work that goes on behind an answer. */
export interface Background {
  /** Begins it once the answer has left. A failure is logged as `event`. */
  run(event: LogEvent, about: LogFields, work: () => Promise<void>): void
  /** Resolves when nothing is under way any more. */
  flush(): Promise<void>
}

/** Whether the client that a request names exists: `unsure` where it named several, or was refused before one was looked up. */
export type FoundClient = 'found' | 'none' | 'unsure'

/** Writes behind the answer, in batches; sheds the oldest under pressure, never slows a request down. */
export interface Recorder {
  /**
   * `look` is taken behind the answer, if there is room for it, and completes the steps. Whose the request was may be
   * known already; else the steps tell.
   */
  trace(
    trace: TokenRequest,
    look?: () => Promise<readonly TraceStep[]>,
    known?: { readonly client: FoundClient },
  ): void
  audit(event: NewAuditEvent): void
  secretUsed(secret_id: string): void
  /** Resolves when everything recorded so far is stored. */
  flush(): Promise<void>
}

/** One line of JSON per event. Its fields are those of `log-fields.ts`, each of one shape; there are no others. */
export interface Log {
  info(event: LogEvent, fields?: LogFields): void
  error(event: LogEvent, fields?: LogFields): void
}

/** Written in the code, as `words_with_underscores`; never put together from what came from outside. */
export type LogEvent = Lowercase<string>

/** Who calls: what audit events and limits need to know of a request. */
export interface Caller {
  readonly trace_id: string
  /** The peer's address, behind trusted proxies the client's. */
  readonly network: string
  readonly user_agent: string
  /** Hears of every limit that what they ask for counts against. */
  readonly meets?: (quota: Quota) => void
}
