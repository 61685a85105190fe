import {
  rfc3339,
  sessionAnswer,
  sessionListAnswer,
  sessionPath,
  sessionsEndedAnswer,
  signInForm,
} from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { sessionId } from '../domain/session.ts'
import { callerOf } from '../http/caller.ts'
import { actingIn } from '../http/doors.ts'
import { clearSessionCookie, cookieNames, refuseForeignPages, setSessionCookie } from '../http/sessions.ts'
import { tokenHash } from '../ids.ts'
import { asSessionAnswer } from './account-answers.ts'
import { endSession, listSessions, refreshSession, signOut, signOutEverywhere } from './sessions.ts'
import { signIn } from './sign-in.ts'

const empty = z.undefined().describe('Empty')
const time = z.string().describe('RFC 3339')

/** Signing in and out, and where somebody is signed in. */
export const sessionRoutes: FastifyPluginAsyncZod<{ deps: Deps; kind: AccountKind }> = async (
  app,
  { deps, kind },
) => {
  const tags = [`${kind} account`]
  const security = [{ [kind]: [] }]
  const cookie = cookieNames[kind]

  app.post(
    '/token',
    { schema: { body: signInForm, response: { 200: sessionAnswer }, tags, summary: 'Sign in' } },
    async (request, reply) => {
      refuseForeignPages(deps, request)
      const form = { ...request.body, replacedToken: request.cookies[cookie] }
      const session = await signIn(deps, { kind, caller: callerOf(request) }, form)
      setSessionCookie(deps, reply, kind, session.token, session.expires_at)
      return asSessionAnswer(session)
    },
  )
  app.post(
    '/logout',
    { schema: { response: { 200: empty }, tags, security, summary: 'Sign out: the session ends' } },
    async (request, reply) => {
      await signOut(deps, actingIn(request))
      clearSessionCookie(deps, reply, kind)
      return reply.send(undefined)
    },
  )
  app.post(
    '/refresh-session',
    {
      schema: {
        response: { 200: time },
        tags,
        security,
        summary: 'Prolong the session; answers its new end',
      },
    },
    async (request, reply) => {
      const by = actingIn(request)
      const expires_at = await refreshSession(deps, by)
      const token = request.cookies[cookie]
      if (token !== undefined && tokenHash(token) === by.session.token_hash)
        setSessionCookie(deps, reply, kind, token, expires_at)
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(rfc3339(expires_at)))
    },
  )

  app.get(
    '/sessions',
    { schema: { response: { 200: sessionListAnswer }, tags, security, summary: 'Where you are signed in' } },
    async (request) => listSessions(deps, actingIn(request)),
  )
  app.delete(
    '/sessions/:id',
    {
      schema: {
        params: sessionPath,
        response: { 204: empty },
        tags,
        security,
        summary: 'End one of your sessions',
      },
    },
    async (request, reply) => {
      const by = actingIn(request)
      await endSession(deps, by, request.params.id)
      if (request.params.id === sessionId(by.session)) clearSessionCookie(deps, reply, kind)
      return reply.code(204).send()
    },
  )
  app.delete(
    '/sessions',
    {
      schema: {
        response: { 200: sessionsEndedAnswer },
        tags,
        security,
        summary: 'Sign out everywhere, here too',
      },
    },
    async (request, reply) => {
      const answer = await signOutEverywhere(deps, actingIn(request))
      clearSessionCookie(deps, reply, kind)
      return answer
    },
  )
}
