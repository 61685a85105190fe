import { setImmediate } from 'node:timers/promises'
import type { Background, Log } from './deps.ts'

/** Keeps what goes on behind the answers, so that a stop can wait for it. */
export function createBackground(log: Log): Background {
  const underWay = new Set<Promise<void>>()
  return {
    run(event, trace_id, work) {
      const done = setImmediate()
        .then(work)
        .catch((thrown: unknown) => log.error(event, { trace_id, ...nameOf(thrown) }))
        .finally(() => underWay.delete(done))
      underWay.add(done)
    },
    async flush() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}

function nameOf(thrown: unknown): { error: string; code?: string } {
  if (!(thrown instanceof Error)) return { error: typeof thrown }
  const { name, code } = thrown as NodeJS.ErrnoException
  return { error: name, ...(code === undefined ? {} : { code }) }
}
