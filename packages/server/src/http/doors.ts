import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { refuse } from '../refusals.ts'
import { signedIn } from './sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in, on routes whose schema asks for it. */
    acting?: Acting
  }
}

/**
 * Keeps the doors: a route whose schema says `security: [{ developer: [] }]` or `[{ user: [] }]` lets only those
 * through, before a body is read. What the published API says of a route is what is enforced.
 *
 * @refuses not_signed_in origin_foreign rate_limited
 */
export function keepDoors(app: FastifyInstance, deps: Deps): void {
  app.addHook('onRoute', (route) => {
    const kind = doorOf(route)
    if (kind === undefined) return
    const letIn = async (request: FastifyRequest) => {
      request.acting = await signedIn(deps, request, kind)
    }
    route.onRequest = [letIn, ...[route.onRequest ?? []].flat()]
  })
}

/** Who acts in a request that came through a door. */
export function actingIn(request: Pick<FastifyRequest, 'acting'>): Acting {
  if (request.acting === undefined) throw refuse('not_signed_in')
  return request.acting
}

function doorOf({ schema }: RouteOptions): AccountKind | undefined {
  const [scheme = {}] = schema?.security ?? []
  return (['developer', 'user'] as const).find((kind) => kind in scheme)
}
