import type { ClientForm, CredentialsAnswer } from '@valetkey/protocol'
import { type Acting, audited } from '../audit.ts'
import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import { limitRate } from '../http/limits.ts'
import { newClientId, newId } from '../ids.ts'
import { fitDescription, fitName, fitRedirectUris, fitScopes } from './client-fields.ts'
import { makeSecret } from './make-secret.ts'

/**
 * Registers a client and answers its `client_id` and, this once, its secret.
 *
 * @refuses rate_limited request_malformed client_name_unfit client_description_unfit redirect_uri_unfit
 * redirect_uri_duplicate scope_invalid
 */
export async function registerClient(deps: Deps, by: Acting, form: ClientForm): Promise<CredentialsAnswer> {
  await limitRate(deps, 'client_register', by)
  const id = newId(deps)
  return audited(deps, by, 'client.registered', id, async () => {
    const now = deps.clock.now()
    const client: Client = {
      id,
      developer_id: by.account.id,
      client_id: newClientId(deps),
      name: fitName(form.name),
      description: fitDescription(form.description ?? ''),
      redirect_uris: fitRedirectUris(form.redirect_uris),
      scopes: fitScopes(form.scopes ?? []),
      state: 'active',
      storx_profile: true,
      created_at: now,
      updated_at: now,
    }
    const { client_secret, row } = makeSecret(deps, id)
    await deps.store.clients.add(client, row)
    return { client_id: client.client_id, client_secret }
  })
}
