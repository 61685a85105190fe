import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { refuse } from '../refusals.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborts as the server begins to stop: an answer that would go on for ever ends then. */
    readonly stopping: AbortSignal
  }
}

/** A request that takes longer than this to finish is cut off when the server stops, in milliseconds. */
const drainMs = 8_000

/**
 * A stop lets the requests under way finish. Until they have, the server still listens and answers whatever comes new
 * with 503, on old connections and new ones.
 *
 * @refuses overloaded
 */
export function drainOnClose(app: FastifyInstance): void {
  const stop = new AbortController()
  app.decorate('stopping', stop.signal)
  let underWay = 0
  let drained = (): void => undefined
  app.addHook('onRequest', async (_request, reply) => {
    if (stop.signal.aborted) {
      reply.header('connection', 'close')
      throw refuse('overloaded', { retry_after: 2 })
    }
    underWay++
    reply.raw.once('close', () => {
      underWay--
      if (underWay === 0) drained()
    })
  })
  app.addHook('preClose', async () => {
    stop.abort()
    if (underWay > 0) await drain()
  })

  async function drain(): Promise<void> {
    const lastOne = new Promise<void>((resolve) => {
      drained = resolve
    })
    const giveUp = new AbortController()
    await Promise.race([
      lastOne,
      setTimeout(drainMs, undefined, { signal: giveUp.signal }).catch(() => undefined),
    ])
    giveUp.abort()
  }
}
