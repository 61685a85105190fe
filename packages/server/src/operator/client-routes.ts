import {
  clientsQuery,
  errorAnswer,
  importAnswer,
  importForm,
  importProblems,
  managedClientAnswer,
  managedClientPath,
  managedClientsAnswer,
  stateAnswer,
  suspensionAnswer,
  suspensionForm,
} from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { noteRefusal } from '../http/answers.ts'
import { callerOf } from '../http/caller.ts'
import { errorBody } from '../http/reply.ts'
import { deleteClient } from './delete-client.ts'
import { importClients } from './import-clients.ts'
import { listClients, showClient } from './list-clients.ts'
import { suspendClient, unsuspendClient } from './suspend-client.ts'

const clients = '/api/v0/admin/clients'

/** Some 10,000 clients with their addresses. */
const importBytes = 16 * 1024 * 1024

/** Clients, whoever registered them. */
export const managedClientRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['administration: clients'], security: [{ operator: [] }] }
  const ofOne = { ...common, params: managedClientPath }

  app.get(
    clients,
    {
      schema: {
        ...common,
        querystring: clientsQuery,
        response: { 200: managedClientsAnswer },
        summary: 'Clients of all developers, newest first',
      },
    },
    async (request) => listClients(deps, request.query),
  )
  app.post(
    `${clients}/import`,
    {
      bodyLimit: importBytes,
      schema: {
        ...common,
        body: importForm,
        response: {
          200: importAnswer,
          400: errorAnswer.extend({ problems: importProblems.optional() }),
        },
        summary: 'Bring in clients with their secrets from another server: all of them, or none',
      },
    },
    async (request, reply) => {
      const outcome = await importClients(deps, callerOf(request), request.body)
      if ('done' in outcome) return outcome.done
      const { refusal, problems } = outcome
      noteRefusal(deps, request, reply, refusal)
      return reply
        .code(400)
        .send({ ...errorBody(refusal, request.id, deps.settings.public_url), problems: [...problems] })
    },
  )
  app.get(
    `${clients}/:id`,
    {
      schema: {
        ...ofOne,
        response: { 200: managedClientAnswer },
        summary: 'One client, by client_id or row id',
      },
    },
    async (request) => showClient(deps, request.params.id),
  )
  app.post(
    `${clients}/:id/suspend`,
    {
      schema: {
        ...ofOne,
        body: suspensionForm.nullish(),
        response: { 200: suspensionAnswer },
        summary: 'Suspend a client; its developer does not undo that',
      },
    },
    async (request) => suspendClient(deps, callerOf(request), { ...request.params, ...request.body }),
  )
  app.post(
    `${clients}/:id/unsuspend`,
    { schema: { ...ofOne, response: { 200: stateAnswer }, summary: 'Let a client work again' } },
    async (request) => unsuspendClient(deps, callerOf(request), request.params.id),
  )
  app.delete(
    `${clients}/:id`,
    {
      schema: {
        ...ofOne,
        response: { 204: z.undefined().describe('Empty') },
        summary: 'Delete a client for good, with all access it holds',
      },
    },
    async (request, reply) => {
      await deleteClient(deps, callerOf(request), request.params.id)
      return reply.code(204).send()
    },
  )
}
