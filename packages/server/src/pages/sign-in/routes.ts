import type { FastifyPluginAsync } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { doors } from '../../accounts/account-kinds.ts'
import type { AccountKind } from '../../domain/account.ts'
import { type Page, sendPage } from '../../http/page.ts'
import { whoIsHere } from '../../http/sessions.ts'
import type { PageOptions } from '../page-options.ts'
import { forgotPasswordPage, registerPage, resetPasswordPage, signInPage, type Visit } from './forms.ts'
import { returnPath } from './return-to.ts'

/** Signing in, registering, and choosing a new password: at one door for users, at the other for developers. */
export const signInPages: FastifyPluginAsync<PageOptions> = async (app, options) => {
  for (const kind of ['user', 'developer'] as const)
    await app.register(doorPages, { ...options, kind, prefix: doors[kind].pages })
}

/** What is no address to return to is none, and what is no known word says nothing. */
const querystring = z.object({
  return_to: z.unknown().optional(),
  /** `1` when a session that ended led here. */
  ended: z.unknown().optional(),
  /** `close` when another tab waits for the account, and goes on by itself. */
  after: z.unknown().optional(),
})

type Asked = z.infer<typeof querystring>

const doorPages: FastifyPluginAsyncZod<PageOptions & { kind: AccountKind }> = async (
  app,
  { deps, assets, kind },
) => {
  const outbox = deps.settings.smtp_url === ''
  const show = (
    path: string,
    pageFor: (visit: Visit, asked: Asked) => Page,
    { skipWhenSignedIn = false } = {},
  ) =>
    app.get(path, { schema: { hide: true, querystring } }, async (request, reply) => {
      const go_to = returnPath(kind, request.query.return_to)
      if (skipWhenSignedIn && (await whoIsHere(deps, request, kind)) !== undefined)
        return reply.redirect(go_to, 303)
      return sendPage(reply, assets, pageFor({ kind, next: { go_to } }, request.query))
    })

  show('/sign-in', (visit, { ended }) => signInPage(visit, { ended: ended === '1' }), {
    skipWhenSignedIn: true,
  })
  show(
    '/register',
    (visit, { after }) => registerPage(after === 'close' ? { ...visit, next: 'close' } : visit),
    { skipWhenSignedIn: true },
  )
  show('/forgot-password', (visit) => forgotPasswordPage(visit, { outbox }))
  show('/reset-password', resetPasswordPage)
}
