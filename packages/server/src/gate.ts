import { refuse } from './refusals.ts'

/** Lets work through, so many at once. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>

/**
 * At most `atOnce` run together and `waiting` more stand in line; whoever comes later than that is told to come back,
 * rather than left to wait for minutes.
 *
 * @refuses overloaded
 */
export function createGate(atOnce: number, waiting: number): Gate {
  let running = 0
  const line: (() => void)[] = []
  return async (work) => {
    if (running < atOnce) running += 1
    else if (line.length >= waiting) throw refuse('overloaded', { retry_after: 1 })
    else await new Promise<void>((resolve) => line.push(resolve))
    try {
      return await work()
    } finally {
      // The place passes straight to the next in line, so that nobody slips in between.
      const next = line.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
