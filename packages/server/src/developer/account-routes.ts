import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { accountRoutes } from '../accounts/routes.ts'
import type { Deps } from '../deps.ts'

/** The developer's account, at the addresses of the StorX contract. */
export const developerAccountRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(accountRoutes, { prefix: '/api/v0/developer/auth', deps, kind: 'developer' })
}
