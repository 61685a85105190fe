import { createQuickCounts, placesElsewhere } from './quick-counts.ts'
import type { RateCounters, Window } from './rate-counters.ts'

/** Windows of what is counted exactly; what comes when all are open is counted together, and nothing is forgotten for it. */
const mostWindows = 100_000
const cleanEvery = 60

interface Counting {
  hits: number
  readonly resets_at: number
}

/** Counts of this process alone, which are gone when it ends. */
export function createMemoryCounters(): RateCounters {
  const windows = new Map<string, Counting>()
  const shared = new Map<string, Counting>()
  const quick = createQuickCounts()
  let cleanAt = 0
  const open = (key: string, now: number, among = windows): Counting | undefined => {
    const window = among.get(key)
    return window !== undefined && window.resets_at > now ? window : undefined
  }
  const clean = (now: number): void => {
    if (now < cleanAt) return
    cleanAt = now + cleanEvery
    for (const [key, { resets_at }] of windows) if (resets_at <= now) windows.delete(key)
  }
  return {
    async hit(key, windowSeconds, now) {
      clean(now)
      const begun = { hits: 0, resets_at: now + windowSeconds }
      if (windows.has(key) || windows.size < mostWindows) {
        const window = open(key, now) ?? begun
        window.hits++
        windows.set(key, window)
        return { ...window }
      }
      // A key begins with the name of its limit; there are few of those, and of lengths of windows.
      const together = `${key.split(':', 1)[0]} ${windowSeconds}`
      const window = open(together, now, shared) ?? begun
      window.hits++
      shared.set(together, window)
      return { hits: Math.ceil(window.hits / placesElsewhere), resets_at: window.resets_at }
    },
    async peek(key, now): Promise<Window | undefined> {
      const window = open(key, now)
      return window && { ...window }
    },
    async giveBack(key) {
      const window = windows.get(key)
      if (window !== undefined && window.hits > 0) window.hits--
    },
    async forget(key) {
      windows.delete(key)
    },
    count: (what, now) => quick.count(what, now).window,
    look: quick.look,
    flush: async () => undefined,
  }
}
