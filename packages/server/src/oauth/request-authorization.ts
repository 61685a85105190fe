import { type AuthorizationAnswer, type AuthorizationForm, isWithin, parseScopes } from '@valetkey/protocol'
import { type Acting, audited } from '../audit.ts'
import type { Deps } from '../deps.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import type { Client } from '../domain/client.ts'
import { reachOf } from '../domain/grant.ts'
import { isRegistered } from '../domain/redirect-uri.ts'
import { limitRate } from '../http/limits.ts'
import { newId } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { refuseUngrantable } from './grantable-scopes.ts'

/**
 * Records what a client asks of the signed-in user; the user decides next.
 *
 * @source RFC 6749 §4.1.1, §3.1.2.3 (redirect URI), §3.3 (scope)
 * @refuses client_unknown_at_request client_inactive_at_request redirect_uri_unproven scope_invalid rate_limited
 */
export async function requestAuthorization(
  deps: Deps,
  by: Acting,
  form: AuthorizationForm,
  { ends_with = 'code' }: Partial<Pick<AuthorizationRequest, 'ends_with'>> = {},
): Promise<AuthorizationAnswer> {
  const { store, clock, settings } = deps
  const user_id = by.account.id
  await limitRate(deps, 'authorization_request', by)
  const client = await store.clients.findByClientId(form.client_id)
  if (client === undefined) throw refuse('client_unknown_at_request')
  if (client.state !== 'active') throw refuse('client_inactive_at_request')
  if (!isRegistered(client.redirect_uris, form.redirect_uri)) throw refuse('redirect_uri_unproven')
  const requested = requestedScopes(client, form.scope)

  const now = clock.now()
  const id = newId(deps)
  const request: AuthorizationRequest = {
    id,
    client_id: client.client_id,
    user_id,
    redirect_uri: form.redirect_uri,
    scopes: requested,
    client_state: form.state ?? null,
    code_challenge: form.code_challenge ?? null,
    ends_with,
    state: 'waiting',
    created_at: now,
    expires_at: now + settings.consent_ttl,
    decided_at: null,
    approved_scopes: [],
    rejected_scopes: [],
  }
  await audited(deps, by, 'oauth.requested', id, () => store.requests.add(request))

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
