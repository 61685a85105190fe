import {
  authorizationAnswer,
  authorizationForm,
  consentAnswer,
  consentForm,
  tokenAnswer,
  tokenForm,
} from '@valetkey/protocol'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import type { Evidence } from '../domain/token-request.ts'
import { callerOf } from '../http/caller.ts'
import { actingIn } from '../http/doors.ts'
import { decide } from './decide.ts'
import { exchangeCode } from './exchange-code.ts'
import { requestAuthorization } from './request-authorization.ts'
import { beginTrace, type Trace } from './trace.ts'

const tokenBodyLimit = 16 * 1024
/** What stands in an address ends up in logs and histories. @source RFC 6749 §2.3.1 */
const nothing = z.strictObject({}, { error: 'send parameters in the body, never in the address' })

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
        response: { 200: authorizationAnswer },
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
        response: { 200: consentAnswer },
      },
    },
    async (request) => decide(deps, actingIn(request), request.body),
  )

  const traces = new WeakMap<FastifyRequest, Trace>()
  const traceOf = (request: FastifyRequest): Trace => {
    const trace =
      traces.get(request) ??
      beginTrace(deps, {
        caller: callerOf(request),
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
        querystring: nothing,
        body: tokenForm,
        response: { 200: tokenAnswer },
      },
      onResponse: async (request, reply) => {
        traceOf(request).finish({
          status: reply.statusCode,
          refusal: request.refusal,
          duration_ms: Math.round(reply.elapsedTime),
        })
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
