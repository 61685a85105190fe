import {
  authorizationAnswer,
  authorizationForm,
  consentAnswer,
  consentForm,
  errorAnswer,
  tokenAnswer,
  tokenForm,
} from '@valetkey/protocol'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import type { Evidence } from '../domain/token-request.ts'
import { callerOf } from '../http/caller.ts'
import { actingIn } from '../http/doors.ts'
import { decide } from './decide.ts'
import { exchangeCode } from './exchange-code.ts'
import { requestAuthorization } from './request-authorization.ts'
import { beginTrace, type Trace } from './trace.ts'

const tokenBodyLimit = 16 * 1024

/** The door for clients, in the StorX dialect. */
export const oauthRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['oauth'], security: [{ user: [] }] }
  app.post(
    '/api/v0/oauth2/request',
    {
      schema: {
        ...common,
        summary: 'Ask the user for access',
        body: authorizationForm,
        response: { 200: authorizationAnswer, '4xx': errorAnswer },
      },
    },
    async (request) => requestAuthorization(deps, actingIn(request), request.body),
  )
  app.post(
    '/api/v0/oauth2/consent',
    {
      schema: {
        ...common,
        summary: 'Approve or reject what was asked',
        body: consentForm,
        response: { 200: consentAnswer, '4xx': errorAnswer },
      },
    },
    async (request) => decide(deps, actingIn(request), request.body),
  )

  const traces = new WeakMap<FastifyRequest, Trace>()
  const traceOf = (request: FastifyRequest): Trace => {
    const trace =
      traces.get(request) ??
      beginTrace(deps, {
        trace_id: request.id,
        client_id: namedClient(request.body),
        facts: factsOf(request),
      })
    traces.set(request, trace)
    return trace
  }
  app.post(
    '/api/v0/oauth2/token',
    {
      bodyLimit: tokenBodyLimit,
      schema: {
        tags: ['oauth'],
        summary: 'Trade a code for an access grant',
        body: tokenForm,
        response: { 200: tokenAnswer, '4xx': errorAnswer },
      },
      onResponse: async (request, reply) => {
        const outcome = {
          status: reply.statusCode,
          refusal: request.refusal,
          duration_ms: Math.round(reply.elapsedTime),
        }
        deps.recorder.trace(traceOf(request).finish(outcome))
      },
    },
    async (request) => exchangeCode(deps, request.body, traceOf(request)),
  )
}

/** What the request named as its client, whatever else is wrong with it: hostile text, cut. */
function namedClient(body: unknown): string | null {
  const client_id =
    typeof body === 'object' && body !== null && 'client_id' in body ? body.client_id : undefined
  return typeof client_id === 'string' ? client_id.slice(0, 256) : null
}

const parameters = Object.keys(tokenForm.shape)

/** Facts about the HTTP request: known parameter names, sizes, who sent it. No values. */
function factsOf(request: FastifyRequest): Evidence {
  const { body } = request
  const sent = typeof body === 'object' && body !== null ? body : {}
  const { network, user_agent } = callerOf(request)
  return {
    content_type: (request.headers['content-type'] ?? '').slice(0, 100),
    content_length: Number(request.headers['content-length'] ?? 0),
    parameters: parameters.filter((name) => Object.hasOwn(sent, name)),
    network,
    user_agent,
  }
}
