import {
  authorizationAnswer,
  authorizationForm,
  consentAnswer,
  consentForm,
  type TokenAnswer,
  type TokenForm,
  tokenAnswer,
  tokenBodyLimit,
  tokenErrorAnswer,
  tokenForm,
} from '@valetkey/protocol'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { misnamedParameters } from '../domain/pasted/parameter-names.ts'
import { areFit, fittingPart, isFit, parameters, requiredParameters } from '../domain/token-form.ts'
import type { Evidence } from '../domain/token-request.ts'
import { answerRefusal, refusalOf } from '../http/answers.ts'
import { callerOf } from '../http/caller.ts'
import { actingIn } from '../http/doors.ts'
import { heldAgainst } from '../http/held-against.ts'
import { namedClient, requestFacts } from '../http/request-facts.ts'
import { storxProof } from './authenticate-client.ts'
import type { IssuedAccess } from './build-access-grant.ts'
import { decide } from './decide.ts'
import { type CodeExchange, exchangeCode } from './exchange-code.ts'
import { requestAuthorization } from './request-authorization.ts'
import { beginTrace, type Trace } from './trace.ts'
import { traced } from './traced.ts'

/** What stands in an address ends up in logs and histories. @source RFC 6749 §2.3.1 */
const nothing = z.strictObject({}, { error: 'send parameters in the body, never in the address' })

/** The door for clients, in the StorX dialect. */
export const oauthRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['oauth'], security: [{ user: [] }] }
  // Its clients expect the headers they know.
  const config = { limitTold: 'when_met' } as const
  app.post(
    '/api/v0/oauth2/request',
    {
      config,
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
      config,
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
        client_id: clientNamedIn(request),
        facts: () => factsOf(request),
        form: () => fittingPart(fieldsOf(request.body)),
      })
    traces.set(request, trace)
    return trace
  }
  app.post(
    '/api/v0/oauth2/token',
    {
      config,
      bodyLimit: tokenBodyLimit,
      errorHandler: async (thrown, request, reply) => {
        const refusal = refusalOf(thrown)
        const told = heldAgainst(deps, callerOf(request), clientNamedIn(request), refusal)
        return answerRefusal(deps, request, reply, told)
      },
      schema: {
        tags: ['oauth'],
        summary: 'Trade a code for an access grant',
        querystring: nothing,
        body: tokenForm,
        response: { 200: tokenAnswer, '4xx': tokenErrorAnswer, '5xx': tokenErrorAnswer },
      },
      ...traced(deps, { traceOf, keep: 'all', counted: 'storx' }),
    },
    async (request) => storxAnswer(await exchangeCode(deps, exchangeOf(request.body), traceOf(request))),
  )
}

const exchangeOf = (form: TokenForm): CodeExchange => ({
  dialect: 'storx',
  proof: storxProof(form),
  code: form.code,
  redirect_uri: form.redirect_uri,
  code_verifier: form.code_verifier,
  passphrase: form.passphrase,
})

const storxAnswer = ({
  access,
  access_grant,
  expires_in,
  sealed_encryption_access,
}: IssuedAccess): TokenAnswer => ({
  access_grant,
  scopes: [...access.scopes],
  expires_in,
  ...(sealed_encryption_access === undefined ? {} : { sealed_encryption_access }),
})

/** With the names of known parameters. */
function factsOf(request: FastifyRequest): Evidence {
  const { body, notJson } = request
  const sent = fieldsOf(body)
  const inAddress = fieldsOf(request.query)
  const there = parameters.filter((name) => Object.hasOwn(sent, name))
  const isText = (name: keyof TokenForm) => typeof sent[name] === 'string'
  return {
    ...requestFacts(request),
    parameters: there,
    missing: requiredParameters.filter((name) => !Object.hasOwn(sent, name)),
    misnamed: misnamedParameters(Object.keys(sent)).map(({ sent_as, meant }) => `${sent_as} for ${meant}`),
    in_address: parameters.filter((name) => Object.hasOwn(inAddress, name)),
    not_text: there.filter((name) => !isText(name)),
    unfit: areFit(sent) ? [] : there.filter((name) => isText(name) && !isFit(name, sent[name])),
    ...(notJson === undefined ? {} : { problem: notJson.problem }),
  }
}

const clientNamedIn = ({ body, notJson }: FastifyRequest): string | null =>
  namedClient(fieldsOf(body).client_id ?? notJson?.client_id)

const fieldsOf = (body: unknown): Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {}
