import type { Carrier } from './jwt.ts'

/** How a request proves who sent it: in one way. */
export type Proof = AssertedProof | { readonly how: 'none'; readonly client_id: string }

export interface AssertedProof {
  readonly how: 'jwt'
  /** Where it stood: only `client_assertion` takes what a private key signed, and that keeps all of RFC 7523. */
  readonly carrier: Carrier
  readonly jwt: string
  /** Beside the JWT; where the request leaves it out, the JWT alone names the client. */
  readonly client_id: string | undefined
}

/** Why it does not. */
export interface UnreadProof {
  readonly how: 'unread'
  readonly reason:
    | 'credentials_twice'
    | 'credentials_missing'
    | 'assertion_type_unknown'
    | 'request_malformed'
  readonly client_id: string | undefined
}

/** The one type of assertion there is here. @source RFC 7523 §2.2 */
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Told by the shape of the request alone and never by what is known of the client. A JWT in `client_secret` or as the
 * password of HTTP Basic is what apps make whose library knows nothing else. Empty parameters count as not sent.
 *
 * @source RFC 6749 §2.3, §2.3.1; RFC 7521 §4.2
 */
export function clientProof(
  sent: Readonly<Record<string, string | undefined>>,
  authorization: string | undefined,
): Proof | UnreadProof {
  const { client_id, client_secret, client_assertion: jwt, client_assertion_type: type } = sent
  const unread = (reason: UnreadProof['reason']): UnreadProof => ({ how: 'unread', reason, client_id })
  const asserted = jwt !== undefined || type !== undefined
  const ways = [authorization !== undefined, client_secret !== undefined, asserted]
  if (ways.filter(Boolean).length > 1) return unread('credentials_twice')
  if (authorization !== undefined)
    return basicProof(authorization, client_id) ?? unread('credentials_missing')
  if (client_secret !== undefined)
    return { how: 'jwt', carrier: 'client_secret', jwt: client_secret, client_id }
  if (asserted)
    return jwt === undefined || type !== jwtBearer
      ? unread('assertion_type_unknown')
      : { how: 'jwt', carrier: 'client_assertion', jwt, client_id }
  return client_id === undefined ? unread('credentials_missing') : { how: 'none', client_id }
}

/**
 * User and password are form-encoded before they are joined and encoded once more. Undefined when it is no such header.
 *
 * @source RFC 6749 §2.3.1; RFC 7617 §2
 */
function basicProof(authorization: string, named: string | undefined): Proof | UnreadProof | undefined {
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
  const [user, password] =
    /^([^:]*):([\s\S]*)$/.exec(Buffer.from(encoded, 'base64').toString())?.slice(1) ?? []
  if (user === undefined || password === undefined) return undefined
  const [client_id, jwt] = [formDecoded(user), formDecoded(password)]
  if (client_id === undefined || jwt === undefined)
    return { how: 'unread', reason: 'request_malformed', client_id: named }
  if (named !== undefined && named !== client_id)
    return { how: 'unread', reason: 'credentials_twice', client_id: named }
  // A public client whose library always sends the header leaves the password empty.
  return jwt === ''
    ? { how: 'none', client_id }
    : { how: 'jwt', carrier: 'the password of HTTP Basic', jwt, client_id }
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
