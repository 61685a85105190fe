import { randomUUID } from 'node:crypto'
import type { Log } from '../deps.ts'
import type { Metrics } from './metrics.ts'
import { exportRequest, type Span } from './span.ts'

/** How spans leave. */
export const otlpLimits = {
  /** Spans that wait; what comes beyond them is lost and counted. */
  waiting: 8_192,
  /** Spans of one request to the collector; when so many wait they leave at once. */
  atOnce: 1_024,
  delayMs: 2_000,
  timeoutMs: 10_000,
  /** At most one line of the log says that spans were lost, in this time. */
  silenceMs: 60_000,
}

/**
 * Sends spans to an OpenTelemetry collector: OTLP over HTTP, as JSON, in batches, behind everything else. A collector
 * that is slow or away costs spans and nothing else.
 *
 * The protocol is one request with one document, so it is written here; the public SDK would be ten packages with its
 * own ids, its own context and attributes of any kind.
 *
 * @source https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function createOtlp(
  url: string,
  { log, metrics, version }: { log: Log; metrics: Metrics; version: string },
  limits: Readonly<typeof otlpLimits> = otlpLimits,
) {
  const { address, authorization } = endpointOf(url)
  const resource = {
    'service.name': 'valetkey',
    'service.version': version,
    'service.instance.id': randomUUID(),
  }
  const waiting: Span[] = []
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined
  let silentUntil = 0

  function lost(spans: number, why: { status?: number; cause?: unknown }): void {
    metrics.count('spans_lost', {}, spans)
    if (Date.now() < silentUntil) return
    silentUntil = Date.now() + limits.silenceMs
    log.error('spans_lost', { rows: spans, ...why })
  }

  async function send(spans: readonly Span[]): Promise<void> {
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body: JSON.stringify(exportRequest(spans, resource)),
        redirect: 'error',
        signal: AbortSignal.timeout(limits.timeoutMs),
      })
      await response.body?.cancel()
      if (response.ok) metrics.count('spans_sent', {}, spans.length)
      else lost(spans.length, { status: response.status })
    } catch (cause) {
      lost(spans.length, { cause })
    }
  }

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) await send(waiting.splice(0, limits.atOnce))
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    sending ??= sendAll().finally(() => {
      sending = undefined
    })
    return sending
  }

  return {
    add(spans: readonly Span[]): void {
      const room = limits.waiting - waiting.length
      if (spans.length > room) {
        lost(spans.length, {})
        return
      }
      waiting.push(...spans)
      if (waiting.length >= limits.atOnce) void flush()
      else timer ??= setTimeout(() => void flush(), limits.delayMs).unref()
    },
    flush,
  }
}

/** An address without a path gets the usual one; a login in it leaves in a header. @source https://opentelemetry.io/docs/specs/otlp/#otlphttp-request */
export function endpointOf(url: string): { address: string; authorization: Record<string, string> } {
  const address = new URL(url)
  const { username, password } = address
  address.username = ''
  address.password = ''
  if (address.pathname === '/') address.pathname = '/v1/traces'
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    address: address.href,
    authorization: username === '' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
  }
}
