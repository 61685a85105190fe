import type { CredentialsAnswer } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import { makeSecret } from './make-secret.ts'
import { ownClient } from './own-client.ts'

/**
 * Gives the client a new secret, shown this once. The present ones end at once, or work beside it for
 * `keep_previous_for` more seconds; one that is already about to retire is never prolonged.
 *
 * @refuses rate_limited client_not_found client_has_no_secret client_secrets_too_many
 */
export async function rotateSecret(
  deps: Deps,
  by: Acting,
  id: string,
  keep_previous_for = 0,
): Promise<CredentialsAnswer> {
  const { store } = deps
  await limitRate(deps, 'client_change', by)
  const client = await ownClient(deps, by, id)
  return audited(deps, by, 'client.secret_rotated', client.id, async () => {
    if (client.token_endpoint_auth_method !== 'client_secret_jwt') throw refuse('client_has_no_secret')
    const { client_secret, row } = makeSecret(deps, client.id)
    const rotated = await store.clients.rotate(row, row.created_at + keep_previous_for, by.account.id)
    if (!rotated) throw refuse('client_secrets_too_many')
    return { client_id: client.client_id, client_secret }
  })
}
