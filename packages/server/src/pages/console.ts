import type { FastifyPluginAsync } from 'fastify'
import { signInAddress } from '../accounts/account-kinds.ts'
import { nonceMark } from '../http/assets.ts'
import { pageHeaders } from '../http/page.ts'
import { whoIsHere } from '../http/sessions.ts'
import type { PageOptions } from './page-options.ts'

/** The developer console: one document for all of its addresses, each time with a nonce of its own. */
export const consoleRoutes: FastifyPluginAsync<PageOptions> = async (app, { deps, assets }) => {
  for (const url of ['/console', '/console/*'])
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      if ((await whoIsHere(deps, request, 'developer')) === undefined)
        return reply.redirect(signInAddress('developer', request.url), 303)
      const nonce = deps.random(16).toString('base64')
      return reply
        .headers(pageHeaders(contentPolicy(nonce)))
        .type('text/html; charset=utf-8')
        .send(assets.consoleDocument.replaceAll(nonceMark, nonce))
    })
}

const contentPolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
