/** Chance that can be had again: the same seed makes the same choices. */
export interface Chance {
  /** From 0 to 1, 1 not included. */
  next(): number
  /** A whole number from 0, `below` not included. */
  below(below: number): number
  between(from: number, to: number): number
  /** True this often, from 0 to 1. */
  happens(often: number): boolean
  pick<Item>(items: readonly Item[]): Item
}

/** The mulberry32 generator: a 32-bit counter that is mixed. Good for choices, and for nothing secret. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (most: number): number => Math.floor(next() * most)
  return {
    next,
    below,
    between: (from, to) => from + next() * (to - from),
    happens: (often) => next() < often,
    pick(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}
