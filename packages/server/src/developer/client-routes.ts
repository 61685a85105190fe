import {
  clientAnswer,
  clientChangeForm,
  clientDetailAnswer,
  clientForm,
  clientListAnswer,
  clientPath,
  clientStatusForm,
  credentialsAnswer,
  redirectUriForm,
  redirectUriReplacementForm,
  secretPath,
  secretRotationForm,
} from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { actingIn } from '../http/doors.ts'
import { addRedirectUri, changeClient, removeRedirectUri, replaceRedirectUri } from './change-client.ts'
import { deleteClient, setClientStatus } from './end-client.ts'
import { getClient, listClients } from './read-clients.ts'
import { registerClient } from './register-client.ts'
import { retireSecret } from './retire-secret.ts'
import { rotateSecret } from './rotate-secret.ts'

const clients = '/api/v0/developer/auth/oauth2/clients'
const client = `${clients}/:id`
const redirectUris = `${client}/redirect-uris`

/** A developer's clients: register, look, change, rotate and retire secrets, switch off, delete. */
export const clientRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['clients'], security: [{ developer: [] }] }
  const one = { ...common, params: clientPath }
  const credentials = { 200: credentialsAnswer }
  const changed = { 200: clientAnswer }

  app.post(
    clients,
    {
      schema: {
        ...common,
        summary: 'Register a client; its secret is shown this once',
        body: clientForm,
        response: credentials,
      },
    },
    async (request) => registerClient(deps, actingIn(request), request.body),
  )
  app.get(
    clients,
    {
      schema: {
        ...common,
        summary: 'List your clients',
        response: { 200: clientListAnswer },
      },
    },
    async (request) => listClients(deps, actingIn(request)),
  )
  app.get(
    client,
    {
      schema: {
        ...one,
        summary: 'One client and the dates of its secrets',
        response: { 200: clientDetailAnswer },
      },
    },
    async (request) => getClient(deps, actingIn(request), request.params.id),
  )
  app.put(
    client,
    {
      schema: {
        ...one,
        summary: 'Change the fields that are given',
        body: clientChangeForm,
        response: changed,
      },
    },
    async (request) => changeClient(deps, actingIn(request), request.params.id, request.body),
  )
  app.delete(
    client,
    {
      schema: {
        ...one,
        summary: 'Delete a client and end all its access',
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await deleteClient(deps, actingIn(request), request.params.id)
      return reply.code(204).send()
    },
  )
  app.patch(
    `${client}/status`,
    {
      schema: {
        ...one,
        summary: 'Activate (1), or deactivate (0) and end all access',
        body: clientStatusForm,
        response: { 200: z.undefined() },
      },
    },
    async (request, reply) => {
      await setClientStatus(deps, actingIn(request), request.params.id, request.body.status)
      return reply.code(200).send()
    },
  )
  app.post(
    `${client}/regenerate-secret`,
    {
      schema: {
        ...one,
        summary: 'A new secret, shown this once',
        body: secretRotationForm,
        response: credentials,
      },
    },
    async (request) =>
      rotateSecret(deps, actingIn(request), request.params.id, request.body?.keep_previous_for),
  )
  app.delete(
    `${client}/secrets/:secret_id`,
    {
      schema: {
        ...common,
        params: secretPath,
        summary: 'End an older secret now; the newest one stays',
        response: { 200: clientDetailAnswer },
      },
    },
    async (request) => retireSecret(deps, actingIn(request), request.params.id, request.params.secret_id),
  )
  app.post(
    redirectUris,
    {
      schema: { ...one, summary: 'Register one more redirect URI', body: redirectUriForm, response: changed },
    },
    async (request) => addRedirectUri(deps, actingIn(request), request.params.id, request.body.uri),
  )
  app.put(
    redirectUris,
    {
      schema: {
        ...one,
        summary: 'Replace a redirect URI',
        body: redirectUriReplacementForm,
        response: changed,
      },
    },
    async (request) => replaceRedirectUri(deps, actingIn(request), request.params.id, request.body),
  )
  app.delete(
    redirectUris,
    {
      schema: {
        ...one,
        summary: 'Remove a redirect URI; the last one stays',
        body: redirectUriForm,
        response: changed,
      },
    },
    async (request) => removeRedirectUri(deps, actingIn(request), request.params.id, request.body.uri),
  )
}
