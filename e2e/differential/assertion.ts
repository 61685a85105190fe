import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { claimsOf } from '../../packages/server/src/testing/assertion.ts'
import type { ClientName, Party } from './party.ts'

/** The key of the client `keyed`, and one that nobody registered. */
export const registeredKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const strangeKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** What is different about an assertion. A member that is undefined is left out. */
export interface Damage {
  readonly claims?: (to: Party, now: number) => object
  readonly header?: (to: Party) => object
  /** The JSON text of the payload, or of the header, before it is encoded. */
  readonly payloadText?: (json: string) => string
  readonly headerText?: (json: string) => string
  readonly key?: (to: Party) => KeyObject | string
  /** The finished JWT. */
  readonly jwt?: (jwt: string) => string
}

const macs = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const

/**
 * A client assertion of RFC 7523 with one thing wrong, made by hand: no JWT library makes most of these. What is wrong
 * is signed like the rest, so the signature is never the second thing.
 */
export function assertionOf(to: Party, of: ClientName, damage: Damage = {}): string {
  const same = (json: string) => json
  const { payloadText = same, headerText = same, jwt = same } = damage
  const { client_id, client_secret } = to.clients[of]
  const key = damage.key?.(to) ?? (of === 'keyed' ? registeredKey.privateKey : client_secret)
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: typeof key === 'string' ? 'HS256' : 'ES256', ...damage.header?.(to) }
  const claims = claimsOf(client_id, { issuer: to.issuer, now, ...damage.claims?.(to, now) })
  const signed = [headerText(JSON.stringify(header)), payloadText(JSON.stringify(claims))]
    .map(encoded)
    .join('.')
  return jwt(`${signed}.${signatureOf(signed, header.alg, key)}`)
}

const encoded = (text: string) => Buffer.from(text).toString('base64url')

function signatureOf(signed: string, alg: string, key: KeyObject | string): string {
  if (typeof key === 'string') {
    const digest = Object.hasOwn(macs, alg) ? macs[alg as keyof typeof macs] : 'sha256'
    return createHmac(digest, key).update(signed).digest('base64url')
  }
  return sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}
