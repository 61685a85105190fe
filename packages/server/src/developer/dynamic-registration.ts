import type {
  ClientRegistrationAnswer,
  ClientRegistrationChangeForm,
  ClientRegistrationForm,
} from '@valetkey/protocol'
import type { Acting, InTheNameOf } from '../audited.ts'
import type { Caller, Deps } from '../deps.ts'
import { type Client, isUsable } from '../domain/client.ts'
import { isUuid, newToken, tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { replaceClient } from './change-client.ts'
import { deleteClient } from './end-client.ts'
import { addClient } from './register-client.ts'
import { clientFormOf, metadataOf } from './registration-metadata.ts'

/**
 * Registers a client of this developer in the standard's words, and answers all that was registered with the token that
 * manages it. What is registered so speaks the standard alone: no JWT of `client_id` and `exp` proves it.
 *
 * @source RFC 7591 §3
 * @refuses rate_limited request_malformed client_name_unfit redirect_uri_unfit redirect_uri_duplicate scope_invalid
 * client_metadata_unfit
 */
export async function registerDynamically(
  deps: Deps,
  by: Acting,
  form: ClientRegistrationForm,
): Promise<ClientRegistrationAnswer> {
  const token = newToken(deps)
  const { client, client_secret } = await addClient(deps, by, clientFormOf(form), {
    storx_profile: false,
    registration_token_hash: tokenHash(token),
  })
  const secret = client_secret === undefined ? {} : { client_secret, client_secret_expires_at: 0 as const }
  return { ...readRegistration(deps, { client, by, token }), ...secret }
}

/** A client that manages itself, in the name of the developer it belongs to. */
export interface Registered {
  readonly client: Client
  readonly by: InTheNameOf
  /** As it was sent. */
  readonly token: string
}

/**
 * The client whose registration access token this is. One that is not there, or was registered elsewhere, looks like any
 * other with a wrong token.
 *
 * @source RFC 7592 §2
 * @refuses registration_token_invalid
 */
export async function registeredClient(
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  client_id: string,
  token: string | undefined,
): Promise<Registered> {
  const client = isUuid(client_id) ? await store.clients.findByClientId(client_id) : undefined
  if (token === undefined || client === undefined || client.registration_token_hash !== tokenHash(token))
    throw refuse('registration_token_invalid')
  const account = await store.developers.find(client.developer_id)
  if (account?.state !== 'active') throw refuse('registration_token_invalid')
  return { client, token, by: { kind: 'developer', account, caller } }
}

/** What is registered; a secret is not read back. @source RFC 7592 §2.1, §3 */
export function readRegistration(
  { settings }: Pick<Deps, 'settings'>,
  { client, token }: Registered,
): ClientRegistrationAnswer {
  return {
    ...metadataOf(client),
    registration_access_token: token,
    registration_client_uri: `${settings.public_url}/oauth2/register/${client.client_id}`,
  }
}

/**
 * Puts this in the place of all that was registered, but for the way the client proves who it is: that stays.
 *
 * @source RFC 7592 §2.2
 * @refuses rate_limited client_not_found request_malformed client_name_unfit redirect_uri_unfit redirect_uri_duplicate
 * scope_invalid client_metadata_unfit
 */
export async function replaceRegistration(
  deps: Deps,
  registered: Registered,
  form: ClientRegistrationChangeForm,
): Promise<ClientRegistrationAnswer> {
  const { client, by } = registered
  const { client_id, client_secret, token_endpoint_auth_method: method, ...metadata } = form
  const unfit = (description: string) => refuse('client_metadata_unfit', { description })
  if (client_id !== client.client_id) throw unfit('client_id: that of this client is needed.')
  if (method != null && method !== client.token_endpoint_auth_method)
    throw unfit('token_endpoint_auth_method: chosen once, by registering; register another client.')
  if (client_secret != null && !(await isItsSecret(deps, client, client_secret)))
    throw unfit('client_secret: not the present one; nobody chooses a secret.')
  const changed = await replaceClient(deps, by, client.id, clientFormOf(metadata))
  return readRegistration(deps, { ...registered, client: changed })
}

/** Ends the client and every access it holds, for good. @source RFC 7592 §2.3 @refuses rate_limited client_not_found */
export async function endRegistration(deps: Deps, { client, by }: Registered): Promise<void> {
  return deleteClient(deps, by, client.id)
}

async function isItsSecret(
  { store, sealer, clock }: Pick<Deps, 'store' | 'sealer' | 'clock'>,
  { id }: Client,
  text: string,
): Promise<boolean> {
  const secrets = await store.clients.secrets(id)
  // Digests are compared, so that how long it takes says nothing of the secret.
  return secrets
    .filter((secret) => isUsable(secret, clock.now()))
    .map((secret) => sealer.open('client-secret', secret.id, secret.sealed_secret).toString())
    .some((secret) => tokenHash(secret) === tokenHash(text))
}
