import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import type { AuthorizationServer } from '../discover.ts'

/** One request that arrived. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly form: Readonly<Record<string, string>>
}

export interface Reply {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** What is answered at a path; `lost` closes the connection instead. */
export type Script = Readonly<Record<string, Reply | ((asked: Asked) => Reply | 'lost')>>

export interface Double {
  /** Its issuer. */
  readonly url: string
  readonly metadata: AuthorizationServer
  /** All requests so far. */
  readonly asked: readonly Asked[]
}

export const traceId = 'cd'.repeat(16)

/** A real HTTP server that stands where Valetkey would, says what the test wants, and ends with it. */
export async function aDouble(script: Script = {}): Promise<Double> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${address.port}`
  const metadata = metadataOf(url)
  const paths: Script = { '/.well-known/oauth-authorization-server': { body: metadata }, ...script }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request
    const path = new URL(request.url ?? '', url).pathname
    const one = {
      method,
      path,
      headers,
      form: Object.fromEntries(new URLSearchParams(await textOf(request))),
    }
    asked.push(one)
    const reply = paths[path] ?? { status: 404 }
    const said = typeof reply === 'function' ? reply(one) : reply
    if (said === 'lost') return void response.destroy()
    response.writeHead(said.status ?? 200, { ...openToAll, 'x-trace-id': traceId, ...said.headers })
    response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body))
  }

  return { url, metadata, asked }
}

/** For those who ask from a page of another origin. */
const openToAll = {
  'content-type': 'application/json',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'X-Trace-Id',
}

const metadataOf = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/oauth2/authorize`,
  token_endpoint: `${issuer}/oauth2/token`,
  pushed_authorization_request_endpoint: `${issuer}/oauth2/par`,
  device_authorization_endpoint: `${issuer}/oauth2/device_authorization`,
  revocation_endpoint: `${issuer}/oauth2/revoke`,
})

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

export const refused = (error: string, status = 400): Reply => ({
  status,
  body: {
    error,
    error_description: 'In words.',
    trace_id: 'ab'.repeat(16),
    error_uri: `http://localhost/errors/${error}`,
  },
})
