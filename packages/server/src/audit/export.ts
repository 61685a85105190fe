import type { ChainedEvent } from '../domain/audit-chain.ts'
import type { AuditChain } from '../store/audit.ts'
import { eventsAfter, placeBefore } from './chain-reading.ts'

/** An event as it is exported: with what it follows, so that any stretch of the chain can be verified by itself. */
export interface ExportedEvent extends ChainedEvent {
  readonly previous_hash: string
}

/**
 * The events of this time (epoch seconds, inclusive), all of them when nothing is said, in the order of the chain. It is
 * one stretch without a gap, so some just before or after may be among them.
 */
export async function* exportedEvents(
  chain: AuditChain,
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined } = {},
): AsyncGenerator<ExportedEvent> {
  const all = from === undefined && to === undefined
  const stretch = all
    ? { first: 1, last: (await chain.head()).seq }
    : await chain.stretch(from ?? 0, to ?? Number.MAX_SAFE_INTEGER)
  if (stretch === undefined) return
  let previous = await placeBefore(chain, stretch.first, await chain.anchor())
  for await (const event of eventsAfter(chain, previous.seq)) {
    if (event.seq > stretch.last) return
    yield { ...event, previous_hash: previous.chain_hash }
    previous = event
  }
}
