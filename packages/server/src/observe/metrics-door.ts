import { once } from 'node:events'
import { createServer } from 'node:http'
import type { FastifyPluginAsync } from 'fastify'
import type { Deps, Log } from '../deps.ts'
import { codeInBrackets } from '../error-code.ts'
import { bearerOf, isOneOf } from '../http/bearer.ts'
import { refuse } from '../refusals.ts'
import { SettingError, type Settings } from '../settings.ts'
import type { MetricsPage } from './metrics.ts'

/**
 * `GET /metrics` beside everything else, for whoever has the token. Without one set, and for everybody else, there is
 * nothing at this address.
 *
 * @refuses route_unknown
 */
export const metricsRoute: FastifyPluginAsync<{ deps: Pick<Deps, 'metrics' | 'settings'> }> = async (
  app,
  { deps: { metrics, settings } },
) => {
  if (settings.metrics_token === '') return
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (!isOneOf([settings.metrics_token], bearerOf(request))) throw refuse('route_unknown')
    const { content_type, text } = await metrics.page()
    return reply.type(content_type).send(text)
  })
}

/** The listener of the settings, where they ask for one. @throws SettingError */
export async function listenWhereAsked(
  { metrics_host: host, metrics_port: port }: Pick<Settings, 'metrics_host' | 'metrics_port'>,
  page: () => Promise<MetricsPage>,
  log: Log,
): Promise<MetricsListener | undefined> {
  if (port === 0) return undefined
  try {
    return await listenForMetrics(page, { host, port, log })
  } catch (cause) {
    throw new SettingError(
      `cannot listen on VALETKEY_METRICS_HOST and VALETKEY_METRICS_PORT${codeInBrackets(cause)}`,
      { cause },
    )
  }
}

/** A listener that answers `GET /metrics` and nothing else, to whoever reaches it. */
export interface MetricsListener {
  readonly url: string
  close(): Promise<void>
}

/** Where the figures of several processes are one page, whoever started them listens in their place. */
export async function listenForMetrics(
  page: () => Promise<MetricsPage>,
  { host, port, log }: { host: string; port: number; log: Log },
): Promise<MetricsListener> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    const here = request.url?.split('?')[0] === '/metrics'
    if (!here || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(here ? 405 : 404, { 'content-type': 'text/plain' }).end()
      return
    }
    page().then(
      ({ content_type, text }) =>
        response.writeHead(200, { 'content-type': content_type, 'cache-control': 'no-store' }).end(text),
      (cause: unknown) => {
        log.error('metrics_failed', { cause })
        response.writeHead(500, { 'content-type': 'text/plain' }).end()
      },
    )
  })
  server.maxConnections = 32
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/metrics`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
