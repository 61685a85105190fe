// The same as a fetch handler, for any runtime that has fetch and Web Crypto: workers at the edge, Deno, Bun, Node.
// Of what it is given it needs CLIENT_ID, CLIENT_SECRET and VALETKEY_URL.

import {
  beginAuthorization,
  clientSecretJwt,
  discover,
  finishAuthorization,
  type PendingAuthorization,
  ValetkeyError,
} from '@valetkey/client'

export interface Environment {
  readonly CLIENT_ID: string
  readonly CLIENT_SECRET: string
  readonly VALETKEY_URL: string
}

export default {
  async fetch(request: Request, environment: Environment): Promise<Response> {
    try {
      return await answer(request, environment)
    } catch (error) {
      if (!(error instanceof ValetkeyError)) throw error
      const lines = [`refused: ${error.error}`, error.error_description, `trace id: ${error.trace_id}`]
      return text(lines, { status: 502 })
    }
  },
}

async function answer(
  request: Request,
  { CLIENT_ID, CLIENT_SECRET, VALETKEY_URL }: Environment,
): Promise<Response> {
  const { origin, pathname } = new URL(request.url)
  const client = { client_id: CLIENT_ID, auth: clientSecretJwt(CLIENT_SECRET) }
  const valetkey = await discover(VALETKEY_URL)

  if (pathname === '/connect') {
    const { url, pending } = await beginAuthorization(valetkey, client, {
      redirect_uri: `${origin}/callback`,
      access: { actions: ['read', 'list'], bucket: 'photos' },
    })
    return new Response(null, {
      status: 303,
      headers: { location: url, 'set-cookie': cookie(JSON.stringify(pending), 600) },
    })
  }

  if (pathname === '/callback') {
    const pending = pendingIn(request)
    if (pending === undefined) return text(['Begin at /connect.'], { status: 400 })
    const grant = await finishAuthorization(valetkey, client, pending, request.url)
    const lines = [
      `access grant: ${grant.access_grant.length} characters`,
      `scopes: ${grant.scope}`,
      `expires in: ${grant.expires_at - Math.floor(Date.now() / 1000)} seconds`,
    ]
    return text(lines, { headers: { 'set-cookie': cookie('', 0) } })
  }

  return text(['Not found.'], { status: 404 })
}

/** Of this browser alone, and for one callback: no script reads it, no other site's form sends it. */
const cookie = (value: string, seconds: number) =>
  `__Host-pending=${encodeURIComponent(value)}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Lax`

function pendingIn({ headers }: Request): PendingAuthorization | undefined {
  const [, value] = /(?:^|; )__Host-pending=([^;]+)/.exec(headers.get('cookie') ?? '') ?? []
  return value === undefined ? undefined : JSON.parse(decodeURIComponent(value))
}

const text = (lines: readonly string[], init: ResponseInit) => new Response(`${lines.join('\n')}\n`, init)
