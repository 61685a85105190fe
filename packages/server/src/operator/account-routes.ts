import {
  accountsQuery,
  managedAccountAnswer,
  managedAccountsAnswer,
  personalDataAnswer,
  serverStatisticsAnswer,
  stateAnswer,
  suspensionAnswer,
  suspensionForm,
  whoPath,
} from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { callerOf } from '../http/caller.ts'
import { deleteAccount } from './delete-account.ts'
import { exportUser } from './export-user.ts'
import { listAccounts, showAccount } from './list-accounts.ts'
import { serverStatistics } from './server-statistics.ts'
import { suspendAccount, unsuspendAccount } from './suspend-account.ts'

const admin = '/api/v0/admin'

/** Developers and users alike, and what the server holds in all. */
export const managedAccountRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const tags = ['administration']
  const security = [{ operator: [] }]
  const common = { tags, security }

  app.get(
    `${admin}/statistics`,
    {
      schema: {
        ...common,
        response: { 200: serverStatisticsAnswer },
        summary: 'How much there is of everything, by state',
      },
    },
    async () => serverStatistics(deps),
  )
  for (const kind of ['developer', 'user'] as const) {
    const all = `${admin}/${kind}s`
    const ofOne = { ...common, params: whoPath }
    app.get(
      all,
      {
        schema: {
          ...common,
          querystring: accountsQuery,
          response: { 200: managedAccountsAnswer },
          summary: `${kind === 'user' ? 'Users' : 'Developers'}, newest first`,
        },
      },
      async (request) => listAccounts(deps, kind, request.query),
    )
    app.get(
      `${all}/:who`,
      {
        schema: {
          ...ofOne,
          response: { 200: managedAccountAnswer },
          summary: `One ${kind}, by address or id`,
        },
      },
      async (request) => showAccount(deps, kind, request.params.who),
    )
    app.post(
      `${all}/:who/suspend`,
      {
        schema: {
          ...ofOne,
          body: suspensionForm.nullish(),
          response: { 200: suspensionAnswer },
          summary: `Suspend a ${kind}; the sessions end at once`,
        },
      },
      async (request) =>
        suspendAccount(deps, callerOf(request), { kind, ...request.params, ...request.body }),
    )
    app.post(
      `${all}/:who/unsuspend`,
      { schema: { ...ofOne, response: { 200: stateAnswer }, summary: `Let a ${kind} in again` } },
      async (request) => unsuspendAccount(deps, callerOf(request), { kind, ...request.params }),
    )
    app.delete(
      `${all}/:who`,
      {
        schema: {
          ...ofOne,
          response: { 204: z.undefined().describe('Empty') },
          summary: `Delete a ${kind} for good, with all access`,
        },
      },
      async (request, reply) => {
        await deleteAccount(deps, callerOf(request), { kind, ...request.params })
        return reply.code(204).send()
      },
    )
  }
  app.get(
    `${admin}/users/:who/export`,
    {
      schema: {
        ...common,
        params: whoPath,
        response: { 200: personalDataAnswer },
        summary: 'Everything that is kept about a user',
      },
    },
    async (request) => exportUser(deps, callerOf(request), request.params.who),
  )
}
