import type { Clock, Log } from '../deps.ts'
import type { Limits } from '../store/limits.ts'
import { createQuickCounts, type OpenWindow } from './quick-counts.ts'
import type { RateCounters } from './rate-counters.ts'

interface Options {
  /** Milliseconds between a hit and the telling of it. */
  readonly everyMs?: number
  /** Windows that are told at once; of more, those with the most hits, and the rest next time. */
  readonly most?: number
}

/** While the others cannot be told, that is said once in so many seconds. */
const complainEvery = 60

/**
 * Counts of all servers of one database.
 *
 * What is exact is a row, counted in one statement. What is quick is counted here, and a moment later, behind the
 * answers, what was counted is added to the row, and the sum that comes back is what this server goes on from. While the
 * database is away each server counts for itself: nobody is refused for that.
 */
export function createSharedCounters(
  { limits, clock, log }: { limits: Limits; clock: Clock; log: Log },
  { everyMs = 500, most = 1000 }: Options = {},
): RateCounters {
  const quick = createQuickCounts()
  const due = new Set<OpenWindow>()
  let waiting = false
  let telling: Promise<boolean> | undefined
  let complained = Number.NEGATIVE_INFINITY

  const tellSoon = (): void => {
    if (waiting) return
    waiting = true
    setTimeout(() => {
      waiting = false
      void tell()
    }, everyMs).unref()
  }
  /** One telling at a time, so that sums come back in the order in which they were made. True when it was heard. */
  const tell = async (): Promise<boolean> => {
    telling ??= tellSome().finally(() => {
      telling = undefined
      if (due.size > 0) tellSoon()
    })
    return telling
  }
  const tellSome = async (): Promise<boolean> => {
    const now = clock.now()
    // What counted for a window that is over counts for nothing.
    for (const window of due) if (window.resets_at <= now) due.delete(window)
    const windows = heaviest(due, most)
    if (windows.length === 0) return true
    const told = windows.map(({ what, untold }) => ({
      key: keyOf(what),
      hits: untold,
      windowSeconds: what.windowSeconds,
    }))
    for (const window of windows) {
      due.delete(window)
      window.untold = 0
    }
    try {
      const sums = await limits.addMany(told, now)
      for (const [at, window] of windows.entries()) {
        const sum = sums[at]
        if (sum !== undefined)
          Object.assign(window, { hits: sum.hits + window.untold, resets_at: sum.resets_at })
      }
      return true
    } catch (cause) {
      for (const [at, window] of windows.entries()) {
        window.untold += told[at]?.hits ?? 0
        due.add(window)
      }
      if (now - complained >= complainEvery) log.error('limits_not_shared', { cause })
      complained = now
      return false
    }
  }

  return {
    hit: limits.hit,
    peek: limits.peek,
    giveBack: limits.giveBack,
    forget: limits.forget,
    count(what, now) {
      const { window, open } = quick.count(what, now)
      if (open !== undefined && open.hits >= what.toldFrom) {
        due.add(open)
        tellSoon()
      }
      return window
    },
    look: quick.look,
    async flush() {
      await telling
      while (due.size > 0 && (await tell()));
    },
  }
}

const keyOf = ({ pool, key }: OpenWindow['what']): string => `${pool}:${key}`

function heaviest(windows: ReadonlySet<OpenWindow>, most: number): readonly OpenWindow[] {
  if (windows.size <= most) return [...windows]
  return [...windows].toSorted((a, b) => b.untold - a.untold).slice(0, most)
}
