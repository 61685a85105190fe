import { Server } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { refuse } from '../refusals.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborts as the server begins to leave: an answer that would go on for ever ends then. */
    readonly stopping: AbortSignal
    /**
     * The time before a stop, in which everything is still served, but `/readyz` says 503 and every answer ends its
     * connection: so whoever calls goes to another server, and no request meets a closed door. `close` comes after it.
     */
    readonly leave: (how: Leaving) => Promise<void>
  }
}

/** How a server leaves: listening until `seconds` are over; or, when others listen at its address, only until those who are connected have gone. */
export interface Leaving {
  readonly seconds: number
  readonly othersListen?: boolean
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
  const leaving = new AbortController()
  let closing = false
  const underWay = new Set<FastifyReply>()
  let drained = (): void => undefined
  app.decorate('stopping', leaving.signal)
  app.decorate('leave', leave)
  app.addHook('onRequest', (_request, reply, done) => {
    if (leaving.signal.aborted) reply.header('connection', 'close')
    if (closing) {
      done(refuse('overloaded', { retry_after: 2 }))
      return
    }
    underWay.add(reply)
    reply.raw.once('close', () => {
      underWay.delete(reply)
      if (underWay.size === 0) drained()
    })
    done()
  })
  app.addHook('preClose', async () => {
    closing = true
    leaving.abort()
    if (underWay.size > 0) await drain()
  })

  async function leave({ seconds, othersListen = false }: Leaving): Promise<void> {
    // What is being answered already ends its connection, too.
    for (const reply of underWay) if (!reply.raw.headersSent) reply.header('connection', 'close')
    leaving.abort()
    const gone = new AbortController()
    // Not as a server of HTTP closes, which also cuts off who is connected and about to ask.
    if (othersListen) Server.prototype.close.call(app.server, () => gone.abort())
    await setTimeout(seconds * 1000, undefined, { signal: gone.signal }).catch(() => undefined)
  }

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
