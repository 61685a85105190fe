import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import type { Assets } from '../http/assets.ts'
import { pageHeaders } from '../http/page.ts'
import { refuse } from '../refusals.ts'
import { userAccountPage } from './account/routes.ts'
import { appsPages } from './apps/routes.ts'
import { authorizeRoutes } from './authorize/routes.ts'
import { consentRoutes } from './consent/routes.ts'
import { consoleRoutes } from './console.ts'
import { deviceRoutes } from './device/routes.ts'
import { homePage } from './home.ts'
import { signInPages } from './sign-in/routes.ts'

/**
 * The pages: what people see of the doors.
 *
 * @refuses pages_not_built
 */
export const pageRoutes: FastifyPluginAsync<{ deps: Deps; assets: Assets | undefined }> = async (
  app,
  { deps, assets },
) => {
  if (assets === undefined) {
    deps.log.error('pages_not_built', { build_with: 'npm run build' })
    for (const url of pagesOfPeople)
      app.get(url, { schema: { hide: true } }, async () => {
        throw refuse('pages_not_built')
      })
    return
  }
  await app.register(builtFiles, { assets })
  await app.register(homePage, { deps, assets })
  await app.register(signInPages, { deps, assets })
  await app.register(authorizeRoutes, { deps, assets })
  await app.register(consentRoutes, { deps, assets })
  await app.register(deviceRoutes, { deps, assets })
  await app.register(consoleRoutes, { deps, assets })
  await app.register(appsPages, { deps, assets })
  await app.register(userAccountPage, { deps, assets })
}

const pagesOfPeople = [
  ...['/', '/console', '/console/*', '/apps', '/apps/*', '/account', '/oauth2-integration', '/consent/*'],
  ...['/oauth2/authorize', '/device'],
  ...['/sign-in', '/register', '/forgot-password', '/reset-password'],
]

/** A worker has the policy of its own answer: the one that knows the passphrase computes, and asks nobody anything. */
const builtFilePolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'; frame-ancestors 'none'"

/** Their names change with their content, so they are kept for ever. */
const builtFiles: FastifyPluginAsyncZod<{ assets: Assets }> = async (app, { assets }) => {
  await app.register(fastifyStatic, {
    root: assets.folder,
    serve: false,
    preCompressed: true,
  })
  const params = z.object({ file: z.string() })
  app.get('/assets/:file', { schema: { hide: true, params } }, async (request, reply) => {
    reply.headers(pageHeaders(builtFilePolicy))
    return reply.sendFile(`assets/${request.params.file}`, { maxAge: '365d', immutable: true })
  })
  app.get('/favicon.svg', { schema: { hide: true } }, async (_request, reply) =>
    reply.sendFile('favicon.svg', { maxAge: '1d' }),
  )
}
