import { authorizationParameters } from '@valetkey/protocol'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Evidence } from '../../domain/token-request.ts'
import { noteRefusal, sendRefusalPage } from '../../http/answers.ts'
import { callerOf } from '../../http/caller.ts'
import { acceptFormsOnly, type Parameters, parametersIn, parametersOf } from '../../http/form-body.ts'
import { limitRate } from '../../http/limits.ts'
import { sendPage } from '../../http/page.ts'
import { asRefusal } from '../../http/reply.ts'
import { namedClient, requestFacts } from '../../http/request-facts.ts'
import { whoIsHere } from '../../http/sessions.ts'
import { responseModeOf } from '../../oauth/authorization-parameters.ts'
import {
  authorize,
  keepPosted,
  type ProvenRequest,
  proveAuthorization,
  type Sent,
} from '../../oauth/authorize.ts'
import { beginTrace } from '../../oauth/trace.ts'
import { Refusal, refuse } from '../../refusals.ts'
import { type AppAnswer, addressOf, postBackPage } from '../app-answer.ts'
import { signInFirst } from '../consent/sign-in.ts'
import type { PageOptions } from '../page-options.ts'
import { refusedPage } from '../refused-page.ts'

const path = '/oauth2/authorize'

/**
 * `/oauth2/authorize`: where apps send their users in the standard dialect. Nobody is sent on, not with an error either,
 * before app and redirect URI are proven and the user is signed in; whatever is refused can be looked up by the
 * developer of the app.
 *
 * @source RFC 6749 §4.1.1, §4.1.2.1; RFC 9126 §4; RFC 9207 §2; RFC 9700 §4.11.2, §4.12 (303)
 */
export const authorizeRoutes: FastifyPluginAsync<PageOptions> = async (app, { deps, assets }) => {
  const told = { log: deps.log, assets }
  acceptFormsOnly(app)
  app.setErrorHandler(async (thrown, request, reply) => {
    const refusal = asRefusal(thrown)
    return sendRefusalPage(told, request, reply, refusal, refusedPage(refusal, request.id, { traced: true }))
  })

  app.get(path, { schema: { hide: true } }, async (request, reply) => {
    const sent = readable(queryOf(request))
    const asked = await noteRefused(request, reply, sent.parameters, (note) =>
      proveAuthorization(deps, sent, note),
    )
    const by = await whoIsHere(deps, request, 'user')
    if (by === undefined) {
      const forbidden = asked.parameters.get('prompt')?.split(' ').includes('none')
      if (forbidden === true) return sendRefusalPage(told, request, reply, ...cannotAsk(request, asked))
      return sendPage(reply, assets, signInFirst(asked.client.name))
    }
    try {
      const request_id = await noteRefused(request, reply, sent.parameters, () => authorize(deps, by, asked))
      return reply.redirect(`/consent/${request_id}`, 303)
    } catch (thrown) {
      return sendError(request, reply, asked, asRefusal(thrown))
    }
  })

  app.post(path, { schema: { hide: true } }, async (request, reply) => {
    const sent = { parameters: together(parametersOf(queryOf(request)), parametersIn(request)) }
    await limitRate(deps, 'posted_request', callerOf(request))
    const asked = await noteRefused(request, reply, sent.parameters, (note) =>
      proveAuthorization(deps, sent, note),
    )
    const { client_id } = asked.client
    const request_uri = asked.request_uri ?? (await keepPosted(deps, asked))
    return reply.redirect(`${path}?${new URLSearchParams({ client_id, request_uri })}`, 303)
  })

  /** What is refused is kept as a token request is, for the client's developer to read. */
  async function noteRefused<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    parameters: Parameters,
    work: (note: (facts: Evidence) => void) => Promise<T>,
  ): Promise<T> {
    let noted: Evidence = {}
    try {
      return await work((facts) => {
        noted = facts
      })
    } catch (thrown) {
      const refusal = asRefusal(thrown)
      const client_id = namedClient(parameters.get('client_id'))
      if (client_id !== null) {
        const facts = { ...factsOf(request, parameters), ...noted }
        beginTrace(deps, {
          caller: callerOf(request),
          client_id,
          facts: () => facts,
          form: () => ({}),
          dialect: 'standard',
        }).finish({
          status: refusal.status,
          refusal,
          duration_ms: Math.round(reply.elapsedTime),
        })
      }
      throw thrown
    }
  }

  const answerOf = (asked: ProvenRequest, { standard }: Refusal): AppAnswer => ({
    redirect_uri: asked.redirect_uri,
    response_mode: responseModeOf(asked.parameters) ?? 'query',
    parameters: {
      error: standard.error,
      error_description: standard.description,
      state: fitState(asked.parameters),
      iss: deps.settings.public_url,
    },
  })

  /** Tells the app, through the browser. */
  function sendError(request: FastifyRequest, reply: FastifyReply, asked: ProvenRequest, refusal: Refusal) {
    // Whoever holds a request_uri that is none has no business with any app. RFC 9126 §4
    if (refusal.reason === 'request_uri_unknown') throw refusal
    noteRefusal(deps, request, reply, refusal)
    const answer = answerOf(asked, refusal)
    if (answer.response_mode === 'query') return reply.redirect(addressOf(answer), 303)
    return sendPage(reply.code(200), assets, postBackPage(answer))
  }

  /** The user is not signed in, and must not be asked to: they may go back, and are not sent. */
  function cannotAsk(request: FastifyRequest, asked: ProvenRequest) {
    const refusal = refuse('interaction_needed')
    const back = answerOf(asked, refusal)
    return [refusal, refusedPage(refusal, request.id, { back })] as const
  }
}

const queryOf = ({ url }: FastifyRequest): string =>
  url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''

/** @refuses request_malformed */
function together(query: Parameters, body: Parameters): Parameters {
  if ([...query.keys()].some((name) => body.has(name)))
    throw refuse('request_malformed', { description: 'A parameter is in the body and in the address.' })
  return new Map([...query, ...body])
}

/** What decides where an error is told is read even when something else is there twice. */
function readable(query: string): Sent {
  try {
    return { parameters: parametersOf(query) }
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    const all = new URLSearchParams(query)
    const once = ['client_id', 'redirect_uri', 'state', 'response_mode', 'prompt'].flatMap((name) => {
      const values = all.getAll(name)
      return values.length === 1 && values[0] !== undefined && values[0] !== ''
        ? [[name, values[0]] as const]
        : []
    })
    return { parameters: new Map(once), malformed: thrown }
  }
}

/** Returned as it came; but what is refused for its length is not sent on. */
function fitState(parameters: Parameters): string | undefined {
  const state = parameters.get('state')
  return state !== undefined && state.length <= 2048 ? state : undefined
}

const factsOf = (request: FastifyRequest, parameters: Parameters): Evidence => ({
  endpoint: 'authorize',
  parameters: authorizationParameters.filter((name) => parameters.has(name)),
  ...requestFacts(request),
})
