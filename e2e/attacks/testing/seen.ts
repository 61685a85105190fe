import type { Answer } from '../../../packages/server/src/testing/people.ts'

/** What an answer shows a stranger: everything but what names the very request, the time of day, and how many requests are left. */
export interface Seen {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Every request takes one away, whatever it asks. */
export function withoutCounts({
  ratelimit: _now,
  'ratelimit-remaining': _left,
  ...headers
}: Answer['headers']): Answer['headers'] {
  return headers
}

export function seen({ status, headers, text }: Answer): Seen {
  const { date: _date, 'x-trace-id': trace_id, ...others } = headers
  return {
    status,
    headers: withoutCounts(others),
    body: trace_id === undefined ? text : text.replaceAll(String(trace_id), ''),
  }
}
