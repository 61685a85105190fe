import type { FastifyPluginAsync } from 'fastify'
import type { Deps } from '../deps.ts'
import { userAccountRoutes } from './account-routes.ts'
import { auditLogRoutes } from './audit-log-routes.ts'
import { connectedAppRoutes } from './connected-app-routes.ts'
import { personalDataRoutes } from './personal-data-routes.ts'

/** The door for users. */
export const userRoutes: FastifyPluginAsync<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(userAccountRoutes, { deps })
  await app.register(personalDataRoutes, { deps })
  await app.register(connectedAppRoutes, { deps })
  await app.register(auditLogRoutes, { deps })
}
