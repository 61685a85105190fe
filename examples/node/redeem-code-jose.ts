// The same with jose, for code that has JWTs elsewhere too. Node 22.18 or newer, and `npm install jose`:
//
//   CLIENT_ID=… CLIENT_SECRET=… CODE=… REDIRECT_URI=… node redeem-code-jose.ts

import { SignJWT } from 'jose'

const client_id = setting('CLIENT_ID')
const client_secret = await jwtClientSecret(client_id, setting('CLIENT_SECRET'))

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
function jwtClientSecret(client_id: string, secret: string): Promise<string> {
  const jwt = new SignJWT({ client_id })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setExpirationTime('5m')
  return jwt.sign(new TextEncoder().encode(secret))
}

function setting(name: string): string {
  const value = process.env[name]
  if (value) return value
  console.error(`set ${name}`)
  process.exit(2)
}
