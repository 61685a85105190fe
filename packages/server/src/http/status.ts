import type { FastifyInstance } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { refuse } from '../refusals.ts'

/** Alive and ready, for whoever watches the process. */
export const statusRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const answer = { 200: z.object({ status: z.literal('ok') }) }
  app.get(
    '/healthz',
    { schema: { response: answer, tags: ['status'], summary: 'The process answers' } },
    async () => ({ status: 'ok' as const }),
  )
  app.get(
    '/readyz',
    {
      schema: { response: answer, tags: ['status'], summary: 'The process can serve: its database answers' },
    },
    async () => {
      await deps.store.ready()
      return { status: 'ok' as const }
    },
  )
}

/** While the server stops, requests under way finish and new ones on kept connections get 503. @refuses overloaded */
export function drainOnClose(app: FastifyInstance): void {
  let stopping = false
  app.addHook('preClose', async () => {
    stopping = true
  })
  app.addHook('onRequest', async (_request, reply) => {
    if (!stopping) return
    reply.header('connection', 'close')
    throw refuse('overloaded', { retry_after: 2 })
  })
}
