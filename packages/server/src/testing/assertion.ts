import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'

/** The name that a JWT claims, and the secret that signs it. */
export interface Identity {
  readonly client_id: string
  readonly client_secret: string
}

/** Whom the assertion is for and when it is made, in epoch seconds, now unless it is said; all others are claims. */
interface Occasion {
  readonly issuer: string
  readonly now?: number
  readonly [claim: string]: unknown
}

/**
 * All that a client assertion claims, with a `jti` of its own; one that is changed to undefined is left out of the JWT.
 * @source RFC 7523 §3
 */
export function claimsOf(
  client_id: string,
  { issuer, now = Math.floor(Date.now() / 1000), ...changes }: Occasion,
): object {
  return {
    iss: client_id,
    sub: client_id,
    aud: issuer,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    ...changes,
  }
}

/** These claims, signed with the secret of the client. */
export const assertionOf = (
  { client_secret }: Pick<Identity, 'client_secret'>,
  claims: object,
  header: object = {},
): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(new TextEncoder().encode(client_secret))
