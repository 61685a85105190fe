import { hash } from 'node:crypto'
import type { AuditEvent } from './audit-event.ts'

/** A place in the chain of audit events, and what holds everything before it: enough to notice a change later. */
export interface ChainPlace {
  /** 1 for the first event there ever was, then without a gap. */
  readonly seq: number
  /** SHA-256, 64 hex digits. */
  readonly chain_hash: string
}

export interface ChainedEvent extends AuditEvent, ChainPlace {}

/** The last place of what was removed for its age. */
export interface ChainAnchor extends ChainPlace {
  /** When the youngest of all that was ever removed happened, in epoch seconds. */
  readonly newest_at: number
  readonly removed_at: number
}

/** The action of the event that tells of a removal; its resource is the anchor, as `placeText` writes it. */
export const removedAction = 'audit.removed'

/** A place in one word, as `valetkey audit head` prints it. */
export const placeText = ({ seq, chain_hash }: ChainPlace): string => `${seq}:${chain_hash}`

/** Whether this event tells of the removal that left this anchor. */
export const tellsOf = (anchor: ChainAnchor, { action, outcome, resource, at }: AuditEvent): boolean =>
  action === removedAction &&
  outcome === 'success' &&
  resource === placeText(anchor) &&
  at === anchor.removed_at

/** What the first event follows. */
export const chainStart: ChainPlace = { seq: 0, chain_hash: '0'.repeat(64) }

/**
 * The hash of an event in its place, 64 hex digits: SHA-256 over the UTF-8 bytes of one JSON array, written without
 * white space as ECMAScript's `JSON.stringify` does. The first element names this form, so that another can follow it.
 */
export function chainHash(previous: ChainPlace, event: AuditEvent): string {
  const { id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id } = event
  const place = ['valetkey-audit-v1', previous.seq + 1, previous.chain_hash]
  const fields = [id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id]
  return hash('sha256', JSON.stringify([...place, ...fields]))
}

/** The events in their places behind `previous`, in the order given. */
export function chained(previous: ChainPlace, events: readonly AuditEvent[]): readonly ChainedEvent[] {
  let last = previous
  return events.map((event) => {
    const next = { ...event, seq: last.seq + 1, chain_hash: chainHash(last, event) }
    last = next
    return next
  })
}

/**
 * An event as both databases give it back: neither keeps U+0000 in a text alike, nor half a character. It is hashed as
 * it is kept.
 */
export function asKept(event: AuditEvent): AuditEvent {
  const fields = Object.entries(event).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value,
  ])
  return { ...event, ...Object.fromEntries(fields) }
}

/** The first thing that is wrong with a chain. */
export interface ChainFault {
  readonly seq: number
  /** Of the event that stands there now; null when none does. */
  readonly id: string | null
  readonly fault:
    | 'missing'
    | 'changed'
    | 'cut_off'
    | 'differs_from_noted'
    /** This event and those before it are gone, and not all were as old as events must be for that. */
    | 'removed_early'
    /** They are gone, and no event tells of it. */
    | 'removed_untold'
    /** It was noted, and lies before what was looked at. */
    | 'noted_removed'
}

/** Why `event` is not what follows `previous`; undefined when it is. */
export function faultOf(previous: ChainPlace, event: ChainedEvent): ChainFault | undefined {
  const seq = previous.seq + 1
  if (event.seq !== seq) return { seq, id: null, fault: 'missing' }
  return event.chain_hash === chainHash(previous, event) ? undefined : { seq, id: event.id, fault: 'changed' }
}
