import { setTimeout as sleep } from 'node:timers/promises'
import { sealedUnder } from '../domain/sealed-text.ts'
import { SealBroken, type Sealer } from '../sealing.ts'
import type { Store } from '../store/store.ts'

/** Texts read at once, and replaced in one transaction. */
const bite = 200

export interface Resealed {
  /** Sealed under the current key by this run. */
  readonly resealed: number
  /** Still under another key: somebody held the row, or sealed it meanwhile. */
  readonly left: number
  /** Rows that no key opens, as `<purpose> <id of the row>`. */
  readonly broken: readonly string[]
}

/**
 * Goes through all that is sealed and seals it under the current key, in small bites with a rest between them as long as
 * the bite took, so that a server beside it has its turn. Stopped at any point, the next run goes on: what is done is
 * only read.
 */
export async function reseal(
  { store, sealer }: { readonly store: Pick<Store, 'sealed'>; readonly sealer: Sealer },
  onBite: (resealed: number) => void = () => {},
): Promise<Resealed> {
  let [resealed, left] = [0, 0]
  const broken: string[] = []
  for (const purpose of store.sealed.purposes) {
    for (let after = ''; ; ) {
      const began = performance.now()
      const texts = await store.sealed.read(purpose, after, bite)
      const changes = texts.flatMap(({ row_id, sealed }) => {
        if (sealedUnder(sealed) === sealer.key_id) return []
        const plain = openedOrBroken(() => sealer.open(purpose, row_id, sealed))
        if (plain === undefined) broken.push(`${purpose} ${row_id}`)
        return plain === undefined ? [] : { row_id, from: sealed, to: sealer.seal(purpose, row_id, plain) }
      })
      if (changes.length > 0) {
        const replaced = await store.sealed.replace(purpose, changes)
        resealed += replaced
        left += changes.length - replaced
        onBite(resealed)
        await sleep(Math.min(performance.now() - began, 1_000))
      }
      if (texts.length < bite) break
      after = texts.at(-1)?.row_id ?? after
    }
  }
  return { resealed, left, broken }
}

/** How many texts are sealed under which key, by the key's id; `?` for what is no sealed text. */
export async function countByKey(store: Pick<Store, 'sealed'>): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const purpose of store.sealed.purposes) {
    for (let after = ''; ; ) {
      const texts = await store.sealed.read(purpose, after, pageOfCount)
      for (const { sealed } of texts) {
        const key_id = sealedUnder(sealed) ?? '?'
        counts.set(key_id, (counts.get(key_id) ?? 0) + 1)
      }
      if (texts.length < pageOfCount) break
      after = texts.at(-1)?.row_id ?? after
    }
  }
  return counts
}

const pageOfCount = 2_000

function openedOrBroken(open: () => Buffer): Buffer | undefined {
  try {
    return open()
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}
