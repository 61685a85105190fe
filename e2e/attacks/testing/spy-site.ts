import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SpySite {
  readonly origin: string
  readonly heard: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  close(): void
}

/** Somebody else's site, which writes down whatever it is asked and told. */
export async function startSpySite(): Promise<SpySite> {
  const heard: { path: string; headers: IncomingHttpHeaders }[] = []
  const server = createServer(({ url: path = '', headers }, response) => {
    heard.push({ path, headers })
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end('<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,"><h1>Elsewhere</h1>')
  })
  return { origin: await listening(server), heard, close: () => void server.close() }
}

export interface CachingProxy {
  readonly url: string
  /** What was answered out of the cache. */
  readonly hits: readonly string[]
  close(): void
}

/**
 * A cache that keeps every answer it is not forbidden to keep, to a POST as well, and gives it to whoever sends the same
 * again. It heeds `Cache-Control` and nothing else. @source RFC 9111 §3
 */
export async function startCachingProxy(origin: string): Promise<CachingProxy> {
  const kept = new Map<string, { status: number; headers: IncomingHttpHeaders; body: Buffer }>()
  const hits: string[] = []
  const server = createServer(async (asked, response) => {
    const sent = await bodyOf(asked)
    const key = `${asked.method} ${asked.url} ${sent.toString('latin1')}`
    const known = kept.get(key)
    if (known !== undefined) {
      hits.push(`${asked.method} ${asked.url}`)
      response.writeHead(known.status, known.headers).end(known.body)
      return
    }
    const onward = request(new URL(asked.url ?? '/', origin), {
      method: asked.method,
      headers: asked.headers,
    })
    onward.end(sent)
    const [answer] = (await once(onward, 'response')) as [IncomingMessage]
    const body = await bodyOf(answer)
    const { statusCode: status = 0, headers } = answer
    if (!/\b(?:no-store|private)\b/.test(headers['cache-control'] ?? ''))
      kept.set(key, { status, headers, body })
    response.writeHead(status, headers).end(body)
  })
  return { url: await listening(server), hits, close: () => void server.close() }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
