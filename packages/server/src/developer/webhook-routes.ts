import {
  webhookAnswer,
  webhookChangeForm,
  webhookDeliveryAnswer,
  webhookDeliveryListAnswer,
  webhookDeliveryPath,
  webhookDeliveryQuery,
  webhookForm,
  webhookListAnswer,
  webhookPath,
  webhookSecretAnswer,
  webhookSecretForm,
} from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { actingIn } from '../http/doors.ts'
import { addWebhook } from './add-webhook.ts'
import { changeWebhook, deleteWebhook, rotateWebhookSecret } from './change-webhook.ts'
import { getWebhook, listDeliveries, listWebhooks } from './read-webhooks.ts'
import { redeliver, testWebhook } from './send-webhook.ts'

const webhooks = '/api/v0/developer/auth/webhooks'
const webhook = `${webhooks}/:id`

/** Where a developer's programs hear of what happens: add, look, change, test, and what was delivered. */
export const webhookRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['webhooks'], security: [{ developer: [] }] }
  const one = { ...common, params: webhookPath }

  app.post(
    webhooks,
    {
      schema: {
        ...common,
        summary: 'Add a webhook; its secret is shown this once',
        body: webhookForm,
        response: { 200: webhookSecretAnswer },
      },
    },
    async (request) => addWebhook(deps, actingIn(request), request.body),
  )
  app.get(
    webhooks,
    { schema: { ...common, summary: 'List your webhooks', response: { 200: webhookListAnswer } } },
    async (request) => listWebhooks(deps, actingIn(request)),
  )
  app.get(
    webhook,
    { schema: { ...one, summary: 'One webhook and how it stands', response: { 200: webhookAnswer } } },
    async (request) => getWebhook(deps, actingIn(request), request.params.id),
  )
  app.patch(
    webhook,
    {
      schema: {
        ...one,
        summary: 'Change the fields that are given; switch it on or off',
        body: webhookChangeForm,
        response: { 200: webhookAnswer },
      },
    },
    async (request) => changeWebhook(deps, actingIn(request), request.params.id, request.body),
  )
  app.delete(
    webhook,
    { schema: { ...one, summary: 'Delete a webhook', response: { 204: z.undefined() } } },
    async (request, reply) => {
      await deleteWebhook(deps, actingIn(request), request.params.id)
      return reply.code(204).send()
    },
  )
  app.post(
    `${webhook}/rotate-secret`,
    {
      schema: {
        ...one,
        summary: 'A new secret, shown this once',
        body: webhookSecretForm,
        response: { 200: webhookSecretAnswer },
      },
    },
    async (request) => rotateWebhookSecret(deps, actingIn(request), request.params.id, request.body),
  )
  app.post(
    `${webhook}/test`,
    {
      schema: {
        ...one,
        summary: 'Send a test event now and say what came of it',
        response: { 200: webhookDeliveryAnswer },
      },
    },
    async (request) => testWebhook(deps, actingIn(request), request.params.id),
  )
  app.get(
    `${webhook}/deliveries`,
    {
      schema: {
        ...one,
        summary: 'What was delivered, or is on its way, newest first',
        querystring: webhookDeliveryQuery,
        response: { 200: webhookDeliveryListAnswer },
      },
    },
    async (request) => listDeliveries(deps, actingIn(request), request.params.id, request.query),
  )
  app.post(
    `${webhook}/deliveries/:event_id/redeliver`,
    {
      schema: {
        ...common,
        params: webhookDeliveryPath,
        summary: 'Deliver an event again',
        response: { 200: webhookDeliveryAnswer },
      },
    },
    async (request) => redeliver(deps, actingIn(request), request.params.id, request.params.event_id),
  )
}
