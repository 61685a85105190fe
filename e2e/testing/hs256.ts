import { createHmac } from 'node:crypto'

/** A JWT with exactly these claims, for programs of ours that play the client. @source RFC 7515 §3.1, RFC 7518 §3.2 */
export function hs256(claims: object, secret: string, header: object = {}): string {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT', ...header })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
