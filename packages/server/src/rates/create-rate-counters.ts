import type { Deps } from '../deps.ts'
import { createMemoryCounters } from './memory-counters.ts'
import type { RateCounters } from './rate-counters.ts'
import { createSharedCounters } from './shared-counters.ts'

/** As the setting says. */
export function createRateCounters({
  store: { limits },
  clock,
  log,
  settings,
}: Pick<Deps, 'store' | 'clock' | 'log' | 'settings'>): RateCounters {
  return settings.rate_limit_store === 'memory'
    ? createMemoryCounters()
    : createSharedCounters({ limits, clock, log })
}
