import type { FastifyRequest } from 'fastify'
import type { Evidence } from '../domain/token-request.ts'
import { callerOf } from './caller.ts'

/** What every trace keeps of an HTTP request: its type and size, who sent it, and when by its own clock. No values. */
export function requestFacts(request: FastifyRequest): Evidence {
  const { headers } = request
  const { network, user_agent } = callerOf(request)
  const date = Date.parse(String(headers.date ?? ''))
  return {
    content_type: mediaType(headers['content-type']),
    content_length: Number(headers['content-length'] ?? 0),
    ...(Number.isNaN(date) ? {} : { date: Math.floor(date / 1000) }),
    network,
    user_agent,
  }
}

/** What a request names as its client is hostile text: cut to what a trace keeps. */
export const namedClient = (client_id: unknown): string | null =>
  typeof client_id === 'string' ? client_id.slice(0, 256) : null

/** Type and charset; whatever else stands there is nobody's business. */
const mediaType = (content_type = ''): string =>
  /^[\w.+-]{1,32}\/[\w.+-]{1,48}(?:;\s*charset="?[\w-]{1,16}"?)?/.exec(content_type)?.[0] ?? ''
