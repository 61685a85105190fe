// The same in a page, without a server of its own. `npm install @valetkey/client vite`, and then:
//
//   VITE_CLIENT_ID=… npx vite
//
// The client is registered as a browser app, without a secret, with the address of this page as its redirect URI.

import {
  beginAuthorization,
  discover,
  finishAuthorization,
  noAuth,
  type PendingAuthorization,
  ValetkeyError,
} from '@valetkey/client'

declare global {
  interface ImportMeta {
    readonly env: Readonly<Record<string, string | undefined>>
  }
}

const client = { client_id: import.meta.env.VITE_CLIENT_ID ?? '', auth: noAuth() }
const redirect_uri = location.origin + location.pathname
const valetkey = discover(import.meta.env.VITE_VALETKEY_URL || 'http://localhost:10002')

document.getElementById('connect')?.addEventListener('click', () => {
  begin().catch(show)
})
if (location.search !== '') finish().catch(show)

async function begin(): Promise<void> {
  const { url, pending } = await beginAuthorization(await valetkey, client, {
    redirect_uri,
    access: { actions: ['read', 'list'], bucket: 'photos' },
  })
  sessionStorage.setItem('pending', JSON.stringify(pending))
  location.assign(url)
}

async function finish(): Promise<void> {
  const callback = location.href
  const pending: PendingAuthorization = JSON.parse(sessionStorage.getItem('pending') ?? '{}')
  sessionStorage.removeItem('pending')
  history.replaceState(null, '', redirect_uri) // the code is nobody's business, and spent in a moment
  const grant = await finishAuthorization(await valetkey, client, pending, callback)
  say(`access grant: ${grant.access_grant.length} characters`)
  say(`scopes: ${grant.scope}`)
  say(`expires in: ${grant.expires_at - Math.floor(Date.now() / 1000)} seconds`)
}

function show(error: unknown): void {
  if (!(error instanceof ValetkeyError)) throw error
  say(`refused: ${error.error}`)
  say(error.error_description)
  say(`trace id: ${error.trace_id}`)
}

function say(line: string): void {
  document.getElementById('output')?.append(`${line}\n`)
}
