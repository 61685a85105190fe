import { StoreUnavailable } from '../store.ts'

/**
 * Runs calls in groups: those that arrive in one turn of the event loop, or while `atOnce` groups are under way, go
 * together, up to `most`.
 *
 * `runAll` does a group at once and returns one result per item, in order, or a promise of it. When it fails, its effects
 * are undone and each item is run alone by `runOne`, so that a bad one fails alone; unless the database is away for all.
 */
export function grouped<Item, Result>(
  runAll: (items: readonly Item[]) => Promise<readonly (Result | Promise<Result>)[]>,
  runOne: (item: Item) => Promise<Result>,
  { atOnce = 1, most = Number.POSITIVE_INFINITY, onGroup, onUngrouped }: Groups = {},
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = []
  let underWay = 0
  let soon = false

  const run = async (): Promise<void> => {
    soon = false
    underWay++
    while (waiting.length > 0) {
      const group = waiting.splice(0, most)
      onGroup?.(group.length)
      await settle(group)
    }
    underWay--
  }

  const settle = async (group: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await runAll(group.map(({ item }) => item))
      for (const [at, { resolve }] of group.entries()) resolve(results[at] as Result)
    } catch (error) {
      if (group.length === 1 || error instanceof StoreUnavailable) {
        for (const { reject } of group) reject(error)
      } else {
        onUngrouped?.(error)
        for (const { item, resolve, reject } of group) await runOne(item).then(resolve, reject)
      }
    }
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (soon || underWay >= atOnce) return
      soon = true
      setImmediate(() => void run())
    })
}

interface Groups {
  readonly atOnce?: number
  readonly most?: number
  /** Hears how many go together. */
  readonly onGroup?: ((items: number) => void) | undefined
  /** Hears why a group of several failed, when each of it is tried alone. */
  readonly onUngrouped?: ((cause: unknown) => void) | undefined
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result | Promise<Result>) => void
  readonly reject: (reason: unknown) => void
}
