import { accountDeletionForm, personalDataAnswer } from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { deleteOwnAccount } from '../accounts/delete-own-account.ts'
import type { Deps } from '../deps.ts'
import { actingIn } from '../http/doors.ts'
import { clearSessionCookie } from '../http/sessions.ts'
import { exportOwnData } from './export-own-data.ts'

const account = '/api/v0/auth/account'

/** What is kept about a user, for that user, and the end of the account. */
export const personalDataRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['user account'], security: [{ user: [] }] }

  app.get(
    `${account}/export`,
    {
      schema: {
        ...common,
        response: { 200: personalDataAnswer },
        summary: 'Everything that is kept about you, as a JSON file',
      },
    },
    async (request, reply) => {
      const data = await exportOwnData(deps, actingIn(request))
      const name = `valetkey-${data.exported_at.slice(0, 10)}.json`
      return reply.header('content-disposition', `attachment; filename="${name}"`).send(data)
    },
  )
  app.delete(
    account,
    {
      schema: {
        ...common,
        body: accountDeletionForm,
        response: { 204: z.undefined().describe('Empty') },
        summary: 'Delete the account with the password once more; all access ends, nothing comes back',
      },
    },
    async (request, reply) => {
      await deleteOwnAccount(deps, actingIn(request), request.body)
      clearSessionCookie(deps, reply, 'user')
      return reply.code(204).send()
    },
  )
}
