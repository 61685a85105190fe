import { type ErrorAnswer, waitInWords } from '@valetkey/protocol'

/** A no of the server, or of the network on the way there. */
export interface Refused {
  /** 0 when no answer of ours came. */
  readonly status: number
  /** The page of the errors that it leads to, such as `password_unfit`; `unreachable` when no answer of ours came. */
  readonly reason: string
  /** For people, whole sentences. */
  readonly words: string
  /** Undefined when no answer of ours came, like the next. */
  readonly trace_id?: string
  readonly error_uri?: string
}

export type Answer<T> = { readonly body: T; readonly refused?: undefined } | { readonly refused: Refused }

/** For the whole of an answer, in milliseconds. */
const patience = 20_000

/**
 * Sends JSON to the server that this page comes from; the session's cookie travels by itself. Whatever goes wrong is in
 * the answer, and an answer that is none of ours, as a proxy gives one, is none.
 */
export async function send<T = undefined>(method: string, path: string, form?: unknown): Promise<Answer<T>> {
  try {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      signal: AbortSignal.timeout(patience),
      ...(form === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(form) }),
    })
    const text = await response.text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    if (response.ok) return { body: body as T }
    return { refused: isError(body) ? refusedBy(response, body) : unreachable }
  } catch (thrown) {
    return { refused: thrown instanceof DOMException && thrown.name === 'TimeoutError' ? late : unreachable }
  }
}

const unreachable: Refused = {
  status: 0,
  reason: 'unreachable',
  words: 'The server cannot be reached. Check the connection, then try again.',
}

const late: Refused = { ...unreachable, words: 'The server did not answer in time. Try again in a while.' }

const isError = (body: unknown): body is ErrorAnswer =>
  typeof body === 'object' && body !== null && 'error_description' in body && 'error_uri' in body

function refusedBy(
  { status, headers }: Response,
  { error_description, error_uri, trace_id }: ErrorAnswer,
): Refused {
  const reason = error_uri.slice(error_uri.lastIndexOf('/') + 1)
  const seconds = Number(headers.get('retry-after') ?? 0)
  return { status, reason, words: wordsOf(reason, error_description, seconds), trace_id, error_uri }
}

function wordsOf(reason: string, description: string, seconds: number): string {
  if (reason === 'rate_limited')
    return `Too many tries from here. Wait ${waitInWords(seconds)}, then try again.`
  return seconds > 0 ? `${description} Wait ${waitInWords(seconds)} first.` : description
}
