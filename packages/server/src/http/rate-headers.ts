import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Quota } from '../rates/quota.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the limits that the request counts against, the one with the least left. */
    quota?: Quota
  }
  interface FastifyContextConfig {
    /** Where clients of the contract expect the headers they know, a limit is told when it is met, and not before. */
    limitTold?: 'when_met'
  }
}

/** Which headers a page of another origin may have to be allowed to read. */
export const rateHeaderNames = [
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'ratelimit-policy',
  'ratelimit',
] as const

/** Answers that did what was asked say how often that is possible still. */
export function tellQuotas(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    const { quota, routeOptions } = request
    const told = quota !== undefined && reply.statusCode < 400
    if (told && routeOptions.config.limitTold !== 'when_met') tellQuota(reply, quota)
    done()
  })
}

/** Keeps the one that is met first. */
export function hearQuota(request: FastifyRequest, quota: Quota): void {
  if (request.quota === undefined || quota.remaining < request.quota.remaining) request.quota = quota
}

/**
 * Three numbers that clients have read for years, and the two fields that the working draft has come to since.
 *
 * @source draft-ietf-httpapi-ratelimit-headers-06 §3 (RateLimit-Limit, -Remaining, -Reset)
 * @source draft-ietf-httpapi-ratelimit-headers-11 (RateLimit-Policy, RateLimit)
 */
export function tellQuota(
  reply: FastifyReply,
  { limit, hits, windowSeconds, remaining, resets_in }: Quota,
): void {
  reply.headers({
    'ratelimit-limit': String(hits),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resets_in),
    'ratelimit-policy': `"${limit}";q=${hits};w=${windowSeconds}`,
    ratelimit: `"${limit}";r=${remaining};t=${resets_in}`,
  })
}
