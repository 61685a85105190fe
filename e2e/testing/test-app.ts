import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A third-party app on a port of its own: it waits for what comes back, and can show any page. */
export interface TestApp {
  readonly origin: string
  /** Has a query already, which must survive. */
  readonly redirect_uri: string
  /** What its page `/page` shows. */
  show(html: string): void
  close(): void
}

export async function startTestApp(): Promise<TestApp> {
  let page = ''
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      request.url === '/page'
        ? page
        : '<!doctype html><title>The app</title><link rel="icon" href="data:,"><h1>The app</h1>',
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    redirect_uri: `${origin}/back?tab=1&name=a%20b`,
    show: (html) => {
      page = html
    },
    close: () => void server.close(),
  }
}
