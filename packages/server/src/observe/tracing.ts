import { AsyncLocalStorage } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import type { Random } from '../deps.ts'
import type { Step } from '../domain/token-request.ts'
import type { Span, SpanFacts } from './span.ts'

/** What becomes of requests as spans of OpenTelemetry, for an operator who asks for them. */
export interface Tracing {
  readonly on: boolean
  /** Begins the span of a request, unless it is none of those that are looked at. Its trace is the request's own. */
  begin(trace_id: string, traceparent: string | undefined): RequestSpan | undefined
  /** Does the work, and what follows from it, as part of that request. */
  within(span: RequestSpan | undefined, work: () => void): void
  /** A step of the token request under way is over; it began where the step before ended. */
  step(step: Step, reason?: string): void
  /** A call to the database begins; call what it returns once it is over. */
  storeCall(method: string): (failure?: string) => void
  /** Resolves when everything so far has left. */
  flush(): Promise<void>
}

/** The request under way. */
export interface RequestSpan {
  end(facts: RequestEnd): void
}

interface RequestEnd extends SpanFacts {
  readonly method: string
  /** The pattern of the route, never the address. */
  readonly route: string
  readonly status: number
}

const nothing = (): void => undefined
export const noTracing: Tracing = {
  on: false,
  begin: () => undefined,
  within: (_span, work) => work(),
  step: nothing,
  storeCall: () => nothing,
  flush: async () => undefined,
}

/** Of one request; a listing that asks the database a thousand times is cut. */
const mostSpans = 200

interface Collector {
  add(spans: readonly Span[]): void
  flush(): Promise<void>
}

/** The spans of `sample` percent of all requests, chosen by their trace ids, so that every server chooses alike. */
export function createTracing(
  collector: Collector,
  { random, sample }: { random: Random; sample: number },
): Tracing {
  const current = new AsyncLocalStorage<Recording>()
  const newSpanId = (): string => random(8).toString('hex')
  const least = Math.round((sample / 100) * 2 ** 32)
  return {
    on: true,
    begin(trace_id, traceparent) {
      if (Number.parseInt(trace_id.slice(0, 8), 16) >= least) return undefined
      return new Recording(collector, newSpanId, trace_id, callerIn(traceparent))
    },
    within: (span, work) => (span instanceof Recording ? current.run(span, work) : work()),
    step: (step, reason) => current.getStore()?.step(step, reason),
    storeCall: (method) => current.getStore()?.storeCall(method) ?? nothing,
    flush: () => collector.flush(),
  }
}

/** All spans of one request, kept until it is over. */
class Recording implements RequestSpan {
  readonly #collector: Collector
  readonly #newSpanId: () => string
  readonly #trace_id: string
  readonly #caller: Span['link']
  readonly #id: string
  readonly #began = nowMs()
  readonly #spans: Span[] = []
  #stepId: string
  #stepBegan = this.#began
  #ended = false

  constructor(collector: Collector, newSpanId: () => string, trace_id: string, caller: Span['link']) {
    this.#collector = collector
    this.#newSpanId = newSpanId
    this.#trace_id = trace_id
    this.#caller = caller
    this.#id = newSpanId()
    this.#stepId = newSpanId()
  }

  step(step: Step, reason: string | undefined): void {
    const facts: SpanFacts = { result: reason === undefined ? 'passed' : 'failed', reason }
    const span_id = this.#stepId
    this.#add({ span_id, parent_id: this.#id, name: step, kind: 'internal', began: this.#stepBegan, facts })
    this.#stepId = this.#newSpanId()
    this.#stepBegan = nowMs()
  }

  storeCall(method: string): (failure?: string) => void {
    // Of the step that it is done for, which is not over yet.
    const [began, span_id, parent_id] = [nowMs(), this.#newSpanId(), this.#stepId]
    return (failure) => {
      const facts: SpanFacts = { operation: method, failure }
      this.#add({ span_id, parent_id, name: `store ${method}`, kind: 'client', began, facts })
    }
  }

  end(facts: RequestEnd): void {
    const known = new Set([this.#id, ...this.#spans.map(({ span_id }) => span_id)])
    const placed = this.#spans.map((span) =>
      known.has(span.parent_id ?? '') ? span : { ...span, parent_id: this.#id },
    )
    this.#spans.length = 0
    this.#add({
      span_id: this.#id,
      name: `${facts.method} ${facts.route}`,
      kind: 'server',
      began: this.#began,
      facts,
      link: this.#caller,
    })
    this.#ended = true
    this.#collector.add([...this.#spans, ...placed])
  }

  #add(span: Omit<Span, 'trace_id' | 'ended'>): void {
    if (this.#ended || this.#spans.length >= mostSpans) return
    this.#spans.push({ ...span, trace_id: this.#trace_id, ended: nowMs() })
  }
}

/** Epoch milliseconds with fractions, which never go back. */
const nowMs = (): number => performance.timeOrigin + performance.now()

/** The caller's own trace is linked to, and decides nothing here. @source https://www.w3.org/TR/trace-context/#traceparent-header */
function callerIn(traceparent: string | undefined): Span['link'] {
  const [, trace_id = '', span_id = ''] =
    /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent?.slice(0, 55) ?? '') ??
    []
  return /[1-9a-f]/.test(trace_id) && /[1-9a-f]/.test(span_id) ? { trace_id, span_id } : undefined
}
