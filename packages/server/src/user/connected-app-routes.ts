import {
  accessHistoryAnswer,
  accessRevokedAnswer,
  connectedAppListAnswer,
  connectedAppPath,
} from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { actingIn } from '../http/doors.ts'
import { listConnectedApps, readHistory, revokeAccess } from './connected-apps.ts'

const apps = '/api/v0/auth/developer-access'

/** The apps that hold access of a user, what they asked, and how to end it. */
export const connectedAppRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['connected apps'], security: [{ user: [] }] }

  app.get(
    apps,
    {
      schema: {
        ...common,
        summary: 'Apps that hold access now',
        response: { 200: connectedAppListAnswer },
      },
    },
    async (request) => listConnectedApps(deps, actingIn(request)),
  )
  app.get(
    `${apps}/:clientId/history`,
    {
      schema: {
        ...common,
        summary: 'What an app asked, newest first',
        params: connectedAppPath,
        response: { 200: accessHistoryAnswer },
      },
    },
    async (request) => readHistory(deps, actingIn(request), request.params.clientId),
  )
  app.delete(
    `${apps}/:clientId/revoke`,
    {
      config: { limitTold: 'when_met' },
      schema: {
        ...common,
        summary: 'End all access of an app',
        params: connectedAppPath,
        response: { 200: accessRevokedAnswer },
      },
    },
    async (request) => revokeAccess(deps, actingIn(request), request.params.clientId),
  )
}
