import {
  accountAnswer,
  activationForm,
  changePasswordForm,
  forgotPasswordForm,
  newPasswordForm,
  registrationAnswer,
  registrationForm,
  renameForm,
  resetPasswordForm,
  resetTokenAnswer,
  resetTokenQuery,
  rfc3339,
  sessionAnswer,
  signInForm,
  successAnswer,
} from '@valetkey/protocol'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { callerOf } from '../http/caller.ts'
import { actingIn } from '../http/doors.ts'
import { clearSessionCookie, cookieNames, refuseForeignPages, setSessionCookie } from '../http/sessions.ts'
import { tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { asAccountAnswer, asSessionAnswer } from './account-answers.ts'
import type { Visitor } from './account-kinds.ts'
import { activate } from './activate.ts'
import { changePassword } from './change-password.ts'
import { register } from './register.ts'
import { rename } from './rename.ts'
import { requestPasswordReset, resetPassword, verifyResetToken } from './reset-password.ts'
import { refreshSession, signOut } from './sessions.ts'
import { signIn } from './sign-in.ts'

const empty = z.undefined().describe('Empty')
const time = z.string().describe('RFC 3339')

/** What developers and users do alike with their accounts, below the prefix of their door. */
export const accountRoutes: FastifyPluginAsyncZod<{ deps: Deps; kind: AccountKind }> = async (
  app,
  { deps, kind },
) => {
  const tags = [`${kind} account`]
  const security = [{ [kind]: [] }]
  const cookie = cookieNames[kind]
  const visitor = (request: FastifyRequest): Visitor => ({ kind, caller: callerOf(request) })

  app.post(
    '/register',
    {
      schema: {
        body: registrationForm,
        response: { 200: registrationAnswer.optional() },
        tags,
        summary: 'Open an account',
      },
    },
    async (request, reply) => reply.send(await register(deps, visitor(request), request.body)),
  )
  app.patch(
    '/code-activation',
    {
      schema: {
        body: activationForm,
        response: { 200: sessionAnswer },
        tags,
        summary: 'Prove the address by its mailed code',
      },
    },
    async (request, reply) => {
      refuseForeignPages(deps, request)
      const session = await activate(deps, visitor(request), request.body)
      setSessionCookie(deps, reply, kind, session.token, session.expires_at)
      return asSessionAnswer(session)
    },
  )
  app.post(
    '/token',
    { schema: { body: signInForm, response: { 200: sessionAnswer }, tags, summary: 'Sign in' } },
    async (request, reply) => {
      refuseForeignPages(deps, request)
      const form = { ...request.body, replacedToken: request.cookies[cookie] }
      const session = await signIn(deps, visitor(request), form)
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
    '/account',
    { schema: { response: { 200: accountAnswer }, tags, security, summary: 'Who is signed in' } },
    async (request) => asAccountAnswer(actingIn(request).account),
  )
  app.patch(
    '/account',
    { schema: { body: renameForm, response: { 200: empty }, tags, security, summary: 'Change the name' } },
    async (request, reply) => {
      await rename(deps, actingIn(request), request.body)
      return reply.send(undefined)
    },
  )
  app.post(
    '/account/change-password',
    {
      schema: {
        body: changePasswordForm,
        response: { 200: empty },
        tags,
        security,
        summary: 'Change the password; all sessions end',
      },
    },
    async (request, reply) => {
      await changePassword(deps, actingIn(request), request.body)
      clearSessionCookie(deps, reply, kind)
      return reply.send(undefined)
    },
  )

  app.post(
    '/forgot-password',
    {
      schema: {
        body: forgotPasswordForm,
        response: { 200: empty },
        tags,
        summary: 'Ask for a mail that lets choose a new password',
      },
    },
    async (request, reply) => {
      await requestPasswordReset(deps, visitor(request), request.body)
      return reply.send(undefined)
    },
  )
  app.get(
    '/verify-reset-token',
    {
      schema: {
        querystring: resetTokenQuery,
        response: { 200: resetTokenAnswer },
        tags,
        summary: 'Whose mailed token this is',
      },
    },
    async (request) => verifyResetToken(deps, visitor(request), request.query.token),
  )
  app.post(
    '/reset-password-with-token',
    {
      schema: {
        body: resetPasswordForm,
        response: { 200: successAnswer },
        tags,
        summary: 'Choose a new password with the mailed token',
      },
    },
    async (request) => {
      await resetPassword(deps, visitor(request), request.body)
      return { success: true } as const
    },
  )
  app.post(
    '/reset-password-after-login',
    {
      schema: {
        body: newPasswordForm,
        response: { 200: successAnswer },
        tags,
        security,
        summary: 'For accounts that must choose a new password; none does here, so it refuses',
      },
    },
    async () => {
      throw refuse('password_reset_not_due')
    },
  )
}
