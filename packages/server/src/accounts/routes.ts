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
  sessionAnswer,
  successAnswer,
} from '@valetkey/protocol'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { callerOf } from '../http/caller.ts'
import { actingIn } from '../http/doors.ts'
import { clearSessionCookie, refuseForeignPages, setSessionCookie } from '../http/sessions.ts'
import { refuse } from '../refusals.ts'
import { asAccountAnswer, asSessionAnswer } from './account-answers.ts'
import type { Visitor } from './account-kinds.ts'
import { activate } from './activate.ts'
import { changePassword } from './change-password.ts'
import { register } from './register.ts'
import { rename } from './rename.ts'
import { requestPasswordReset, resetPassword, verifyResetToken } from './reset-password.ts'
import { sessionRoutes } from './session-routes.ts'

const empty = z.undefined().describe('Empty')

/** What developers and users do alike with their accounts, below the prefix of their door. */
export const accountRoutes: FastifyPluginAsyncZod<{ deps: Deps; kind: AccountKind }> = async (
  app,
  { deps, kind },
) => {
  const tags = [`${kind} account`]
  const security = [{ [kind]: [] }]
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
  await app.register(sessionRoutes, { deps, kind })

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
