import type { FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { Deps } from '../deps.ts'
import type { Dialect } from '../domain/authorization-request.ts'
import type { Metrics } from '../observe/metrics.ts'
import { explainInAnswer } from './explain-in-answer.ts'
import { type Outcome, outcomeName, type Trace } from './trace.ts'

interface Traced {
  readonly traceOf: (request: FastifyRequest) => Trace
  /** What is kept: every request, or what was refused. */
  readonly keep: 'all' | 'refused'
  /** Of token requests, which are counted. */
  readonly counted?: Dialect | undefined
}

/** The hooks of a route whose requests are written down, for their developers to ask about. */
export function traced(
  deps: Deps,
  { traceOf, keep, counted }: Traced,
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
    onSend: (request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: () => void) => {
      if (keep === 'all' || request.refusal !== undefined) {
        const finish = () => {
          if (counted !== undefined) countTokenRequest(deps.metrics, counted, request, reply)
          traceOf(request).finish(outcomeOf(request, reply))
        }
        if (reply.raw.closed) finish()
        else reply.raw.once('close', finish)
      }
      // Answers that are ready in one turn of the event loop leave together at its end: whoever waits for them is woken once
      // and not for each, which costs more than many an answer. Those of redeemed codes leave with their group as it is.
      if (keep === 'refused' || request.refusal !== undefined) setImmediate(done)
      else done()
    },
  }
}

function countTokenRequest(
  metrics: Metrics,
  dialect: Dialect,
  { refusal }: FastifyRequest,
  { elapsedTime }: FastifyReply,
): void {
  const outcome = outcomeName(refusal)
  metrics.count('token_requests', { dialect, outcome, reason: refusal?.reason ?? 'none' })
  metrics.observe('token_request_seconds', { dialect, outcome }, elapsedTime / 1000)
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
