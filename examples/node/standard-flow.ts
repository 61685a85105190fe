// Asks a user for access, uses it, and gives it back. Node 22.18 or newer, and `npm install @valetkey/client`:
//
//   CLIENT_ID=… CLIENT_SECRET=… REDIRECT_URI=http://127.0.0.1:3000/callback node standard-flow.ts

import { createServer } from 'node:http'
import {
  beginAuthorization,
  clientSecretJwt,
  discover,
  finishAuthorization,
  refreshGrant,
  restrictAccessGrant,
  revokeGrant,
  ValetkeyError,
} from '@valetkey/client'

const client = { client_id: setting('CLIENT_ID'), auth: clientSecretJwt(setting('CLIENT_SECRET')) }
const redirect_uri = setting('REDIRECT_URI')

try {
  const valetkey = await discover(process.env.VALETKEY_URL || 'http://localhost:10002')

  // A site keeps `pending` in the session of this user, and redirects the browser to `url`.
  const { url, pending } = await beginAuthorization(valetkey, client, {
    redirect_uri,
    access: { actions: ['read', 'list'], bucket: 'photos' },
    offline_access: true,
  })
  const coming = callback(redirect_uri)
  console.log(`open ${url}`)

  const grant = await finishAuthorization(valetkey, client, pending, await coming)
  console.log(`access grant: ${grant.access_grant.length} characters`)
  console.log(`scopes: ${grant.scope}`)
  console.log(`expires in: ${grant.expires_at - Math.floor(Date.now() / 1000)} seconds`)

  // For a worker that is to read one folder for ten minutes. Nobody is asked for it.
  const not_after = Math.floor(Date.now() / 1000) + 600
  const form = { actions: ['read'], bucket: 'photos', prefix: '2026/', not_after } as const
  console.log(`for a worker: ${restrictAccessGrant(grant.access_grant, form).length} characters`)

  // When `grantNeedsRefresh(grant)`. Keep the new grant in place of the old one.
  const renewed = await refreshGrant(valetkey, client, grant)
  console.log(`renewed: ${renewed.access_grant.length} characters`)

  await revokeGrant(valetkey, client, renewed)
  console.log('given back')
} catch (error) {
  if (!(error instanceof ValetkeyError)) throw error
  console.error(`refused: ${error.error}`)
  console.error(error.error_description)
  console.error(`trace id: ${error.trace_id}`)
  process.exitCode = 1
}

/** Where the browser comes back to. Listens for that one request, on the loopback. */
async function callback(uri: string): Promise<string> {
  const { hostname, port, pathname } = new URL(uri)
  return new Promise((resolve, reject) => {
    const server = createServer(({ url = '' }, response) => {
      if (!url.startsWith(`${pathname}?`)) return response.writeHead(404).end()
      return response.end('You can close this window.', () => {
        server.close()
        server.closeAllConnections()
        resolve(url)
      })
    })
    server.on('error', reject).listen(Number(port), hostname)
  })
}

function setting(name: string): string {
  const value = process.env[name]
  if (value) return value
  console.error(`set ${name}`)
  process.exit(2)
}
