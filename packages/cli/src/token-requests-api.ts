import { setTimeout as sleep } from 'node:timers/promises'
import { ValetkeyError } from '@valetkey/client'
import {
  type ExplainedTokenRequestAnswer,
  explainedTokenRequestAnswer,
  type TokenRequestAnswer,
  tokenRequestListAnswer,
} from '@valetkey/protocol'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { ask, openEvents, unexpectedAnswer } from './api.ts'
import { callAs } from './developer-api.ts'
import { Refused, Unreachable } from './errors.ts'
import type { StoredSession } from './session-file.ts'

const path = '/token-requests'

/**
 * One token request, explained. It is written down behind its answer, so for a fresh one we ask again for a while.
 *
 * @throws NoneToSee, SessionEnded
 */
export async function getTokenRequest(
  session: StoredSession,
  trace_id: string,
  { patienceMs }: { patienceMs: number },
): Promise<ExplainedTokenRequestAnswer> {
  if (!isTraceId(trace_id)) throw new NoneToSee()
  const call = callAs(session, { method: 'GET', path: `${path}/${trace_id}` })
  for (let waitedMs = 0, pauseMs = 200; ; waitedMs += pauseMs, pauseMs *= 1.5) {
    try {
      return await ask(call, explainedTokenRequestAnswer)
    } catch (thrown) {
      if (!(thrown instanceof ValetkeyError) || thrown.status !== 404) throw thrown
      if (waitedMs >= patienceMs) throw new NoneToSee()
    }
    await sleep(pauseMs)
  }
}

/** 32 hex digits: nothing that could mean something else in a path, or in a shell it is copied to. */
export const isTraceId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)

/** The same for one that is not there, and for one that is somebody else's. */
export class NoneToSee extends Refused {
  constructor(next: readonly string[] = []) {
    super(
      'not_found',
      'no token request with this trace_id that you may see: is it of your client, not older than 30 days, and typed right?',
      next,
    )
  }
}

/** The newest token request that ended like this. */
export async function newestTokenRequest(
  session: StoredSession,
  outcome: TokenRequestAnswer['outcome'],
  client_id: string | undefined,
): Promise<TokenRequestAnswer | undefined> {
  const query = new URLSearchParams({
    outcome,
    limit: '1',
    ...(client_id === undefined ? {} : { client_id }),
  })
  const call = callAs(session, { method: 'GET', path: `${path}?${query}` })
  const { token_requests } = await ask(call, tokenRequestListAnswer)
  return token_requests[0]
}

const firstPauseMs = 1_000
const longestPauseMs = 30_000
/** Far more than one explanation has. */
const maxEventLength = 1_048_576

/** Far more than come within the seconds that a stream reaches back. */
const remembered = 2_000

interface Following {
  readonly client_id?: string | undefined
  /** Ends it. */
  readonly signal: AbortSignal
  /** Told when the connection broke and is to be opened again after this time. */
  readonly onBreak?: (why: string, pauseMs: number) => void
  /** Told when it is open again. */
  readonly onAgain?: () => void
}

/**
 * Token requests as they come, without end. Once it was there, a connection that breaks is opened again, and goes on
 * behind the last request that arrived.
 *
 * @throws ValetkeyError, Unreachable when it cannot begin; SessionEnded
 */
export async function* followTokenRequests(
  session: StoredSession,
  { client_id, signal, onBreak, onAgain }: Following,
): AsyncGenerator<ExplainedTokenRequestAnswer, void> {
  const query = client_id === undefined ? '' : `?${new URLSearchParams({ client_id })}`
  const call = callAs(session, { method: 'GET', path: `${path}/tail${query}` })
  const isNew = once()
  let last_event_id: string | undefined
  let began = false
  let pauseMs = firstPauseMs
  while (!signal.aborted) {
    let why = 'the server ended the connection'
    try {
      const response = await openEvents(call, { last_event_id, signal })
      if (began) onAgain?.()
      began = true
      for await (const { event, id, data } of eventsOf(response, session)) {
        pauseMs = firstPauseMs
        const request = event === 'token_request' ? tokenRequestOf(data, response) : undefined
        if (request !== undefined && isNew(request.trace_id)) yield request
        last_event_id = id ?? last_event_id
      }
    } catch (thrown) {
      if (signal.aborted) return
      if (!began || !mayPass(thrown)) throw thrown
      why = thrown.message
    }
    onBreak?.(why, pauseMs)
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }
}

/** True for what it is asked the first time, in recent memory: a stream that goes on reaches back a little. */
function once(): (text: string) => boolean {
  const seen = new Set<string>()
  return (text) => {
    if (seen.has(text)) return false
    if (seen.size >= remembered) for (const oldest of [...seen].slice(0, remembered / 2)) seen.delete(oldest)
    seen.add(text)
    return true
  }
}

async function* eventsOf(
  { body }: Response,
  { url }: StoredSession,
): AsyncGenerator<EventSourceMessage, void> {
  const complete: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => complete.push(event), maxBufferSize: maxEventLength })
  const decoder = new TextDecoder()
  try {
    for await (const chunk of body ?? []) {
      parser.feed(decoder.decode(chunk, { stream: true }))
      yield* complete.splice(0)
    }
  } catch (cause) {
    throw new Unreachable(url, cause)
  }
}

function tokenRequestOf(data: string, response: Response): ExplainedTokenRequestAnswer {
  const answer = explainedTokenRequestAnswer.safeParse(jsonOf(data))
  if (!answer.success) throw unexpectedAnswer(response)
  return answer.data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether the same call may well succeed a little later. */
function mayPass(thrown: unknown): thrown is Error {
  if (thrown instanceof ValetkeyError) return thrown.status === 429 || thrown.status >= 500
  return thrown instanceof Unreachable
}
