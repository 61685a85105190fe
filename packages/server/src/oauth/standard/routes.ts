import {
  deviceAuthorizationAnswer,
  deviceAuthorizationForm,
  introspectionAnswer,
  largeBodyLimit,
  pushedRequestAnswer,
  pushedRequestForm,
  standardTokenAnswer,
  standardTokenForm,
  tokenErrorAnswer,
  tokenQuestionForm,
} from '@valetkey/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../../deps.ts'
import type { Proof } from '../../domain/client-proof.ts'
import { answerRefusal } from '../../http/answers.ts'
import { callerOf } from '../../http/caller.ts'
import { acceptFormsOnly, type Parameters, parametersIn, parametersOf } from '../../http/form-body.ts'
import { heldAgainst } from '../../http/held-against.ts'
import { countOne } from '../../http/limits.ts'
import { asRefusal } from '../../http/reply.ts'
import { refuse } from '../../refusals.ts'
import { authorizeDevice } from '../authorize-device.ts'
import { grantAccess } from '../grant-access.ts'
import { introspectToken } from '../introspect-token.ts'
import { pushAuthorization } from '../push-authorization.ts'
import { revokeToken } from '../revoke-token.ts'
import { beginTrace, type Trace } from '../trace.ts'
import { traced } from '../traced.ts'
import { tokenAnswerOf } from './answers.ts'
import { allowBrowserClients } from './cors.ts'
import { type Endpoint, factsOf, formOf, see } from './facts.ts'
import { fitParameters } from './fit-parameters.ts'
import { readProof } from './read-proof.ts'

/** The door for clients, in the standard dialect: forms in, JSON out, and the error codes of the RFCs alone. */
export const standardRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  acceptFormsOnly(app)
  // What a form holds is checked below: a repeated parameter, for one, no schema would see.
  app.setValidatorCompiler(() => (value) => ({ value }))
  app.addHook('onSend', async (_request, reply) => {
    reply.header('pragma', 'no-cache')
  })
  app.setErrorHandler(answerInStandard(deps))

  endpoint(
    'token',
    {
      summary: 'Trade a code, a refresh token or a device code for an access grant',
      form: standardTokenForm,
      answer: { 200: standardTokenAnswer },
      keep: 'all',
      forPages: true,
    },
    async ({ proof, parameters, trace }) => tokenAnswerOf(await grantAccess(deps, proof, parameters, trace)),
  )
  endpoint(
    'par',
    {
      summary: 'Push an authorization request',
      form: pushedRequestForm,
      answer: { 201: pushedRequestAnswer },
    },
    ({ proof, parameters, trace }) => pushAuthorization(deps, proof, parameters, trace),
  )
  endpoint(
    'device_authorization',
    {
      summary: 'Begin what a device without a browser asks',
      form: deviceAuthorizationForm,
      answer: { 200: deviceAuthorizationAnswer },
    },
    ({ proof, parameters, trace }) => authorizeDevice(deps, proof, parameters, trace),
  )
  endpoint(
    'revoke',
    {
      summary: 'End the access behind a refresh token or an access grant',
      form: tokenQuestionForm,
      // No content, and not 204. @source RFC 7009 §2.2
      answer: { 200: z.literal('') },
      forPages: true,
    },
    async ({ proof, parameters, trace }) => {
      await revokeToken(deps, proof, parameters, trace)
      return ''
    },
  )
  endpoint(
    'introspect',
    {
      summary: 'Ask what a token is good for now',
      form: tokenQuestionForm,
      answer: { 200: introspectionAnswer },
    },
    ({ proof, parameters, trace }) => introspectToken(deps, proof, parameters, trace),
  )

  /** One way for all: a form is read, somebody proves who they are, a verb answers, and a refusal is written down. */
  function endpoint(
    name: Endpoint,
    { summary, form, answer, keep = 'refused', forPages = false }: Described,
    verb: (asked: Asked) => Promise<unknown>,
  ): void {
    const traces = new WeakMap<FastifyRequest, Trace>()
    const traceOf = (request: FastifyRequest): Trace => {
      const trace = traces.get(request) ?? begin(deps, name, request)
      traces.set(request, trace)
      return trace
    }
    const response: Record<string, z.ZodType> = {
      ...answer,
      '4xx': tokenErrorAnswer,
      '5xx': tokenErrorAnswer,
    }
    app.post(
      `/oauth2/${name}`,
      {
        bodyLimit: largeBodyLimit,
        preHandler: forPages ? allowBrowserClients(deps) : [],
        schema: {
          tags: ['standard dialect'],
          summary,
          // In the header, or in the form.
          security: [{ client: [] }, {}],
          consumes: ['application/x-www-form-urlencoded'],
          body: form,
          response,
        },
        ...traced(deps, { traceOf, keep, counted: name === 'token' ? 'standard' : undefined }),
      },
      async (request, reply) => {
        const parameters = sentIn(request, form)
        const proof = readProof(parameters, request)
        const trace = traceOf(request)
        const told = await verb({ proof, parameters, trace })
        // Of whoever proves nothing, what was granted counts: no refusal of a stranger does.
        if (name === 'token' && proof.how === 'none')
          countOne(deps, 'unproven_token', { named: proof.client_id, caller: trace.caller })
        reply.code(Number(Object.keys(answer)[0]))
        return told === '' ? reply.type('text/plain').send(told) : reply.send(told)
      },
    )
  }
}

interface Described {
  readonly summary: string
  readonly form: z.ZodObject
  /** By its status. */
  readonly answer: Readonly<Record<number, z.ZodType>>
  /** Which requests are written down; those that went wrong unless it is said. */
  readonly keep?: 'all' | 'refused'
  /** Whether the pages of browser clients may call it. */
  readonly forPages?: boolean
}

interface Asked {
  readonly proof: Proof
  readonly parameters: Parameters
  readonly trace: Trace
}

/** Every refusal in the codes of the RFCs; too many of one client from one network have to wait. */
function answerInStandard(deps: Deps) {
  return async (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const read = asRefusal(thrown)
    const refusal = read.reason === 'content_type_unsupported' ? refuse('form_expected') : read
    const told = heldAgainst(deps, callerOf(request), see(request).client_id, refusal)
    if (told.standard.status === 401 && request.headers.authorization !== undefined)
      reply.header('www-authenticate', 'Basic realm="Valetkey"')
    return answerRefusal(deps, request, reply, told, told.standard)
  }
}

/** What stands in an address ends up in logs and histories. @source RFC 6749 §2.3.1, §3.2 @refuses request_malformed */
function sentIn(request: FastifyRequest, form: z.ZodObject): Parameters {
  const [, query = ''] = request.url.split('?', 2)
  const exposed = [...parametersOf(query).keys()].find((name) => Object.hasOwn(form.shape, name))
  if (exposed !== undefined)
    throw refuse('request_malformed', {
      description: `${exposed}: send parameters in the body, never in the address.`,
    })
  return fitParameters(form, parametersIn(request))
}

function begin(deps: Deps, endpoint: Endpoint, request: FastifyRequest): Trace {
  const seen = see(request)
  return beginTrace(deps, {
    caller: callerOf(request),
    dialect: 'standard',
    client_id: seen.client_id,
    facts: () => factsOf(endpoint, seen),
    form: () => formOf(seen),
  })
}
