import {
  type ExplainedTokenRequestAnswer,
  firstSecond,
  isTraceId,
  lastSecond,
  type TokenRequestListAnswer,
  type TokenRequestQuery,
} from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { explain } from '../domain/explain/explain.ts'
import { concerned, ownClientOf, type Viewer } from '../domain/explain/viewer.ts'
import { traceTtlSeconds } from '../domain/token-request.ts'
import { limitRate } from '../http/limits.ts'
import { refusals, refuse } from '../refusals.ts'
import type { TracePlace } from '../store/traces.ts'
import { explainedAnswer, tokenRequestAnswer } from '../token-request-answers.ts'
import { viewerOf } from '../viewers.ts'

const defaultLimit = 25

/**
 * The token requests that named the developer's clients, newest first.
 *
 * @refuses request_malformed rate_limited
 */
export async function listTokenRequests(
  deps: Deps,
  by: Acting,
  { client_id, outcome, reason, from, to, limit, cursor }: TokenRequestQuery,
): Promise<TokenRequestListAnswer> {
  await limitRate(deps, 'token_request_list', by)
  if (reason !== undefined && !Object.hasOwn(refusals, reason))
    throw refuse('request_malformed', { description: 'reason: no such reason; see /errors for all of them.' })
  const viewer = await viewerOf(deps, by.account)
  const size = Number(limit ?? defaultLimit)
  const filter = {
    filed_under: idsOf(viewer, client_id),
    outcome,
    reason,
    from: from === undefined ? undefined : firstSecond(from),
    to: to === undefined ? undefined : lastSecond(to),
    since: deps.clock.now() - traceTtlSeconds,
  }
  const after = cursor === undefined ? undefined : placeOf(cursor)
  const found = await deps.store.traces.list(filter, { limit: size + 1, after })
  const page = found.slice(0, size)
  const last = found.length > size ? page.at(-1) : undefined
  return {
    token_requests: page.map((trace) => tokenRequestAnswer(trace, viewer, explain(trace, viewer))),
    next_cursor: last === undefined ? null : cursorOf(last),
  }
}

/**
 * One token request, explained step by step. Whose client it named sees it; one that named no client is seen by whoever
 * holds its `trace_id`, compared with their own clients. To everybody else there is no such request.
 *
 * @refuses rate_limited token_request_not_found
 */
export async function getTokenRequest(
  deps: Deps,
  by: Acting,
  trace_id: string,
): Promise<ExplainedTokenRequestAnswer> {
  await limitRate(deps, 'token_request_read', by)
  // A stranger's text goes into no audit event: what is no trace_id names none.
  const resource = isTraceId(trace_id) ? trace_id : 'malformed'
  return audited(deps, by, 'token_request.read', resource, async () => {
    const trace = isTraceId(trace_id) ? await findTrace(deps, trace_id) : undefined
    if (trace === undefined) throw refuse('token_request_not_found')
    const viewer = await viewerOf(deps, by.account, concerned(trace))
    if (trace.filed_under !== '' && ownClientOf(viewer, trace.filed_under) === undefined)
      throw refuse('token_request_not_found')
    return explainedAnswer(trace, viewer)
  })
}

/** Traces are written behind the answers: whoever asks at once may have come first, so what waits is written before a no. */
async function findTrace({ store, clock, recorder }: Deps, trace_id: string) {
  const since = clock.now() - traceTtlSeconds
  const found = await store.traces.find(trace_id, since)
  if (found !== undefined) return found
  await recorder.flush()
  return store.traces.find(trace_id, since)
}

/** The developer's own, or the one of them that is asked for; somebody else's is like none. */
export function idsOf({ clients }: Viewer, client_id: string | undefined): readonly string[] {
  const own = clients.map((client) => client.client_id)
  return client_id === undefined ? own : own.filter((one) => one === client_id)
}

const cursorOf = ({ at, trace_id }: TracePlace): string =>
  Buffer.from(`${at}.${trace_id}`).toString('base64url')

function placeOf(cursor: string): TracePlace {
  const [, at, trace_id = ''] =
    /^(\d{1,12})\.([0-9a-f]{32})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (at === undefined) throw refuse('request_malformed', { description: 'cursor: not one of ours.' })
  return { at: Number(at), trace_id }
}
