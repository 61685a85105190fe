import { secondsPerDay } from '@valetkey/protocol'
import {
  type ChainAnchor,
  type ChainedEvent,
  type ChainFault,
  type ChainPlace,
  chainStart,
  faultOf,
  tellsOf,
} from '../domain/audit-chain.ts'
import type { AuditChain } from '../store/audit.ts'
import { eventsAfter, placeBefore } from './chain-reading.ts'
import type { ExportedEvent } from './export.ts'

/** What became of a chain when it was gone through. */
export interface ChainReport {
  /** What the first event looked at follows. */
  readonly start: ChainPlace
  /** The last place that holds. */
  readonly end: ChainPlace
  /** The first thing that is wrong. */
  readonly fault: ChainFault | undefined
  /** Places noted earlier that lie before the start: nothing can be said of them. */
  readonly too_old: readonly ChainPlace[]
}

interface Noted {
  /** Places noted earlier, and kept elsewhere. */
  readonly noted?: readonly ChainPlace[]
  /** Let pass those that lie before what is looked at. Unless told, one such is a fault. */
  readonly allow_removed?: boolean
}

interface Asked extends Noted {
  /** The number of the first event to look at. Whether what was removed is told of shows only from the beginning. */
  readonly from?: number
  /** How old events must be to be removed, in days. With 0, which is the default, none may be. */
  readonly audit_ttl?: number
}

/**
 * Goes through the chain in the database, from its beginning or from the event with the number `from`.
 *
 * Whoever can write to the database can also make a new chain. It shows in places `noted` earlier and kept elsewhere.
 */
export async function verifyChain(
  chain: AuditChain,
  { from = 1, audit_ttl = 0, ...noted }: Asked = {},
): Promise<ChainReport> {
  for (;;) {
    const anchor = await chain.anchor()
    const start = await placeBefore(chain, from, anchor)
    let told = start.seq !== anchor?.seq
    const report = await goThrough(
      start,
      eventsAfter(chain, start.seq),
      noted,
      (event) => {
        if (anchor !== undefined && tellsOf(anchor, event)) told = true
      },
      () => anchor && removalFault(anchor, told, audit_ttl),
    )
    // The oldest may have been removed for their age meanwhile.
    const seq = (await chain.anchor())?.seq ?? 0
    if (report.fault?.fault !== 'missing' || report.fault.seq > seq) return report
  }
}

function removalFault(
  { seq, newest_at, removed_at }: ChainAnchor,
  told: boolean,
  audit_ttl: number,
): ChainFault | undefined {
  if (!told) return { seq, id: null, fault: 'removed_untold' }
  const early = audit_ttl === 0 || removed_at - newest_at < audit_ttl * secondsPerDay
  return early ? { seq, id: null, fault: 'removed_early' } : undefined
}

/** Goes through what `exportedEvents` gave, in its order. */
export async function verifyExport(
  events: AsyncIterable<ExportedEvent>,
  noted: Noted = {},
): Promise<ChainReport> {
  const rest = events[Symbol.asyncIterator]()
  const first = await rest.next()
  if (first.done === true) return goThrough(chainStart, rowsOf([]), noted)
  const { seq, previous_hash } = first.value
  const start = seq === 1 ? chainStart : { seq: seq - 1, chain_hash: previous_hash }
  return goThrough(start, rowsOf([first.value], rest), noted)
}

type Row = ChainedEvent & Partial<Pick<ExportedEvent, 'previous_hash'>>

async function goThrough(
  start: ChainPlace,
  events: AsyncIterable<Row>,
  { noted = [], allow_removed = false }: Noted,
  look: (event: ChainedEvent) => void = () => undefined,
  besides: () => ChainFault | undefined = () => undefined,
): Promise<ChainReport> {
  const hashes = new Map(noted.map(({ seq, chain_hash }) => [seq, chain_hash]))
  const too_old = noted.filter(({ seq }) => seq < start.seq)
  const report = (end: ChainPlace, fault?: ChainFault): ChainReport => ({ start, end, fault, too_old })
  const differs = ({ seq, chain_hash }: ChainPlace): boolean => (hashes.get(seq) ?? chain_hash) !== chain_hash

  if (differs(start)) return report(start, { seq: start.seq, id: null, fault: 'differs_from_noted' })
  let end = start
  for await (const event of events) {
    const { id, seq, chain_hash, previous_hash = end.chain_hash } = event
    const fault = faultOf(end, event)
    if (fault !== undefined) return report(end, fault)
    if (previous_hash !== end.chain_hash) return report(end, { seq, id, fault: 'changed' })
    if (differs(event)) return report(end, { seq, id, fault: 'differs_from_noted' })
    look(event)
    end = { seq, chain_hash }
  }
  if (noted.some(({ seq }) => seq > end.seq))
    return report(end, { seq: end.seq + 1, id: null, fault: 'cut_off' })
  const [unseen] = allow_removed ? [] : too_old
  return report(end, besides() ?? (unseen && { seq: unseen.seq, id: null, fault: 'noted_removed' }))
}

async function* rowsOf<Event>(first: readonly Event[], rest?: AsyncIterator<Event>): AsyncGenerator<Event> {
  yield* first
  for (let next = await rest?.next(); next?.done === false; next = await rest?.next()) yield next.value
}
