import { isMethod, isNumber, isRoute, isWord } from './shapes.ts'

/** What may be known of a span; each is an attribute of one shape, and there are no others. */
export interface SpanFacts {
  readonly method?: string | undefined
  /** The pattern of the route, never the address. */
  readonly route?: string | undefined
  readonly status?: number | undefined
  /** Why the request or the step was refused. */
  readonly reason?: string | undefined
  readonly result?: 'passed' | 'failed' | undefined
  /** What the database was asked. */
  readonly operation?: string | undefined
  readonly failure?: string | undefined
}

export interface Span {
  /** 128 bits, hex: the `trace_id` of the request. */
  readonly trace_id: string
  /** 64 bits, hex. */
  readonly span_id: string
  readonly parent_id?: string | undefined
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client'
  /** Epoch milliseconds, with fractions. */
  readonly began: number
  readonly ended: number
  readonly facts: SpanFacts
  /** The span of the caller. */
  readonly link?: { readonly trace_id: string; readonly span_id: string } | undefined
}

const attributes: {
  readonly [Name in keyof SpanFacts]-?: { readonly key: string; fits(value: unknown): boolean }
} = {
  method: { key: 'http.request.method', fits: isMethod },
  route: { key: 'http.route', fits: isRoute },
  status: { key: 'http.response.status_code', fits: isNumber },
  reason: { key: 'valetkey.reason', fits: isWord },
  result: { key: 'valetkey.step.result', fits: isWord },
  operation: { key: 'db.operation.name', fits: isWord },
  failure: { key: 'error.type', fits: isWord },
}

const kinds = { internal: 1, server: 2, client: 3 }

/** The spans as a collector takes them. @source https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function exportRequest(spans: readonly Span[], resource: Readonly<Record<string, string>>): object {
  const attributesOf = (facts: Readonly<Record<string, string>>) =>
    Object.entries(facts).map(([key, value]) => ({ key, value: { stringValue: value } }))
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'valetkey' }, spans: spans.map(written) }],
      },
    ],
  }
}

function written({ trace_id, span_id, parent_id, name, kind, began, ended, facts, link }: Span): object {
  const wrong = facts.failure !== undefined || (facts.status ?? 0) >= 500
  return {
    traceId: trace_id,
    spanId: span_id,
    ...(parent_id === undefined ? {} : { parentSpanId: parent_id }),
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(began),
    endTimeUnixNano: nanoseconds(ended),
    attributes: Object.entries(attributes).flatMap(([fact, { key, fits }]) => {
      const value = facts[fact as keyof SpanFacts]
      if (value === undefined || !fits(value)) return []
      return [
        { key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } },
      ]
    }),
    ...(link === undefined ? {} : { links: [{ traceId: link.trace_id, spanId: link.span_id }] }),
    ...(wrong ? { status: { code: 2 } } : {}),
  }
}

/** Whole microseconds fit a number; nanoseconds since 1970 do not. */
const nanoseconds = (ms: number): string => `${Math.round(ms * 1000)}000`
