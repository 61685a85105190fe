import { randomBytes, randomUUID } from 'node:crypto'
import { hs256 } from '../e2e/testing/hs256.ts'
import { newClientSecret } from '../packages/server/src/domain/client-secret.ts'

/** A client as its own program knows it. */
export interface ClientCredentials {
  readonly client_id: string
  readonly client_secret: string
  readonly redirect_uri: string
}

/** The bytes of one HTTP/1.1 POST; as a proxy passes it on, if it is said from which address. */
export function post(
  path: string,
  type: 'application/json' | 'application/x-www-form-urlencoded',
  body: string,
  from?: string,
): Buffer {
  const forwarded = from === undefined ? '' : `x-forwarded-for: ${from}\r\n`
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${forwarded}content-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
  return Buffer.from(head + body)
}

/** The bytes of one HTTP/1.1 GET. */
export const get = (path: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)

/** A token request in the StorX dialect, with a JWT of its own. `header` and `claims` are what the JWT says besides. */
export function valetkeyRequest(
  client: ClientCredentials,
  code: string,
  { passphrase, header, claims, from }: RequestOptions = {},
): Buffer {
  const { client_id, client_secret, redirect_uri } = client
  const jwt = hs256({ client_id, exp: seconds() + 1500, ...claims }, client_secret, header)
  return post(
    '/api/v0/oauth2/token',
    'application/json',
    JSON.stringify({ client_id, client_secret: jwt, redirect_uri, code, passphrase }),
    from,
  )
}

interface RequestOptions {
  readonly passphrase?: string | undefined
  readonly header?: { readonly kid: string }
  readonly claims?: { readonly exp?: number; readonly jti?: string }
  /** An IP address. */
  readonly from?: string
}

/** A token request with `client_secret_jwt`. @source RFC 6749 §4.1.3; RFC 7523 §2.2 */
export function standardRequest(client: ClientCredentials, code: string, issuer: string): Buffer {
  const { client_id, client_secret, redirect_uri } = client
  const [iat, jti] = [seconds(), randomUUID()]
  const client_assertion = hs256(
    { iss: client_id, sub: client_id, aud: issuer, iat, exp: iat + 300, jti },
    client_secret,
  )
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri,
    client_id,
    client_assertion_type,
    client_assertion,
  }
  return post('/token', 'application/x-www-form-urlencoded', new URLSearchParams(form).toString())
}

/** A question about a token, with the client's JWT as each of the two takes it. */
export function introspectionRequest(
  client: ClientCredentials,
  token: string,
  asked: { readonly path: string; readonly issuer: string | undefined },
): Buffer {
  const { client_id, client_secret } = client
  const iat = seconds()
  const claims = { iss: client_id, sub: client_id, aud: asked.issuer, iat, exp: iat + 300, jti: randomUUID() }
  const form =
    asked.issuer === undefined
      ? { token, client_id, client_secret: hs256({ client_id, exp: iat + 1500 }, client_secret) }
      : {
          token,
          client_id,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: hs256(claims, client_secret),
        }
  return post(asked.path, 'application/x-www-form-urlencoded', new URLSearchParams(form).toString())
}

/** Who is refused at client authentication, whatever the code: it is not looked at. */
export const strangers = ['wrong signature', 'unknown client'] as const
export type Stranger = (typeof strangers)[number]

export function asStranger(stranger: Stranger, client: ClientCredentials): ClientCredentials {
  return stranger === 'wrong signature'
    ? { ...client, client_secret: newSecret() }
    : { ...client, client_id: randomUUID() }
}

export const newSecret = (): string => newClientSecret(randomBytes)
export const newCode = (): string => randomBytes(32).toString('base64url')

export const seconds = (): number => Math.floor(Date.now() / 1000)
