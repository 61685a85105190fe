import type { Counted, Window } from './rate-counters.ts'

/** Windows of one pool that are counted one by one. With their keys they take some megabytes. */
export const mostKeys = 20_000
/** Of one network, where the rest of the key is what somebody sent. */
export const mostNames = 64
/** What found no room at all shares one window, which has room for as many at their limit. */
export const placesElsewhere = 100

/** One open window of this process. */
export interface OpenWindow {
  readonly what: Counted
  hits: number
  resets_at: number
  /** Of the hits, those that nobody else knows of yet. */
  untold: number
}

export interface QuickCounts {
  /** `open` is the window that counts this key alone, where it has one. */
  count(what: Counted, now: number): { readonly window: Window; readonly open: OpenWindow | undefined }
  look(what: Counted, now: number): Window | undefined
  /** How many windows are held, of all pools. */
  size(): number
}

interface Pool {
  /** In the order in which they began, which is about the order in which they end. */
  readonly windows: Map<string, OpenWindow>
  /** How many keys of each network are among them. */
  readonly names: Map<string, number>
  /** What found no room: by its network, where that has too many names, or under no network. */
  readonly shared: Map<string | undefined, OpenWindow>
}

/**
 * Counts in memory that is bounded whatever is sent. A window that is open is never given up for another: who comes when
 * the pool is full, or with more names than a network has, is counted with all others who do. So a flood of invented
 * names wipes out nothing that was counted, and costs those who were there before it nothing.
 */
export function createQuickCounts(): QuickCounts {
  const pools = new Map<string, Pool>()
  const poolOf = (name: string): Pool => {
    const pool = pools.get(name) ?? { windows: new Map(), names: new Map(), shared: new Map() }
    pools.set(name, pool)
    return pool
  }
  return {
    count(what, now) {
      const pool = poolOf(what.pool)
      const open = stillOpen(pool.windows.get(what.key), now) ?? begun(pool, what, now)
      if (open !== undefined) return { window: hit(open), open }
      const crowded = what.network !== undefined && namesOf(pool, what.network) >= mostNames
      const network = crowded ? what.network : undefined
      const shared = stillOpen(pool.shared.get(network), now) ?? windowOf(what, now)
      pool.shared.set(network, shared)
      const { hits, resets_at } = hit(shared)
      return {
        window: { hits: crowded ? hits : Math.ceil(hits / placesElsewhere), resets_at },
        open: undefined,
      }
    },
    look(what, now) {
      const open = stillOpen(pools.get(what.pool)?.windows.get(what.key), now)
      return open && { hits: open.hits, resets_at: open.resets_at }
    },
    size: () => [...pools.values()].reduce((sum, { windows, shared }) => sum + windows.size + shared.size, 0),
  }
}

function hit(open: OpenWindow): Window {
  open.hits++
  open.untold++
  return { hits: open.hits, resets_at: open.resets_at }
}

/** A window for a key that has none, if there is room for one. */
function begun(pool: Pool, what: Counted, now: number): OpenWindow | undefined {
  dropOver(pool, what.key, now)
  const { network } = what
  const names = namesOf(pool, network)
  if (pool.windows.size >= mostKeys || names >= mostNames) return undefined
  if (network !== undefined) pool.names.set(network, names + 1)
  const open = windowOf(what, now)
  pool.windows.set(what.key, open)
  return open
}

function dropOver(pool: Pool, begins: string, now: number): void {
  drop(pool, begins)
  for (const [key, { resets_at }] of pool.windows) {
    if (resets_at > now) break
    drop(pool, key)
  }
  for (const [network, { resets_at }] of pool.shared) {
    if (resets_at > now) break
    pool.shared.delete(network)
  }
}

function drop({ windows, names }: Pool, key: string): void {
  const network = windows.get(key)?.what.network
  windows.delete(key)
  if (network === undefined) return
  const left = (names.get(network) ?? 1) - 1
  if (left === 0) names.delete(network)
  else names.set(network, left)
}

const namesOf = ({ names }: Pool, network: string | undefined): number =>
  network === undefined ? 0 : (names.get(network) ?? 0)

const stillOpen = (window: OpenWindow | undefined, now: number): OpenWindow | undefined =>
  window !== undefined && window.resets_at > now ? window : undefined

const windowOf = (what: Counted, now: number): OpenWindow => ({
  what,
  hits: 0,
  resets_at: now + what.windowSeconds,
  untold: 0,
})
