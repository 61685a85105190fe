import {
  clientHealthAnswer,
  clientPath,
  diagnoseForm,
  diagnosisAnswer,
  explainedTokenRequestAnswer,
  tokenRequestListAnswer,
  tokenRequestPath,
  tokenRequestQuery,
  tokenRequestTailQuery,
} from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { actingIn } from '../http/doors.ts'
import { eventStreamAnswer, sendEvents, whenGone } from '../http/server-sent-events.ts'
import { clientHealth } from './client-health.ts'
import { diagnose } from './diagnose.ts'
import { createTail } from './tail-token-requests.ts'
import { getTokenRequest, listTokenRequests } from './token-requests.ts'

const requests = '/api/v0/developer/auth/token-requests'
const stream = { heartbeatMs: 15_000, retryMs: 2_000 }

/** What became of the token requests of a developer's clients, and why. */
export const tokenRequestRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['token requests'], security: [{ developer: [] }] }
  const tail = createTail(deps)

  app.get(
    requests,
    {
      schema: {
        ...common,
        summary: 'Token requests of your clients, newest first',
        querystring: tokenRequestQuery,
        response: { 200: tokenRequestListAnswer },
      },
    },
    async (request) => listTokenRequests(deps, actingIn(request), request.query),
  )
  app.get(
    `${requests}/:trace_id`,
    {
      schema: {
        ...common,
        summary: 'One token request, explained step by step',
        params: tokenRequestPath,
        response: { 200: explainedTokenRequestAnswer },
      },
    },
    async (request) => getTokenRequest(deps, actingIn(request), request.params.trace_id),
  )
  app.get(
    `${requests}/tail`,
    {
      schema: {
        ...common,
        summary: 'Token requests of your clients as they come',
        description:
          'Each event is a token_request as the look-up of one gives it. Last-Event-ID goes on where a stream ended.',
        querystring: tokenRequestTailQuery,
        response: { 200: eventStreamAnswer },
      },
    },
    async (request, reply) => {
      const last_event_id = request.headers['last-event-id']
      const form = {
        ...request.query,
        last_event_id: typeof last_event_id === 'string' ? last_event_id : undefined,
      }
      const events = await tail(actingIn(request), form, whenGone(reply))
      return sendEvents(deps, reply, events, stream)
    },
  )
  app.post(
    `${requests}/diagnose`,
    {
      schema: {
        ...common,
        summary: 'Explain a token request without sending it',
        body: diagnoseForm,
        response: { 200: diagnosisAnswer },
      },
    },
    async (request) => diagnose(deps, actingIn(request), request.body),
  )
  app.get(
    '/api/v0/developer/auth/oauth2/clients/:id/health',
    {
      schema: {
        ...common,
        summary: 'How the token requests of a client go',
        params: clientPath,
        response: { 200: clientHealthAnswer },
      },
    },
    async (request) => clientHealth(deps, actingIn(request), request.params.id),
  )
}
