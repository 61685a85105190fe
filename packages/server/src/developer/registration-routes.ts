import {
  clientRegistrationAnswer,
  clientRegistrationChangeForm,
  clientRegistrationForm,
  clientRegistrationPath,
} from '@valetkey/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { answerRefusal, refusalOf } from '../http/answers.ts'
import { bearerOf } from '../http/bearer.ts'
import { callerOf } from '../http/caller.ts'
import { actingIn } from '../http/doors.ts'
import { heldAgainst } from '../http/held-against.ts'
import { namedClient } from '../http/request-facts.ts'
import { type Refusal, refuse } from '../refusals.ts'
import {
  endRegistration,
  type Registered,
  readRegistration,
  registerDynamically,
  registeredClient,
  replaceRegistration,
} from './dynamic-registration.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The client that manages itself, on the routes that its registration access token opens. */
    registered?: Registered
  }
}

/** Registration by program: a developer's session makes a client, and the token that comes with it manages the client. */
export const registrationRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  app.setErrorHandler(async (thrown, request, reply) => {
    const refusal = refusalOf(thrown)
    const held = managesItself(request)
      ? heldAgainst(deps, callerOf(request), nameIn(request), refusal)
      : refusal
    const told = held.status === 401 ? askForBearer(held, request, reply) : held
    return answerRefusal(deps, request, reply, told, said(told))
  })

  app.post(
    '/oauth2/register',
    {
      schema: {
        tags: ['registration'],
        security: [{ developer: [] }],
        summary: 'Register a client (RFC 7591); its secret is shown this once',
        body: clientRegistrationForm,
        response: { 201: clientRegistrationAnswer },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await registerDynamically(deps, actingIn(request), request.body)),
  )

  const one = {
    // Before a body is read: what is wrong with it is nothing for strangers.
    onRequest: async (request: FastifyRequest) => {
      const { client_id } = clientRegistrationPath.parse(request.params)
      request.registered = await registeredClient(deps, callerOf(request), client_id, bearerOf(request))
    },
  }
  const common = {
    tags: ['registration'],
    security: [{ registration: [] }],
    params: clientRegistrationPath,
  }
  app.get(
    '/oauth2/register/:client_id',
    {
      ...one,
      schema: {
        ...common,
        summary: 'What is registered (RFC 7592)',
        response: { 200: clientRegistrationAnswer },
      },
    },
    async (request) => readRegistration(deps, registeredIn(request)),
  )
  app.put(
    '/oauth2/register/:client_id',
    {
      ...one,
      schema: {
        ...common,
        summary: 'Replace all that is registered',
        body: clientRegistrationChangeForm,
        response: { 200: clientRegistrationAnswer },
      },
    },
    async (request) => replaceRegistration(deps, registeredIn(request), request.body),
  )
  app.delete(
    '/oauth2/register/:client_id',
    {
      ...one,
      schema: { ...common, summary: 'End the client and all its access', response: { 204: z.undefined() } },
    },
    async (request, reply) => {
      await endRegistration(deps, registeredIn(request))
      return reply.code(204).send()
    },
  )
}

/** By its registration access token: whoever guesses at one waits. */
const managesItself = ({ routeOptions }: FastifyRequest): boolean =>
  routeOptions.config.routeLimit === 'client'

const nameIn = ({ params }: FastifyRequest): string | null =>
  namedClient(
    typeof params === 'object' && params !== null && 'client_id' in params ? params.client_id : null,
  )

function registeredIn({ registered }: Pick<FastifyRequest, 'registered'>): Registered {
  if (registered === undefined) throw refuse('registration_token_invalid')
  return registered
}

/** @source RFC 6750 §3: who sent nothing is told no error */
function askForBearer(refusal: Refusal, { headers }: FastifyRequest, reply: FastifyReply): Refusal {
  const nothingSent = refusal.reason === 'not_signed_in' && headers.authorization === undefined
  reply.header('www-authenticate', nothingSent ? 'Bearer' : 'Bearer error="invalid_token"')
  return nothingSent ? refusal : refuse('registration_token_invalid')
}

/** Whatever is wrong with a form is a redirect URI, or metadata. @source RFC 7591 §3.2.2 */
function said({ error, status, description }: Refusal): Refusal['standard'] {
  const isMetadata = status === 400 && error !== 'invalid_redirect_uri'
  return { error: isMetadata ? 'invalid_client_metadata' : error, status, description }
}
