import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { refuse } from '../refusals.ts'

/** Alive and ready, for whoever watches the process. @refuses overloaded */
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
      schema: {
        response: answer,
        tags: ['status'],
        summary: 'The process can serve: its database answers, and it is not about to stop',
      },
    },
    async () => {
      if (app.stopping.aborted) throw refuse('overloaded', { retry_after: 2 })
      await deps.store.ready()
      return { status: 'ok' as const }
    },
  )
}
