// The same on a device without a browser: a command line, a television. Node 22.18 or newer, and
// `npm install @valetkey/client`:
//
//   CLIENT_ID=… node device-flow.ts

import { beginDeviceAuthorization, discover, noAuth, pollDevice, ValetkeyError } from '@valetkey/client'

const client = { client_id: setting('CLIENT_ID'), auth: noAuth() }

try {
  const valetkey = await discover(process.env.VALETKEY_URL || 'http://localhost:10002')

  const device = await beginDeviceAuthorization(valetkey, client, {
    access: { actions: ['read', 'list'], bucket: 'photos' },
    offline_access: true,
  })
  console.log(`open ${device.verification_uri} and enter ${device.user_code}`)

  const grant = await pollDevice(valetkey, client, device)
  console.log(`access grant: ${grant.access_grant.length} characters`)
  console.log(`scopes: ${grant.scope}`)
  console.log(`expires in: ${grant.expires_at - Math.floor(Date.now() / 1000)} seconds`)
} catch (error) {
  if (!(error instanceof ValetkeyError)) throw error
  console.error(`refused: ${error.error}`)
  console.error(error.error_description)
  console.error(`trace id: ${error.trace_id}`)
  process.exitCode = 1
}

function setting(name: string): string {
  const value = process.env[name]
  if (value) return value
  console.error(`set ${name}`)
  process.exit(2)
}
