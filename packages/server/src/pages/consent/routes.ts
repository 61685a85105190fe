import {
  authorizationForm,
  consentAnswer,
  decisionBodyLimit,
  decisionForm,
  splitScopes,
} from '@valetkey/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isFit } from '../../domain/token-form.ts'
import { sendRefusalPage } from '../../http/answers.ts'
import { callerOf } from '../../http/caller.ts'
import { actingIn } from '../../http/doors.ts'
import { heldAgainst } from '../../http/held-against.ts'
import { sendPage } from '../../http/page.ts'
import { asRefusal } from '../../http/reply.ts'
import { requestFacts } from '../../http/request-facts.ts'
import { whoIsHere } from '../../http/sessions.ts'
import { beginIntegration, type IntegrationForm, type ProvenClient } from '../../oauth/begin-integration.ts'
import { requestAuthorization } from '../../oauth/request-authorization.ts'
import { beginTrace, type Trace } from '../../oauth/trace.ts'
import { Refusal, refuse } from '../../refusals.ts'
import type { PageOptions } from '../page-options.ts'
import { refusedPage, reloadedPage } from '../refused-page.ts'
import { decideOnPage } from './decision.ts'
import { consentPage } from './page.ts'
import { signInFirst } from './sign-in.ts'
import { consentView } from './view.ts'

/** Where users decide what apps may do. A GET changes nothing but that a request waits for them. */
export const consentRoutes: FastifyPluginAsyncZod<PageOptions> = async (app, { deps, assets }) => {
  const told = { log: deps.log, assets }
  app.setErrorHandler(async (thrown, request, reply) => {
    if (request.method !== 'GET') throw thrown
    const refusal = asRefusal(thrown)
    return sendRefusalPage(told, request, reply, refusal, refusedPage(refusal, request.id))
  })

  app.get('/oauth2-integration', { schema: { hide: true } }, async (request, reply) => {
    const sent = new URL(request.url, 'http://here').searchParams
    if (sent.size === 0) return sendPage(reply.code(400), assets, reloadedPage)
    const form = integrationForm(sent)
    const { client_name, until } = await proven(request, reply, form)
    const by = await whoIsHere(deps, request, 'user')
    if (by === undefined) return sendPage(reply, assets, signInFirst(client_name))
    try {
      const ends_with = 'access_grant'
      const { request_id } = await requestAuthorization(deps, by, askedBy(form), { ends_with })
      return sendPage(
        reply,
        assets,
        consentPage(await consentView(deps, by, request_id, { ends_with, until })),
      )
    } catch (thrown) {
      // The client is known to ask, and hears what is wrong with its question, once the user sends it there: nobody
      // bounces off us to an app they never saw.
      if (!(thrown instanceof Refusal && thrown.reason === 'scope_invalid')) throw thrown
      const { redirect_uri, state } = form
      const back = {
        redirect_uri,
        response_mode: 'query',
        parameters: { error: thrown.error, state },
      } as const
      return sendRefusalPage(told, request, reply, thrown, refusedPage(thrown, request.id, { back }))
    }
  })

  const params = z.object({ request_id: z.string() })
  app.get('/consent/:request_id', { schema: { hide: true, params } }, async (request, reply) => {
    const by = await whoIsHere(deps, request, 'user')
    if (by === undefined) return sendPage(reply, assets, signInFirst())
    const view = await consentView(deps, by, request.params.request_id, { ends_with: 'code' })
    return sendPage(reply, assets, consentPage(view))
  })

  app.post(
    '/consent',
    {
      bodyLimit: decisionBodyLimit,
      schema: {
        hide: true,
        security: [{ user: [] }],
        body: decisionForm,
        response: { 200: consentAnswer },
      },
    },
    async (request) => decideOnPage(deps, actingIn(request), request.body),
  )

  /** A proof that fails is kept as a token request is, for the client's developer to read. */
  async function proven(
    request: FastifyRequest,
    reply: FastifyReply,
    form: IntegrationForm,
  ): Promise<ProvenClient> {
    let trace: Trace | undefined
    try {
      return await beginIntegration(deps, form, () => {
        trace = traceOf(request, form)
        return trace
      })
    } catch (thrown) {
      if (trace === undefined) throw thrown
      const refusal = heldAgainst(deps, trace.caller, form.client_id, asRefusal(thrown))
      trace.finish({ status: refusal.status, refusal, duration_ms: Math.round(reply.elapsedTime) })
      throw refusal
    }
  }

  function traceOf(
    request: FastifyRequest,
    { client_id, client_secret, redirect_uri }: IntegrationForm,
  ): Trace {
    return beginTrace(deps, {
      caller: callerOf(request),
      client_id,
      facts: () => ({ ...requestFacts(request), parameters: ['client_id', 'client_secret', 'redirect_uri'] }),
      form: () => ({ client_id, client_secret, redirect_uri }),
    })
  }
}

/** What the address names; each parameter once, but for the scopes, and of a fit size. @refuses request_malformed */
function integrationForm(sent: URLSearchParams): IntegrationForm {
  const one = (name: 'client_id' | 'client_secret' | 'redirect_uri'): string => {
    const value = single(sent, name)
    if (value === undefined) throw refuse('request_malformed', { description: `${name} is missing.` })
    if (!isFit(name, value)) throw refuse('request_malformed', { description: `${name} is too long.` })
    return value
  }
  const state = single(sent, 'state')
  if (!authorizationForm.shape.state.safeParse(state).success)
    throw refuse('request_malformed', { description: 'state is too long.' })
  return {
    client_id: one('client_id'),
    client_secret: one('client_secret'),
    redirect_uri: one('redirect_uri'),
    scope: sent.getAll('scope').flatMap(splitScopes),
    state,
  }
}

/** An empty one is one that was not sent. @source RFC 6749 §3.1 */
function single(sent: URLSearchParams, name: string): string | undefined {
  const values = sent.getAll(name)
  if (values.length > 1)
    throw refuse('request_malformed', { description: `${name} is there more than once.` })
  return values[0] === '' ? undefined : values[0]
}

/** @refuses scope_invalid */
function askedBy({ client_id, redirect_uri, scope, state }: IntegrationForm) {
  const asked = authorizationForm.shape.scope.safeParse([...new Set(scope)])
  if (!asked.success) throw refuse('scope_invalid')
  return { client_id, redirect_uri, scope: asked.data, ...(state === undefined ? {} : { state }) }
}
