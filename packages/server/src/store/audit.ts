import type { ChainAnchor, ChainedEvent, ChainPlace } from '../domain/audit-chain.ts'
import type { AuditEvent } from '../domain/audit-event.ts'

/** What was done, by whom and to what. */
export interface AuditEvents {
  /** Adds them and gives each its place in the chain, in one transaction, in turn with other servers. */
  addMany(events: readonly AuditEvent[]): Promise<void>
  /** What is about one user, newest first, at most `limit` of it; `after` goes on where an earlier list ended. */
  log(
    filter: AuditFilter,
    page: { readonly limit: number; readonly after?: AuditPlace | undefined },
  ): Promise<readonly AuditEntry[]>
  count(filter: AuditFilter): Promise<number>
  /** The chain they are in. */
  readonly chain: AuditChain
}

/** Each event with the hash of the one before it, so that none is changed or removed unseen. */
export interface AuditChain {
  /** Where it ends; `chainStart` when there never was an event. */
  head(): Promise<ChainPlace>
  /** Where it begins: what was there before this place was removed for its age. undefined when nothing was. */
  anchor(): Promise<ChainAnchor | undefined>
  /** The events behind this place, in the order of the chain, at most `limit`. */
  read(after: number, limit: number): Promise<readonly ChainedEvent[]>
  /** The shortest stretch that holds every event of this time (epoch seconds, inclusive); undefined when there is none. */
  stretch(from: number, to: number): Promise<{ readonly first: number; readonly last: number } | undefined>
  /** How many events have no place yet: written by a server of the version before. */
  waiting(): Promise<number>
  /** Gives the oldest `limit` of those their places; returns how many. Less than `limit`: none is left. */
  chainWaiting(limit: number): Promise<number>
  /**
   * Removes the events from the beginning of the chain up to the first that is not older than `before` (epoch seconds),
   * at most `limit`, keeps their last place as the anchor, and adds an event that tells of it. Returns how many.
   */
  removeOlder(before: number, limit: number, told: Removal): Promise<number>
}

/** The event of a removal, but for what it is about: up to where, which only the database knows. */
export type Removal = Pick<AuditEvent, 'id' | 'at' | 'trace_id'>

/** Which events about one user. */
export interface AuditFilter {
  readonly user_id: string
  readonly actions?: readonly string[] | undefined
  readonly outcome?: AuditEvent['outcome'] | undefined
  /** Events with this text in a name, a resource or a network, and those of a kind that is named here. */
  readonly search?:
    | { readonly text: string; readonly kinds: readonly Pick<AuditEvent, 'action' | 'outcome'>[] }
    | undefined
  /** Epoch seconds, inclusive. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** A place in the order of events, which events that come later do not move. */
export type AuditPlace = Pick<AuditEvent, 'at' | 'id'>

/** An event as its user reads it. */
export interface AuditEntry extends AuditEvent {
  /** The name of the client that acted. */
  readonly actor_name: string | null
  /** The name of the client whose request or access it was done to. */
  readonly app_name: string | null
}
