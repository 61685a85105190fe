import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Deps } from '../deps.ts'
import { callerOf } from './caller.ts'
import { actingIn } from './doors.ts'
import { limitRate } from './limits.ts'

/** What a route counts every request against, before it is read. */
export type RouteLimit =
  /** Each network: nobody has shown who they are. */
  | 'anybody'
  /** Whoever is signed in; who is not counts as one without a session. */
  | 'signed_in'
  /** What clients prove, once they did, and what is refused: see `limits` in limit-table.ts. */
  | 'client'
  /** Each network that sends a wrong operator's token; whoever has a right one is not counted. */
  | 'operator'
  /** Nothing: it costs nothing, or is asked by what watches the process. */
  | 'none'

declare module 'fastify' {
  interface FastifyContextConfig {
    routeLimit?: RouteLimit
  }
  interface FastifyInstance {
    /** Every route and what it counts against, for the documentation. */
    readonly routeLimits: readonly { readonly route: string; readonly limit: RouteLimit }[]
  }
}

/** Where clients prove who they are. */
const provenByClients: ReadonlySet<string> = new Set([
  'POST /api/v0/oauth2/token',
  'POST /oauth2/token',
  'POST /oauth2/par',
  'POST /oauth2/device_authorization',
  'POST /oauth2/revoke',
  'POST /oauth2/introspect',
  'GET /oauth2/register/:client_id',
  'PUT /oauth2/register/:client_id',
  'DELETE /oauth2/register/:client_id',
])
/** For whoever watches the process, and files that are kept for ever. */
const unlimited: ReadonlySet<string> = new Set([
  '/healthz',
  '/readyz',
  '/metrics',
  '/assets/:file',
  '/favicon.svg',
])

/**
 * No route is without a limit unless it is named above: one that is added counts against the network that asks, or,
 * where its schema says who has to be signed in, against the account. Whoever lets in the operator counts for itself, so
 * that nobody's flood holds up the operator. Call it before the routes are mounted, and after
 * the doors are kept.
 *
 * @refuses rate_limited
 */
export function limitRoutes(app: FastifyInstance, deps: Pick<Deps, 'rates' | 'clock' | 'settings'>): void {
  const routeLimits: { route: string; limit: RouteLimit }[] = []
  app.decorate('routeLimits', routeLimits)
  app.addHook('onRoute', (route) => {
    const routeLimit = limitOf(route)
    route.config = { ...route.config, routeLimit }
    for (const method of [route.method].flat())
      routeLimits.push({ route: `${method} ${route.url}`, limit: routeLimit })
    if (routeLimit !== 'signed_in') return
    // Behind whoever lets in.
    const count = async (request: FastifyRequest) => limitRate(deps, 'signed_in', actingIn(request))
    route.onRequest = [...[route.onRequest ?? []].flat(), count]
  })
  // Not an async function: most requests need not wait here, and each such hook costs them a turn.
  app.addHook('onRequest', (request, _reply, done) => {
    const routeLimit = request.routeOptions.config?.routeLimit ?? 'anybody'
    if (routeLimit === 'anybody') limitRate(deps, 'anybody', callerOf(request)).then(() => done(), done)
    else done()
  })
}

function limitOf({ url, method, schema }: RouteOptions): RouteLimit {
  const reads = [method].flat().every((one) => one === 'GET' || one === 'HEAD')
  if (unlimited.has(url) && reads) return 'none'
  const schemes = (schema?.security ?? []).flatMap((scheme) => Object.keys(scheme))
  if (schemes.includes('developer') || schemes.includes('user')) return 'signed_in'
  if (schemes.includes('operator')) return 'operator'
  return provenByClients.has(`${String(method)} ${url}`) ? 'client' : 'anybody'
}
