// Redeems an authorization code for an access grant, with nothing but Node 22.18 or newer:
//
//   CLIENT_ID=… CLIENT_SECRET=… CODE=… REDIRECT_URI=… node redeem-code.ts

import { createHmac } from 'node:crypto'

const client_id = setting('CLIENT_ID')
const client_secret = jwtClientSecret(client_id, setting('CLIENT_SECRET'))

const response = await fetch(`${process.env.VALETKEY_URL || 'http://localhost:10002'}/api/v0/oauth2/token`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    client_id,
    client_secret, // the JWT; the secret itself stays here
    code: setting('CODE'),
    redirect_uri: setting('REDIRECT_URI'),
    passphrase: process.env.PASSPHRASE, // unset is left out, '' is the blank passphrase
  }),
})
const answer = await response.json()

if (response.ok) {
  console.log(`access grant: ${answer.access_grant.length} characters`)
  console.log(`scopes: ${answer.scopes.join(' ')}`)
  console.log(`expires in: ${answer.expires_in} seconds`)
} else {
  console.error(`refused: ${answer.error}`)
  console.error(answer.error_description)
  console.error(`trace id: ${answer.trace_id}`)
  process.exitCode = 1
}

/** A JWT that lives for five minutes. Its key is the client secret as it was shown: the text's bytes, not decoded. */
function jwtClientSecret(client_id: string, secret: string): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 300 // seconds, not milliseconds
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ client_id, exp })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

function setting(name: string): string {
  const value = process.env[name]
  if (value) return value
  console.error(`set ${name}`)
  process.exit(2)
}
