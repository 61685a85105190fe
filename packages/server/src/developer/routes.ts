import type { FastifyPluginAsync } from 'fastify'
import type { Deps } from '../deps.ts'
import { accessLogRoutes } from './access-log-routes.ts'
import { developerAccountRoutes } from './account-routes.ts'
import { clientRoutes } from './client-routes.ts'
import { registrationRoutes } from './registration-routes.ts'
import { tokenRequestRoutes } from './token-request-routes.ts'
import { webhookRoutes } from './webhook-routes.ts'

/** The door for developers. */
export const developerRoutes: FastifyPluginAsync<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(developerAccountRoutes, { deps })
  await app.register(clientRoutes, { deps })
  await app.register(registrationRoutes, { deps })
  await app.register(accessLogRoutes, { deps })
  await app.register(tokenRequestRoutes, { deps })
  await app.register(webhookRoutes, { deps })
}
