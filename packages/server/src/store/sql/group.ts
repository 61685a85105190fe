import { StoreUnavailable } from '../store.ts'

/**
 * Runs calls in groups: those that arrive in one turn of the event loop, or while the group before is under way, go
 * together.
 *
 * `runAll` does a group at once and returns one result per item, in order. When it fails, its effects are undone and
 * each item is run alone by `runOne`, so that a bad one fails alone; unless the database is away for all of them.
 */
export function grouped<Item, Result>(
  runAll: (items: readonly Item[]) => Promise<readonly Result[]>,
  runOne: (item: Item) => Promise<Result>,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = []
  let busy = false

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      await settle(group)
    }
    busy = false
  }

  const settle = async (group: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await runAll(group.map(({ item }) => item))
      for (const [at, { resolve }] of group.entries()) resolve(results[at] as Result)
    } catch (error) {
      if (group.length === 1 || error instanceof StoreUnavailable) {
        for (const { reject } of group) reject(error)
      } else {
        for (const { item, resolve, reject } of group) await runOne(item).then(resolve, reject)
      }
    }
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (busy) return
      busy = true
      setImmediate(() => void run())
    })
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}
