import { ValetkeyError } from '@valetkey/client'
import { errorAnswer } from '@valetkey/protocol'
import { SessionEnded, Unreachable } from './errors.ts'

/** What `schema` makes of an answer. */
interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false }
}

export interface ApiCall {
  readonly url: string
  readonly token?: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** For what may take minutes. */
  readonly patient?: true
}

const timeoutMs = 30_000
const patientMs = 600_000

/** Asks the server and reads its answer. @throws ValetkeyError, SessionEnded, Unreachable */
export async function ask<T>(call: ApiCall, schema: Schema<T>): Promise<T> {
  const response = await send(call)
  const answer = schema.safeParse(await response.json().catch(() => undefined))
  if (!answer.success) throw unexpectedAnswer(response)
  return answer.data
}

/** Asks the server for something whose answer is empty. @throws ValetkeyError, SessionEnded, Unreachable */
export async function tell(call: ApiCall): Promise<void> {
  const response = await send(call)
  await response.arrayBuffer()
}

/** Opens a stream of server-sent events, which then has no end of its own. @throws ValetkeyError, SessionEnded, Unreachable */
export async function openEvents(
  call: ApiCall,
  { last_event_id, signal }: { last_event_id?: string | undefined; signal: AbortSignal },
): Promise<Response> {
  const opening = new AbortController()
  const timer = setTimeout(
    () => opening.abort(new DOMException('it took too long', 'TimeoutError')),
    timeoutMs,
  )
  const headers = {
    accept: 'text/event-stream',
    ...(last_event_id === undefined ? {} : { 'last-event-id': last_event_id }),
  }
  return send(call, { headers, signal: AbortSignal.any([opening.signal, signal]) }).finally(() =>
    clearTimeout(timer),
  )
}

interface Sending {
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

async function send(call: ApiCall, sending?: Sending): Promise<Response> {
  const response = await answerTo(call, sending)
  if (response.ok) return response
  const refusal = await refusalOf(response)
  throw response.status === 401 && call.token !== undefined
    ? new SessionEnded(call.url, refusal.error)
    : refusal
}

/** Asks the server, and takes a refusal for an answer. @throws Unreachable */
export function answerTo(
  { url, token, method, path, body, patient }: ApiCall,
  { headers, signal }: Sending = {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(patient ? patientMs : timeoutMs),
  },
): Promise<Response> {
  return reach(url, () =>
    fetch(new URL(path, url), {
      method,
      headers: {
        ...headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal,
    }),
  )
}

export async function refusalOf(response: Response): Promise<ValetkeyError> {
  const told = errorAnswer.safeParse(await response.json().catch(() => undefined))
  return told.success
    ? new ValetkeyError({ status: response.status, ...told.data })
    : unexpectedAnswer(response)
}

/** An answer that no Valetkey server gives: a proxy in between, or another program at this address. */
export function unexpectedAnswer({ status, headers }: Response): ValetkeyError {
  return new ValetkeyError({
    status,
    error: 'unexpected_answer',
    error_description: `The answer (HTTP ${status}) is not one of a Valetkey server.`,
    trace_id: headers.get('x-trace-id') ?? '',
    error_uri: '',
  })
}

/** Tells a server that is not there from one that refuses. */
export async function reach<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof ValetkeyError) throw thrown
    throw new Unreachable(url, thrown)
  }
}
