import type { Deps } from '../deps.ts'
import type { Proof } from '../domain/client-proof.ts'
import { needed, type Parameters } from '../http/form-body.ts'
import { refuse } from '../refusals.ts'
import { authenticateClient, clientAlone } from './authenticate-client.ts'
import { findPresentedToken } from './presented-token.ts'
import type { Trace } from './trace.ts'

/**
 * Ends the grant that a refresh token or an access grant came of: its API key, every access grant made with it, and
 * every refresh token. To a client whose token it is not, nothing happens, and nothing is said.
 *
 * @source RFC 7009 §2.1, §2.2
 * @refuses token_part_of_another request_malformed
 */
export async function revokeToken(
  deps: Deps,
  proof: Proof,
  parameters: Parameters,
  trace: Trace,
): Promise<void> {
  const now = deps.clock.now()
  const { client } = await authenticateClient(deps, proof, trace, clientAlone(deps, 'revocation'))
  const found = await findPresentedToken(deps, needed(parameters, 'token'))
  if (found === undefined || found.grant.client_id !== client.client_id) return
  // Its tail alone could be ended by the storage network, not by an end of the grant, and the caller means the copy.
  if (found.kind === 'access_grant' && found.narrowed) throw refuse('token_part_of_another')
  const ended = await deps.store.grants.revoke(found.grant.id, 'client', now)
  if (!ended) return
  deps.recorder.audit({
    actor_kind: 'client',
    actor_id: client.client_id,
    user_id: found.grant.user_id,
    action: 'access.given_back',
    resource: found.grant.request_id,
    outcome: 'success',
    network: trace.caller.network,
    trace_id: trace.caller.trace_id,
  })
}
