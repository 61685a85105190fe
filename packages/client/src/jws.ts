import { base64url, utf8 } from './encoding.ts'

export interface JwsHeader {
  readonly alg: string
  readonly typ: string
  readonly kid?: string
}

/** Signs the bytes of header and payload, as they stand in the JWS. */
export type Signer = (message: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>

/** The compact form of a signed JSON payload. @source RFC 7515 §3.1 */
export async function createJws(header: JwsHeader, payload: object, sign: Signer): Promise<string> {
  const signed = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(payload)))}`
  return `${signed}.${base64url(new Uint8Array(await sign(utf8(signed))))}`
}

/** HS256, keyed with the bytes of the client secret as it was shown: nothing is decoded. @source RFC 7518 §3.2 */
export function hmacSigner(client_secret: string): Signer {
  return async (message) => {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('raw', utf8(client_secret), algorithm, false, ['sign'])
    return crypto.subtle.sign('HMAC', key, message)
  }
}
