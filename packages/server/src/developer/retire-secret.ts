import type { ClientDetailAnswer } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import { ownClient } from './own-client.ts'
import { getClient } from './read-clients.ts'

/**
 * Ends a secret that a newer one has replaced before its time: it verifies nothing from now on. It stays among the
 * retired ones, so that a signature made with it can be explained.
 *
 * @refuses rate_limited client_not_found client_has_no_secret client_secret_not_found client_secret_newest
 */
export async function retireSecret(
  deps: Deps,
  by: Acting,
  id: string,
  secret_id: string,
): Promise<ClientDetailAnswer> {
  const { store, clock } = deps
  await limitRate(deps, 'client_change', by)
  const client = await ownClient(deps, by, id)
  await audited(deps, by, 'client.secret_retired', client.id, async () => {
    if (client.token_endpoint_auth_method !== 'client_secret_jwt') throw refuse('client_has_no_secret')
    const outcome = await store.clients.retireSecret(client.id, secret_id, by.account.id, clock.now())
    if (outcome === 'unknown') throw refuse('client_secret_not_found')
    if (outcome === 'newest') throw refuse('client_secret_newest')
  })
  return getClient(deps, by, client.id)
}
