import { send } from '../send.ts'

/** What the server refused, in its own words. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  readonly trace_id: string
  readonly error_uri: string

  constructor(
    words: string,
    { status, trace_id, error_uri }: Pick<Refused, 'status' | 'trace_id' | 'error_uri'>,
  ) {
    super(words)
    this.status = status
    this.trace_id = trace_id
    this.error_uri = error_uri
  }
}

/** No answer of the server came; its message says so in a sentence. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

const prefix = '/api/v0/developer/auth'

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Goes as JSON. */
  readonly body?: unknown
  readonly query?: Readonly<Record<string, string | number | undefined>>
}

/**
 * One call of the developer API, by the cookie of the session; the answer has the shape that `protocol` gives it. Whoever
 * is not signed in any more goes to sign in, and comes back.
 *
 * @throws Refused, or Unreachable when no answer of the server came
 */
export async function call<Answer>(
  path: string,
  { method = 'GET', body, query }: Call = {},
): Promise<Answer> {
  const answer = await send<Answer>(method, `${prefix}${path}${queryText(query)}`, body)
  if (answer.refused === undefined) return answer.body
  const { status, words, trace_id, error_uri } = answer.refused
  if (trace_id === undefined || error_uri === undefined) throw new Unreachable(words)
  if (status === 401) signInAgain()
  throw new Refused(words, { status, trace_id, error_uri })
}

/** The address of a download or an event stream of the developer API. */
export const addressOf = (path: string, query?: Call['query']): string =>
  `${prefix}${path}${queryText(query)}`

function queryText(query: Call['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

export function signInAgain(): void {
  const here = `${location.pathname}${location.search}`
  location.assign(`/console/sign-in?return_to=${encodeURIComponent(here)}&ended=1`)
}
