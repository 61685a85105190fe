import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { isUuid } from '../ids.ts'
import { refuse } from '../refusals.ts'

/**
 * A request that waits for this very user.
 *
 * @refuses request_id_unknown request_of_another_user request_not_pending request_expired
 */
export async function getWaiting(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { account }: Pick<Acting, 'account'>,
  request_id: string,
): Promise<AuthorizationRequest> {
  const request = isUuid(request_id) ? await store.requests.find(request_id, clock.now()) : undefined
  if (request === undefined) throw refuse('request_id_unknown')
  if (request.user_id !== account.id) throw refuse('request_of_another_user')
  if (request.state === 'expired') throw refuse('request_expired')
  if (request.state !== 'waiting') throw refuse('request_not_pending')
  return request
}
