import { setTimeout } from 'node:timers/promises'
import { keepAuditChain } from './audit/upkeep.ts'
import type { Deps } from './deps.ts'

export interface Sweeper {
  /** Begins nothing new; resolves when the bite under way is over. */
  stop(): Promise<void>
}

export const sweeping = {
  everyMs: 60_000,
  /** Rows per table and statement: short enough that nobody waits for it. */
  bite: 500,
  /** Rest after a bite, in times of what it took: the database stays with the requests. */
  rest: 3,
}

/**
 * Removes once a minute what no longer means anything, bite by bite until nothing is left. Every server has one; of
 * those on one database one sweeps at a time, and when it is gone the next minute finds another.
 */
export function startSweeper(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'log' | 'settings'>,
  { everyMs, bite, rest }: typeof sweeping = sweeping,
): Sweeper {
  const { store, clock, log } = deps
  const stopped = new AbortController()
  let underWay: Promise<void> | undefined

  const unfinished = (cause: unknown) => log.error('ending_failed', { cause })

  async function sweep(): Promise<void> {
    try {
      while (!stopped.signal.aborted) {
        const begun = performance.now()
        if ((await store.sweep(clock.now(), bite, unfinished)) < bite) break
        await setTimeout(rest * (performance.now() - begun), undefined, { signal: stopped.signal })
      }
      await keepAuditChain(deps, stopped.signal)
    } catch (cause) {
      if (!stopped.signal.aborted) log.error('sweep_failed', { cause })
    }
  }

  const timer = setInterval(() => {
    underWay ??= sweep().finally(() => {
      underWay = undefined
    })
  }, everyMs).unref()

  return {
    async stop() {
      clearInterval(timer)
      stopped.abort()
      await underWay
    },
  }
}
