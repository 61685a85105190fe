import { type ExplainedTokenRequestAnswer, isTraceId } from '@valetkey/protocol'
import { addOperatorEvent } from './audit/operator-event.ts'
import type { Deps } from './deps.ts'
import { concerned, type Viewer } from './domain/explain/viewer.ts'
import { type TokenRequest, traceTtlSeconds } from './domain/token-request.ts'
import { explainedAnswer } from './token-request-answers.ts'
import { viewerOf } from './viewers.ts'

type OperatorDeps = Pick<Deps, 'store' | 'clock' | 'random' | 'settings'>

/**
 * One token request as the owners of the clients in it see it explained, for whoever operates the server and may read
 * its database anyway. Undefined when there is none. The audit log has it that an operator looked.
 */
export async function explainForOperator(
  deps: OperatorDeps,
  trace_id: string,
): Promise<ExplainedTokenRequestAnswer | undefined> {
  const { store, clock } = deps
  if (!isTraceId(trace_id)) return undefined
  const trace = await store.traces.find(trace_id, clock.now() - traceTtlSeconds)
  const outcome = trace === undefined ? 'failed' : 'success'
  await addOperatorEvent(deps, { action: 'token_request.read', resource: trace_id, outcome })
  return trace && explainedAnswer(trace, await ownersOf(deps, trace))
}

/** The eyes of all who own a client that the request names. */
async function ownersOf(deps: OperatorDeps, trace: TokenRequest): Promise<Viewer> {
  const named = [...new Set(concerned(trace))].filter((one) => one !== null)
  const clients = await Promise.all(named.map((client_id) => deps.store.clients.findByClientId(client_id)))
  const owners = new Set(clients.flatMap((client) => client?.developer_id ?? []))
  const viewers = await Promise.all([...owners].map((id) => viewerOf(deps, { id }, named)))
  return { clients: viewers.flatMap((viewer) => viewer.clients), url: deps.settings.public_url }
}
