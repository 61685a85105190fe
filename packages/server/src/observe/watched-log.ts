import type { Log } from '../deps.ts'
import type { Metrics } from './metrics.ts'

/** The same log, with every line of level `error` counted by its event. */
export function watchedLog(log: Log, metrics: Metrics): Log {
  if (!metrics.on) return log
  return {
    ...log,
    error(event, fields) {
      metrics.count('error_events', { event })
      log.error(event, fields)
    },
  }
}
