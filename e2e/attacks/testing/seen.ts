import type { Answer } from '../../../packages/server/src/testing/people.ts'

/** What an answer shows a stranger: everything but what names the very request and the time of day. */
export interface Seen {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

export function seen({ status, headers, text }: Answer): Seen {
  const { date: _date, 'x-trace-id': trace_id, ...others } = headers
  return {
    status,
    headers: others,
    body: trace_id === undefined ? text : text.replaceAll(String(trace_id), ''),
  }
}
