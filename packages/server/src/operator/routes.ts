import type { FastifyPluginAsync } from 'fastify'
import type { Deps } from '../deps.ts'
import { bearerOf } from '../http/bearer.ts'
import { callerOf } from '../http/caller.ts'
import { managedAccountRoutes } from './account-routes.ts'
import { managedClientRoutes } from './client-routes.ts'
import { developerRoutes } from './developer-routes.ts'
import { proveOperator } from './prove-operator.ts'

/**
 * The door for the operator. It is there only when a token is set, and before anything of a request is read, it must carry
 * that token: a session of a developer or of a user counts for nothing here.
 */
export const operatorRoutes: FastifyPluginAsync<{ deps: Deps }> = async (app, { deps }) => {
  app.addHook('onRequest', async (request) => proveOperator(deps, callerOf(request), bearerOf(request)))
  await app.register(developerRoutes, { deps })
  await app.register(managedAccountRoutes, { deps })
  await app.register(managedClientRoutes, { deps })
}
