import type { ClientForm, CredentialsAnswer } from '@valetkey/protocol'
import { audited, type InTheNameOf } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import { limitRate } from '../http/limits.ts'
import { newClientId, newId } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { changesOf } from './client-fields.ts'
import { makeSecret } from './make-secret.ts'

/**
 * Registers a client and answers its `client_id` and, this once, its secret where it has one.
 *
 * @refuses rate_limited request_malformed client_name_unfit client_description_unfit redirect_uri_unfit
 * redirect_uri_duplicate scope_invalid client_metadata_unfit not_signed_in
 */
export async function registerClient(
  deps: Deps,
  by: InTheNameOf,
  form: ClientForm,
): Promise<CredentialsAnswer> {
  const { client, client_secret } = await addClient(deps, by, form)
  return { client_id: client.client_id, ...(client_secret === undefined ? {} : { client_secret }) }
}

/** The same for whoever needs the client itself. `storx_profile` and the token are not the form's to say. */
export async function addClient(
  deps: Deps,
  by: InTheNameOf,
  form: ClientForm,
  { storx_profile = true, registration_token_hash = null }: Partial<Client> = {},
): Promise<{ client: Client; client_secret: string | undefined }> {
  await limitRate(deps, 'client_register', by)
  const id = newId(deps)
  return audited(deps, by, 'client.registered', id, async () => {
    const now = deps.clock.now()
    const token_endpoint_auth_method = form.token_endpoint_auth_method ?? 'client_secret_jwt'
    const hasSecret = token_endpoint_auth_method === 'client_secret_jwt'
    const blank: Client = {
      id,
      developer_id: by.account.id,
      client_id: newClientId(deps),
      name: '',
      description: '',
      redirect_uris: [],
      scopes: [],
      state: 'active',
      storx_profile: storx_profile && hasSecret,
      token_endpoint_auth_method,
      grant_types: ['authorization_code'],
      application_type: 'web',
      jwks: null,
      jwks_uri: null,
      require_pushed_authorization_requests: false,
      registration_token_hash,
      created_at: now,
      updated_at: now,
    }
    const client = { ...blank, ...changesOf(blank, form) }
    const secret = hasSecret ? makeSecret(deps, id) : undefined
    // Suspended or deleted since the session was looked at: there is none any more.
    if (!(await deps.store.clients.add(client, secret?.row))) throw refuse('not_signed_in')
    return { client, client_secret: secret?.client_secret }
  })
}
