import { createJws, hmacSigner } from './jws.ts'

export interface ClientSecretJwtOptions {
  readonly client_id: string
  /** The text shown at registration. Its UTF-8 bytes, undecoded, are the HMAC key. */
  readonly client_secret: string
  /** Seconds until the JWT expires; a server accepts 30 minutes at most, unless its operator says otherwise. */
  readonly expires_in?: number | undefined
  /** Epoch seconds. */
  readonly now?: number | undefined
}

const header = { alg: 'HS256', typ: 'JWT' }

/**
 * The JWT that goes into `client_secret` of a token request: `{client_id, exp}`, signed HS256 with the client secret.
 *
 * Make one per request and throw it away: whoever holds it is the client until it expires.
 *
 * @throws RangeError when a text is empty, or `expires_in` is not a whole number of at least 1
 * @source RFC 7515 §3.1 (compact form), RFC 7518 §3.2 (HS256), RFC 7519 §4.1.4 (exp)
 */
export async function createClientSecretJwt({
  client_id,
  client_secret,
  expires_in = 300,
  now = Date.now() / 1000,
}: ClientSecretJwtOptions): Promise<string> {
  if (client_id === '' || client_secret === '')
    throw new RangeError('client_id and client_secret must not be empty')
  if (!Number.isSafeInteger(expires_in) || expires_in < 1)
    throw new RangeError('expires_in counts whole seconds, at least 1')
  const payload = { client_id, exp: Math.floor(now) + expires_in }
  return createJws(header, payload, hmacSigner(client_secret))
}
