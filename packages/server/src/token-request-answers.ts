import type { ExplainedTokenRequestAnswer, ExplanationAnswer, TokenRequestAnswer } from '@valetkey/protocol'
import { rfc3339 } from '@valetkey/protocol'
import { shown } from './domain/explain/evidence-in-words.ts'
import { explain, firstFinding } from './domain/explain/explain.ts'
import { ownClientOf, type Viewer } from './domain/explain/viewer.ts'
import type { TokenRequest } from './domain/token-request.ts'

/** One token request with its whole explanation, for one viewer. */
export function explainedAnswer(trace: TokenRequest, viewer: Viewer): ExplainedTokenRequestAnswer {
  const explanation = explain(trace, viewer)
  const { content_type, content_length, parameters } = trace.request
  return {
    ...tokenRequestAnswer(trace, viewer, explanation),
    grant_id: trace.grant_id,
    request: {
      content_type: shown(content_type ?? '', 100),
      content_length: typeof content_length === 'number' ? content_length : 0,
      parameters: Array.isArray(parameters) ? parameters : [],
    },
    explanation,
  }
}

/** One line of the list. */
export function tokenRequestAnswer(
  trace: TokenRequest,
  viewer: Viewer,
  explanation: ExplanationAnswer,
): TokenRequestAnswer {
  const finding = firstFinding(explanation)
  const { trace_id, at, client_id, authenticated, outcome, reason, status, request, duration_ms } = trace
  return {
    trace_id,
    at: rfc3339(at),
    client_id: client_id === null ? null : shown(client_id, 256),
    client_name: ownClientOf(viewer, client_id)?.name ?? null,
    authenticated,
    outcome,
    reason,
    cause: finding?.cause ?? null,
    means: finding?.means ?? null,
    status,
    network: shown(request.network ?? '', 64),
    user_agent: shown(request.user_agent ?? '', 256),
    duration_ms,
  }
}
