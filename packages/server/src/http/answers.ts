import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { type Refusal, refuse } from '../refusals.ts'
import type { Assets } from './assets.ts'
import { html } from './html.ts'
import { brand, type Page, sendPage } from './page.ts'
import { tellQuota } from './rate-headers.ts'
import { asRefusal, errorBody } from './reply.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the request was refused, for its line in the log. */
    refusal?: Refusal
  }
}

/** Every error, wherever thrown, leaves in one shape; what is no refusal is a bug, logged whole and told as such. */
export function answerErrors(app: FastifyInstance, deps: Pick<Deps, 'log' | 'settings'>): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headersOf(request, deps.settings))
    done()
  })
  app.setErrorHandler(async (thrown, request, reply) => {
    return answerRefusal(deps, request, reply, refusalOf(thrown))
  })
}

/** Whatever a route threw, as the refusal it is answered with. */
export const refusalOf = (thrown: unknown): Refusal =>
  hasZodFastifySchemaValidationErrors(thrown)
    ? refuse('request_malformed', { description: fieldsInWords(thrown.validation) })
    : asRefusal(thrown)

/** Answers one refusal, and logs its cause when the fault is ours. */
export function answerRefusal(
  deps: Pick<Deps, 'log' | 'settings'>,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
  /** How this door says it. */
  said: Refusal['standard'] = refusal,
): FastifyReply {
  noteRefusal(deps, request, reply, refusal)
  return reply
    .code(said.status)
    .headers(headersOf(request, deps.settings))
    .type('application/json; charset=utf-8')
    .send(errorBody(refusal, request.id, deps.settings.public_url, said))
}

/** What a refusal leaves whatever its answer looks like: its status and headers, and its line in the log. */
export function noteRefusal(
  { log }: Pick<Deps, 'log'>,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
): void {
  request.refusal = refusal
  if (refusal.status >= 500) {
    log.error('request_failed', {
      trace_id: request.id,
      reason: refusal.reason,
      cause: refusal.cause,
    })
  }
  if (refusal.retry_after !== undefined) reply.header('retry-after', String(refusal.retry_after))
  if (refusal.quota !== undefined) tellQuota(reply, refusal.quota)
  if (refusal.status === 413) reply.header('connection', 'close')
  reply.code(refusal.status)
}

/** Tells a refusal in a page. */
export function sendRefusalPage(
  { log, assets }: Pick<Deps, 'log'> & { assets: Assets | undefined },
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
  page: Page,
): FastifyReply {
  noteRefusal({ log }, request, reply, refusal)
  return sendPage(reply, assets, page)
}

const headersOf = (request: FastifyRequest, { public_url }: Deps['settings']) => ({
  ...(public_url.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  'x-trace-id': request.id,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
})

/** Closed at once, a socket with unread bytes in it would take the answer along. */
const lingerMs = 2_000

/** What is not even HTTP, or has headers beyond the limit, is told in the same shape. @source RFC 9110 §15.5; RFC 6585 §5 */
export function answerNoHttp({ random, settings }: Pick<Deps, 'random' | 'settings'>) {
  return (error: { code?: string }, socket: Socket): void => {
    if (socket.destroyed || !socket.writable) return
    const status =
      error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
    const trace_id = random(16).toString('hex')
    const body = JSON.stringify(errorBody(refuse('request_malformed'), trace_id, settings.public_url))
    // Whoever never closes their side would hold the socket for ever.
    const patience = setTimeout(() => socket.destroy(), lingerMs)
    socket.once('close', () => clearTimeout(patience))
    socket.end(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        'content-type: application/json; charset=utf-8',
        'cache-control: no-store',
        `content-length: ${Buffer.byteLength(body)}`,
        `x-trace-id: ${trace_id}`,
        'connection: close',
        '',
        body,
      ].join('\r\n'),
    )
  }
}

/** Nothing is there: a page says so to people, who look at addresses with a browser, and JSON to programs. */
export function answerUnknown(
  app: FastifyInstance,
  { log }: Pick<Deps, 'log'>,
  assets: Assets | undefined,
): void {
  app.setNotFoundHandler(async (request, reply) => {
    const refusal = refuse('route_unknown')
    if (!wantsPage(request)) throw refusal
    return sendRefusalPage({ log, assets }, request, reply, refusal, nothingThere)
  })
}

/** Whether it is a browser that asks, to show the answer. */
export const wantsPage = ({ method, headers }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html') === true

const nothingThere: Page = {
  title: 'Not found',
  body: html`${brand()}
<main class="card stack">
<h1>There is nothing at this address</h1>
<p>Perhaps a letter is missing at its end, or the page is gone.</p>
<p><a href="/">To the first page</a></p>
</main>`,
}

/**
 * One line per request, once its answer is complete or its connection has ended. The route's pattern, never its address:
 * a query may hold a secret.
 */
export function accessLine(app: FastifyInstance, { log }: Pick<Deps, 'log'>): void {
  app.addHook('onRequest', (request, reply, done) => {
    // Not `onResponse`, which never comes when the client leaves first.
    reply.raw.once('close', () => {
      log.info('request', {
        trace_id: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        network: request.ip,
        ...(reply.raw.writableEnded ? {} : { cut_off: true }),
        ...(request.refusal === undefined ? {} : { reason: request.refusal.reason }),
      })
    })
    done()
  })
}

/** Names the fields and what they should be; never repeats what was sent. */
export function fieldsInWords(
  issues: readonly { instancePath: string; message?: string | undefined }[],
): string {
  const field = (path: string) => path.split('/').filter(Boolean).join('.') || 'the body'
  return issues
    .slice(0, 5)
    .map((issue) => `${field(issue.instancePath)}: ${issue.message ?? 'not valid'}`)
    .join('; ')
}
