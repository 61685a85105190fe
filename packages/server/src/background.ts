import { setImmediate } from 'node:timers/promises'
import type { Background, Log } from './deps.ts'

/** Keeps what goes on behind the answers, so that a stop can wait for it. */
export function createBackground(log: Log): Background {
  const underWay = new Set<Promise<void>>()
  return {
    run(event, about, work) {
      const done = setImmediate()
        .then(work)
        .catch((cause: unknown) => log.error(event, { ...about, cause }))
        .finally(() => underWay.delete(done))
      underWay.add(done)
    },
    async flush() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
