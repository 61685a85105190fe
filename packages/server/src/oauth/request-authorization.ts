import { type AuthorizationAnswer, type AuthorizationForm, isWithin, parseScopes } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { type Client, isConfidential } from '../domain/client.ts'
import type { DeviceCode } from '../domain/device-code.ts'
import { reachOf } from '../domain/grant.ts'
import { isRegistered } from '../domain/redirect-uri.ts'
import { limitRate } from '../http/limits.ts'
import { newId } from '../ids.ts'
import { refuse } from '../refusals.ts'
import type { AskedAuthorization } from './authorization-parameters.ts'
import { refuseUngrantable } from './grantable-scopes.ts'

/**
 * Records what a client asks of the signed-in user; the user decides next.
 *
 * @source RFC 6749 §4.1.1, §3.1.2.3 (redirect URI), §3.3 (scope)
 * @refuses client_unknown_at_request client_inactive_at_request redirect_uri_unproven pkce_missing pushed_request_needed
 * @refuses grant_type_unregistered scope_invalid rate_limited not_signed_in
 */
export async function requestAuthorization(
  deps: Deps,
  by: Acting,
  form: AuthorizationForm,
  { ends_with = 'code' }: Partial<Pick<AuthorizationRequest, 'ends_with'>> = {},
): Promise<AuthorizationAnswer> {
  const { store } = deps
  const user_id = by.account.id
  await limitRate(deps, 'authorization_request', by)
  const client = await store.clients.findByClientId(form.client_id)
  if (client === undefined) throw refuse('client_unknown_at_request')
  if (client.state !== 'active') throw refuse('client_inactive_at_request')
  if (!isRegistered(client.redirect_uris, form.redirect_uri)) throw refuse('redirect_uri_unproven')
  // Whoever has no secret proves with a verifier that the code came back to them. @source RFC 9700 §2.1.1
  if (!isConfidential(client) && form.code_challenge === undefined) throw refuse('pkce_missing')
  if (client.require_pushed_authorization_requests) throw refuse('pushed_request_needed')
  if (!client.grant_types.includes('authorization_code')) throw refuse('grant_type_unregistered')
  const requested = requestedScopes(client, form.scope)

  const request = newRequest(deps, by, client.client_id, {
    redirect_uri: form.redirect_uri,
    scopes: requested,
    client_state: form.state ?? null,
    code_challenge: form.code_challenge ?? null,
    ends_with,
    dialect: 'storx',
  })
  const { id, created_at: now } = request
  await audited(deps, by, 'oauth.requested', id, () => addRequest(deps, request))

  const held = await store.requests.currentScopes(user_id, client.client_id, now)
  return {
    request_id: id,
    client_name: client.name,
    current_access: [...reachOf(held)],
    needed_access: held.some((scopes) => covers(scopes, requested)) ? [] : [...requested],
    required_scopes: [...requested],
    optional_scopes: [],
  }
}

/**
 * Records what a client asks in the standard dialect, where everything was looked at before. Returns the `request_id`.
 *
 * @refuses rate_limited not_signed_in
 */
export async function recordAuthorization(
  deps: Deps,
  by: Acting,
  { client_id }: Client,
  { state, prompt_none: _, ...asked }: AskedAuthorization,
): Promise<string> {
  await limitRate(deps, 'authorization_request', by)
  const request = newRequest(deps, by, client_id, { ...asked, client_state: state, dialect: 'standard' })
  await audited(deps, by, 'oauth.requested', request.id, () => addRequest(deps, request))
  return request.id
}

/** Whoever was suspended or deleted meanwhile is not signed in any more. @refuses not_signed_in */
async function addRequest({ store }: Pick<Deps, 'store'>, request: AuthorizationRequest): Promise<void> {
  if (!(await store.requests.add(request))) throw refuse('not_signed_in')
}

/** What a device asks of the user who entered its code. Its user decides before the device gives up. */
export function requestOfDevice(deps: Deps, by: Acting, device: DeviceCode): AuthorizationRequest {
  const { client_id, scopes, offline_access, asked_project_id, latest_end, max_object_ttl } = device
  const request = newRequest(deps, by, client_id, {
    redirect_uri: '',
    scopes,
    offline_access,
    asked_project_id,
    latest_end,
    max_object_ttl,
    device_code_hash: device.device_code_hash,
    dialect: 'standard',
  })
  return { ...request, expires_at: Math.min(request.expires_at, device.expires_at) }
}

type Asked = Pick<AuthorizationRequest, 'redirect_uri' | 'scopes' | 'dialect'> & Partial<AuthorizationRequest>

function newRequest(
  deps: Pick<Deps, 'clock' | 'random' | 'settings'>,
  by: Acting,
  client_id: string,
  asked: Asked,
): AuthorizationRequest {
  const now = deps.clock.now()
  return {
    client_state: null,
    code_challenge: null,
    ends_with: 'code',
    response_mode: 'query',
    offline_access: false,
    asked_project_id: null,
    latest_end: null,
    max_object_ttl: null,
    device_code_hash: null,
    ...asked,
    id: newId(deps),
    client_id,
    user_id: by.account.id,
    state: 'waiting',
    created_at: now,
    expires_at: now + deps.settings.consent_ttl,
    decided_at: null,
    approved_scopes: [],
    rejected_scopes: [],
  }
}

/** Known scopes with at least one action, within what the client is registered for. */
function requestedScopes(client: Client, scope: readonly string[]): readonly string[] {
  const requested = parseScopes(scope)
  if (!requested.ok) throw refuse('scope_invalid', { description: `scope: ${requested.problem}.` })
  if (requested.set.actions.length === 0) {
    throw refuse('scope_invalid', {
      description: 'scope: a bucket alone allows nothing; add read, write, list, delete or lock.',
    })
  }
  refuseUngrantable(client, requested.set)
  return requested.scopes
}

/** Whether one grant alone opens all that is asked: two halves of different grants do not make a whole. */
function covers(held: readonly string[], asked: readonly string[]): boolean {
  const [wide, narrow] = [parseScopes(held), parseScopes(asked)]
  return wide.ok && narrow.ok && isWithin(narrow.set, wide.set)
}
