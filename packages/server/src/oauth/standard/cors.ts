import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import type { Client } from '../../domain/client.ts'
import { parametersIn } from '../../http/form-body.ts'
import { rateHeaderNames } from '../../http/rate-headers.ts'

/**
 * Lets the pages of a browser client read the answer: from the origins of its own redirect URIs, without cookies, and
 * nobody else's. A form needs no preflight.
 *
 * @source Fetch standard, https://fetch.spec.whatwg.org/#http-cors-protocol; RFC 9700 §2.6
 */
export const allowBrowserClients =
  ({ store }: Pick<Deps, 'store'>) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { origin } = request.headers
    const client_id = parametersIn(request).get('client_id')
    if (origin === undefined || client_id === undefined) return
    reply.header('vary', 'origin')
    const client = await store.clients.findByClientId(client_id)
    if (client?.state !== 'active' || !originsOf(client).has(origin)) return
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': ['x-trace-id', 'retry-after', ...rateHeaderNames].join(', '),
      'cross-origin-resource-policy': 'cross-origin',
    })
  }

const originsOf = ({ application_type, redirect_uris }: Client): ReadonlySet<string> =>
  new Set(application_type === 'browser' ? redirect_uris.map((uri) => new URL(uri).origin) : [])
