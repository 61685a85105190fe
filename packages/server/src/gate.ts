import { performance } from 'node:perf_hooks'
import { refuse } from './refusals.ts'

/** Lets work through, so many at once. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** Who looks at a gate. */
export interface GateWatch {
  /** Begins to look: what `load` says is how it stands whenever it is asked. */
  looksAt(load: () => { readonly running: number; readonly waiting: number }): void
  refused(): void
  /** One went through and is done, after so many seconds of work. */
  done(seconds: number): void
}

/**
 * At most `atOnce` run together and `waiting` more stand in line; whoever comes later than that is told to come back,
 * rather than left to wait for minutes.
 *
 * @refuses overloaded
 */
export function createGate(atOnce: number, waiting: number, watch?: GateWatch): Gate {
  let running = 0
  const line: (() => void)[] = []
  watch?.looksAt(() => ({ running, waiting: line.length }))
  return async (work) => {
    if (running < atOnce) running += 1
    else if (line.length >= waiting) {
      watch?.refused()
      throw refuse('overloaded', { retry_after: 1 })
    } else await new Promise<void>((resolve) => line.push(resolve))
    const begun = watch === undefined ? 0 : performance.now()
    try {
      return await work()
    } finally {
      watch?.done((performance.now() - begun) / 1000)
      // The place passes straight to the next in line, so that nobody slips in between.
      const next = line.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
