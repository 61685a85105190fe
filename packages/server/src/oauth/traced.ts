import type { FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { Deps } from '../deps.ts'
import { explainInAnswer } from './explain-in-answer.ts'
import type { Outcome, Trace } from './trace.ts'

interface Tracing {
  readonly traceOf: (request: FastifyRequest) => Trace
  /** What is kept: every request, or what was refused. */
  readonly keep: 'all' | 'refused'
}

/** The hooks of a route whose requests are written down, for their developers to ask about. */
export function traced(
  deps: Deps,
  { traceOf, keep }: Tracing,
): Required<Pick<RouteShorthandOptions, 'preSerialization' | 'onSend'>> {
  return {
    preSerialization: deps.settings.dev
      ? async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
          if (request.refusal === undefined || !askedFromHere(request)) return payload
          const looked = await traceOf(request).lookedAt(outcomeOf(request, reply))
          return { ...Object(payload), explanation: await explainInAnswer(deps, looked) }
        }
      : [],
    // Not `onResponse`, which never comes when the client leaves first; its code may have been spent all the same.
    onSend: async (request: FastifyRequest, reply: FastifyReply) => {
      if (keep === 'refused' && request.refusal === undefined) return
      const finish = () => traceOf(request).finish(outcomeOf(request, reply))
      if (reply.raw.closed) finish()
      else reply.raw.once('close', finish)
    },
  }
}

const outcomeOf = (request: FastifyRequest, reply: FastifyReply): Outcome => ({
  status: reply.statusCode,
  refusal: request.refusal,
  duration_ms: Math.round(reply.elapsedTime),
})

/** By a program of this machine, and through no proxy or tunnel that others reach as well. */
function askedFromHere({ headers, host }: FastifyRequest): boolean {
  const forwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']
  return (
    /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host) &&
    forwarded.every((name) => headers[name] === undefined)
  )
}
