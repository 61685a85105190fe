import { type ChainedEvent, type ChainPlace, chainStart } from '../domain/audit-chain.ts'
import type { AuditChain } from '../store/audit.ts'

const pageSize = 1000

/** What the event with this number follows: the event before it, or where the chain begins now. */
export async function placeBefore(
  chain: AuditChain,
  seq: number,
  anchor: ChainPlace = chainStart,
): Promise<ChainPlace> {
  const [before] = seq - 1 > anchor.seq ? await chain.read(seq - 2, 1) : []
  const { seq: at, chain_hash } = before ?? anchor
  return { seq: at, chain_hash }
}

/** The events behind the one with this number, in the order of the chain. */
export async function* eventsAfter(chain: AuditChain, seq: number): AsyncGenerator<ChainedEvent> {
  for (let after = seq; ; ) {
    const page = await chain.read(after, pageSize)
    yield* page
    after = page.at(-1)?.seq ?? after
    if (page.length < pageSize) return
  }
}
