import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import type { RequestSpan } from './tracing.ts'

/** Measures every request, and traces those that are looked at; nothing at all where nobody asks. */
export function watchRequests(app: FastifyInstance, deps: Pick<Deps, 'metrics' | 'tracing'>): void {
  if (deps.metrics.on) measure(app, deps)
  if (deps.tracing.on) trace(app, deps)
}

const routeOf = ({ routeOptions }: FastifyRequest): string => routeOptions.url ?? 'unknown'

function measure(app: FastifyInstance, { metrics }: Pick<Deps, 'metrics'>): void {
  let inProgress = 0
  metrics.gauge('http_requests_in_progress', {}, () => inProgress)
  app.addHook('onRequest', (request, reply, done) => {
    inProgress++
    // Not `onResponse`, which never comes when the client leaves first.
    reply.raw.once('close', () => {
      inProgress--
      const { method, refusal } = request
      const status = String(reply.statusCode)
      metrics.observe(
        'http_request_seconds',
        { method, route: routeOf(request), status },
        reply.elapsedTime / 1000,
      )
      if (!reply.raw.writableEnded) metrics.count('http_requests_cut_off', {})
      if (refusal !== undefined) metrics.count('refusals', { reason: refusal.reason })
    })
    done()
  })
}

/** What only asks whether we live would fill the collector. */
const watchers = new Set(['/healthz', '/readyz', '/metrics'])

function trace(app: FastifyInstance, { tracing }: Pick<Deps, 'tracing'>): void {
  const spans = new WeakMap<FastifyRequest, RequestSpan>()
  app.addHook('onRequest', (request, reply, done) => {
    const route = routeOf(request)
    if (watchers.has(route)) return done()
    const { traceparent } = request.headers
    const span = tracing.begin(request.id, typeof traceparent === 'string' ? traceparent : undefined)
    if (span === undefined) return done()
    spans.set(request, span)
    reply.raw.once('close', () =>
      span.end({ method: request.method, route, status: reply.statusCode, reason: request.refusal?.reason }),
    )
    tracing.within(span, done)
  })
  // A body arrives through the socket's own events, which know nothing of the request.
  app.addHook('preValidation', (request, _reply, done) => tracing.within(spans.get(request), done))
}
