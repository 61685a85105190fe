import { isObject, isText } from './json.ts'
import { localError, ValetkeyError } from './valetkey-error.ts'

/** How requests are sent. What is said here holds for each request a function makes. */
export interface RequestOptions {
  /** Ends the request; its reason is thrown as it is. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until a request counts as lost. */
  readonly timeoutMs?: number | undefined
  /** Instead of the global one: through a proxy, or to a service that is bound to a worker. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

export const defaultTimeoutMs = 10_000

/** An answer that was read to its end. */
export interface Answer {
  readonly status: number
  /** Names the request in the server's log and traces; empty when the answer had none. */
  readonly trace_id: string
  /** The parsed JSON; undefined when it is none. */
  readonly body: unknown
}

/** Asks for JSON. @throws ValetkeyError in the server's words, or `unreachable` */
export function getJson(url: string, options: RequestOptions): Promise<Answer> {
  return send(url, { headers: { accept: 'application/json' } }, options)
}

/** Sends a form; fields that are undefined are left out. @throws ValetkeyError in the server's words, or `unreachable` */
export function postForm(
  url: string,
  form: Readonly<Record<string, string | undefined>>,
  options: RequestOptions,
): Promise<Answer> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(form)) if (value !== undefined) body.set(name, value)
  // As text with these two headers no browser asks for permission first.
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
  return send(url, { method: 'POST', headers, body: body.toString() }, options)
}

async function send(
  url: string,
  request: RequestInit,
  { signal, timeoutMs = defaultTimeoutMs, fetch: fetchIt = fetch }: RequestOptions,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  try {
    // Secrets go where they were sent, and nowhere else. Workers know no 'error' here, so a redirect is refused below.
    const response = await fetchIt(url, { ...request, redirect: 'manual', signal: either })
    const answer = answerIn(response, await response.text())
    if (wasRedirected(response)) throw unexpected(answer, 'is a redirect')
    if (!response.ok) throw refusalIn(answer)
    return answer
  } catch (cause) {
    if (cause instanceof ValetkeyError) throw cause
    signal?.throwIfAborted()
    const problem = timeout.aborted ? `No answer within ${timeoutMs} ms.` : 'The server cannot be reached.'
    throw localError('unreachable', problem, { cause })
  }
}

const redirects: readonly number[] = [301, 302, 303, 307, 308]

/** Browsers hide a redirect that they do not follow behind an answer without a status. */
export const wasRedirected = ({ type, status }: Response): boolean =>
  type === 'opaqueredirect' || redirects.includes(status)

/** @param text what its body holds */
export function answerIn({ status, headers }: Response, text: string): Answer {
  return { status, trace_id: headers.get('x-trace-id') ?? '', body: parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the server said, as far as it said anything. @source RFC 6749 §5.2 */
export function refusalIn({ status, trace_id, body }: Answer): ValetkeyError {
  if (!isObject(body) || !isText(body.error)) return unexpected({ status, trace_id })
  const told = (value: unknown, otherwise = '') => (isText(value) ? value : otherwise)
  return new ValetkeyError({
    status,
    error: body.error,
    error_description: told(body.error_description),
    trace_id: told(body.trace_id, trace_id),
    error_uri: told(body.error_uri),
  })
}

/** An answer that no Valetkey server gives: a proxy in between, or another program. `problem` says what is wrong with it. */
export function unexpected(
  { status, trace_id }: Pick<Answer, 'status' | 'trace_id'>,
  problem = 'is not one of a Valetkey server',
): ValetkeyError {
  return localError('unexpected_answer', `The answer (HTTP ${status}) ${problem}.`, { status, trace_id })
}
