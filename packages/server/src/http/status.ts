import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'

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
