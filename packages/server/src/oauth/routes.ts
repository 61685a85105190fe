import {
  authorizationAnswer,
  authorizationForm,
  consentAnswer,
  consentForm,
  type TokenForm,
  tokenAnswer,
  tokenBodyLimit,
  tokenErrorAnswer,
  tokenForm,
} from '@valetkey/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { misnamedParameters } from '../domain/pasted/parameter-names.ts'
import { fittingPart, isFit, parameters, requiredParameters } from '../domain/token-form.ts'
import type { Evidence } from '../domain/token-request.ts'
import { callerOf } from '../http/caller.ts'
import { actingIn } from '../http/doors.ts'
import { decide } from './decide.ts'
import { exchangeCode } from './exchange-code.ts'
import { explainInAnswer } from './explain-in-answer.ts'
import { requestAuthorization } from './request-authorization.ts'
import { beginTrace, type Outcome, type Trace } from './trace.ts'

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
        client_id: namedClient(request),
        facts: factsOf(request),
        form: fittingPart(fieldsOf(request.body)),
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
        response: { 200: tokenAnswer, '4xx': tokenErrorAnswer, '5xx': tokenErrorAnswer },
      },
      preSerialization: deps.settings.dev
        ? async (request, reply, payload) => {
            if (request.refusal === undefined || !askedFromHere(request)) return payload
            const looked = await traceOf(request).lookedAt(outcomeOf(request, reply))
            return { ...fieldsOf(payload), explanation: await explainInAnswer(deps, looked) }
          }
        : [],
      // Not `onResponse`, which never comes when the client leaves first; its code may have been spent all the same.
      onSend: async (request, reply) => {
        const finish = () => traceOf(request).finish(outcomeOf(request, reply))
        if (reply.raw.closed) finish()
        else reply.raw.once('close', finish)
      },
    },
    async (request) => exchangeCode(deps, request.body, traceOf(request)),
  )
}

const outcomeOf = (request: FastifyRequest, reply: FastifyReply): Outcome => ({
  status: reply.statusCode,
  refusal: request.refusal,
  duration_ms: Math.round(reply.elapsedTime),
})

/** By a program of this machine, and through no proxy or tunnel that others reach as well. */
function askedFromHere({ headers, host }: FastifyRequest): boolean {
  const forwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']
  return (
    /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host) &&
    forwarded.every((name) => headers[name] === undefined)
  )
}

/** What the request named as its client, whatever else is wrong with it: hostile text, cut. */
function namedClient({ body, notJson }: FastifyRequest): string | null {
  const client_id = fieldsOf(body).client_id ?? notJson?.client_id
  return typeof client_id === 'string' ? client_id.slice(0, 256) : null
}

/** Facts about the HTTP request: known parameter names, sizes, who sent it and when by its own clock. No values. */
function factsOf(request: FastifyRequest): Evidence {
  const { body, headers, notJson } = request
  const sent = fieldsOf(body)
  const inAddress = fieldsOf(request.query)
  const there = parameters.filter((name) => Object.hasOwn(sent, name))
  const isText = (name: keyof TokenForm) => typeof sent[name] === 'string'
  const { network, user_agent } = callerOf(request)
  const date = Date.parse(String(headers.date ?? ''))
  return {
    content_type: mediaType(headers['content-type']),
    content_length: Number(headers['content-length'] ?? 0),
    parameters: there,
    missing: requiredParameters.filter((name) => !Object.hasOwn(sent, name)),
    misnamed: misnamedParameters(Object.keys(sent)).map(({ sent_as, meant }) => `${sent_as} for ${meant}`),
    in_address: parameters.filter((name) => Object.hasOwn(inAddress, name)),
    not_text: there.filter((name) => !isText(name)),
    unfit: there.filter((name) => isText(name) && !isFit(name, sent[name])),
    ...(notJson === undefined ? {} : { problem: notJson.problem }),
    ...(Number.isNaN(date) ? {} : { date: Math.floor(date / 1000) }),
    network,
    user_agent,
  }
}

/** Type and charset; whatever else stands there is nobody's business. */
const mediaType = (content_type = ''): string =>
  /^[\w.+-]{1,32}\/[\w.+-]{1,48}(?:;\s*charset="?[\w-]{1,16}"?)?/.exec(content_type)?.[0] ?? ''

const fieldsOf = (body: unknown): Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {}
