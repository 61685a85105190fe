import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** What was sent as `Authorization: Bearer`; undefined when nothing was, or nothing of that form. @source RFC 6750 §2.1 */
export function bearerOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return /^Bearer ([A-Za-z0-9._~+/=-]{1,256})$/i.exec(headers.authorization ?? '')?.[1]
}

/** Compares digests, each of them whole, so that the time tells nothing of any token or its length. */
export function isOneOf(tokens: readonly string[], sent: string | undefined): boolean {
  const digest = hash('sha256', sent ?? '', 'buffer')
  const equal = tokens.map((token) => timingSafeEqual(hash('sha256', token, 'buffer'), digest))
  return sent !== undefined && equal.includes(true)
}
