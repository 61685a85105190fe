import type { FastifyRequest } from 'fastify'
import type { Caller } from '../deps.ts'
import { hearQuota } from './rate-headers.ts'

/** What audit events, limits and traces keep of the one who calls; the user agent is hostile text, cut and cleaned. */
export function callerOf(request: FastifyRequest): Caller {
  return {
    trace_id: request.id,
    network: request.ip,
    user_agent: (request.headers['user-agent'] ?? '').replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 256),
    meets: (quota) => hearQuota(request, quota),
  }
}
