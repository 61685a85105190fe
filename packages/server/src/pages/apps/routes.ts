import { connectedAppPath } from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { listApps, listAsked } from '../../user/apps-of-user.ts'
import type { PageOptions } from '../page-options.ts'
import { failAsPages, sendUserPage, userAt } from '../user-frame.ts'
import { historyPage } from './history-page.ts'
import { listPage } from './list-page.ts'

/** The apps that hold access of a user, what each asked before, and the way to end it. */
export const appsPages: FastifyPluginAsyncZod<PageOptions> = async (app, { deps, assets }) => {
  failAsPages(app, { deps, assets })
  app.get('/apps', { schema: { hide: true } }, async (request, reply) => {
    const by = await userAt(deps, request, reply)
    if (by === undefined) return reply
    const apps = await listApps(deps, by)
    return sendUserPage(reply, { assets }, by, listPage(apps, deps.clock.now()))
  })

  const schema = { hide: true, params: connectedAppPath }
  app.get('/apps/:clientId/history', { schema }, async (request, reply) => {
    const by = await userAt(deps, request, reply)
    if (by === undefined) return reply
    const asked = await listAsked(deps, by, request.params.clientId)
    return sendUserPage(reply, { assets }, by, historyPage(asked))
  })
}
