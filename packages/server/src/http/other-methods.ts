import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { refuse } from '../refusals.ts'

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

/**
 * A known address asked with another method answers 405 and names the methods it has. Call it before the routes are
 * mounted, and what it returns after the last of them.
 *
 * @source RFC 9110 §15.5.6
 * @refuses method_not_allowed
 */
export function watchMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    known.set(url, new Set([...(known.get(url) ?? []), ...[method].flat()]))
  })
  return () => {
    for (const [url, has] of [...known]) {
      const allow = [...has].sort().join(', ')
      const refused = async (_request: FastifyRequest, reply: FastifyReply) => {
        reply.header('allow', allow)
        throw refuse('method_not_allowed')
      }
      app.route({
        method: methods.filter((method) => !has.has(method)),
        url,
        schema: { hide: true },
        // Before a body is looked at; elsewhere after it, as clients of the contract know it.
        ...(url.startsWith('/oauth2/') ? { onRequest: refused } : {}),
        handler: refused,
      })
    }
  }
}
