import { deviceAnswer, deviceForm } from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { sendRefusalPage } from '../../http/answers.ts'
import { actingIn } from '../../http/doors.ts'
import { sendPage } from '../../http/page.ts'
import { asRefusal } from '../../http/reply.ts'
import { whoIsHere } from '../../http/sessions.ts'
import { claimDevice } from '../../oauth/claim-device.ts'
import { signInFirst } from '../consent/sign-in.ts'
import type { PageOptions } from '../page-options.ts'
import { refusedPage } from '../refused-page.ts'
import { devicePage } from './page.ts'

/** `/device`: where users enter the code that a device shows. @source RFC 8628 §3.3 */
export const deviceRoutes: FastifyPluginAsyncZod<PageOptions> = async (app, { deps, assets }) => {
  app.setErrorHandler(async (thrown, request, reply) => {
    if (request.method !== 'GET') throw thrown
    const refusal = asRefusal(thrown)
    return sendRefusalPage(
      { log: deps.log, assets },
      request,
      reply,
      refusal,
      refusedPage(refusal, request.id),
    )
  })

  const querystring = z.object({ user_code: z.unknown().optional() })
  app.get('/device', { schema: { hide: true, querystring } }, async (request, reply) => {
    const by = await whoIsHere(deps, request, 'user')
    if (by === undefined) return sendPage(reply, assets, signInFirst('A device'))
    const { user_code } = request.query
    const shown = typeof user_code === 'string' ? user_code.slice(0, 16) : ''
    return sendPage(reply, assets, devicePage({ signed_in_as: by.account.email, user_code: shown }))
  })

  app.post(
    '/device',
    { schema: { hide: true, security: [{ user: [] }], body: deviceForm, response: { 200: deviceAnswer } } },
    async (request) => ({ request_id: await claimDevice(deps, actingIn(request), request.body.user_code) }),
  )
}
