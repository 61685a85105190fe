import {
  type ConsentAnswer,
  type ConsentForm,
  isWithin,
  type Place,
  parseScopes,
  type ScopeSet,
  type SealedKeys,
  secondsPerDay,
} from '@valetkey/protocol'
import { type Acting, audited } from '../audit.ts'
import type { Deps } from '../deps.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { AuthorizationRequest, Decision } from '../domain/authorization-request.ts'
import type { Client } from '../domain/client.ts'
import { isRegistered } from '../domain/redirect-uri.ts'
import { fitPlaces, isSeal } from '../domain/storage-keys.ts'
import { newId, newToken, tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { refuseUngrantable } from './grantable-scopes.ts'
import { getWaiting } from './waiting-request.ts'

/**
 * Records the user's answer, once. An approval gives the code that the app redeems; it never allows more than was asked.
 * Where the user's browser sealed the storage keys, that is the first half of the code; the browser has the other.
 *
 * @source RFC 6749 §4.1.2
 * @refuses request_id_unknown request_of_another_user request_not_pending request_expired client_inactive_at_request
 * @refuses client_unknown_at_request redirect_uri_unproven scope_invalid project_not_found not_after_unfit
 * @refuses sealed_keys_malformed encrypted_prefixes_differ
 */
export async function decide(deps: Deps, by: Acting, form: ConsentForm & SealedKeys): Promise<ConsentAnswer> {
  const { store, clock } = deps
  const user_id = by.account.id
  const now = clock.now()
  const request = await getWaiting(deps, by, form.request_id)

  const approved = form.approve ?? (form.approved_scopes ?? []).length > 0
  const plainCode = newToken(deps)
  if (approved && form.approved_scopes?.some((scope) => form.rejected_scopes?.includes(scope))) {
    throw refuse('scope_invalid', { description: 'approved_scopes and rejected_scopes name the same scope.' })
  }
  const code = approved ? await approvedCode(deps, request, form, plainCode, now) : undefined
  const decision = decisionOf(request, form, code)
  await audited(deps, by, `oauth.${decision.state}`, request.id, async () => {
    if (await store.requests.decide(request.id, user_id, decision, code, now)) return
    // Somebody, or the clock, was faster: the reason is what can be read now.
    await getWaiting(deps, by, request.id)
    throw refuse('request_not_pending')
  })
  return {
    code: approved ? plainCode : 'REJECTED',
    redirect_uri: request.redirect_uri,
    ...(request.client_state === null ? {} : { state: request.client_state }),
  }
}

function decisionOf(
  request: AuthorizationRequest,
  form: ConsentForm,
  code: AuthorizationCode | undefined,
): Decision {
  if (code === undefined) return { state: 'rejected', approved_scopes: [], rejected_scopes: request.scopes }
  return {
    state: 'approved',
    approved_scopes: code.approved_scopes,
    rejected_scopes: request.scopes.filter((scope) => form.rejected_scopes?.includes(scope)),
  }
}

/** What the approval stands for: scopes within those asked, one of the user's own projects, an end. */
async function approvedCode(
  deps: Deps,
  request: AuthorizationRequest,
  form: ConsentForm & SealedKeys,
  plainCode: string,
  now: number,
): Promise<AuthorizationCode> {
  const { store, settings } = deps
  const client = await store.clients.findByClientId(request.client_id)
  if (client === undefined) throw refuse('client_unknown_at_request')
  if (client.state !== 'active') throw refuse('client_inactive_at_request')
  // The developer may have changed the client while the user was reading: what it is registered for now counts.
  if (!isRegistered(client.redirect_uris, request.redirect_uri)) throw refuse('redirect_uri_unproven')
  const { scopes, set } = approvedScopes(client, request, form.approved_scopes ?? [])
  return {
    id: newId(deps),
    code_hash: tokenHash(plainCode),
    request_id: request.id,
    client_id: request.client_id,
    user_id: request.user_id,
    project_id: await chosenProject(deps, request.user_id, form.project_id),
    redirect_uri: request.redirect_uri,
    approved_scopes: scopes,
    not_after: chosenEnd(deps, form.not_after, now),
    code_challenge: request.code_challenge,
    created_at: now,
    expires_at: now + settings.code_ttl,
    spent_at: null,
    revoked_at: null,
    grant_id: null,
    ...sealedKeys(form, set.places),
  }
}

function approvedScopes(
  client: Client,
  request: AuthorizationRequest,
  scopes: readonly string[],
): { readonly scopes: readonly string[]; readonly set: ScopeSet } {
  const approved = parseScopes(scopes)
  if (!approved.ok) throw refuse('scope_invalid', { description: `approved_scopes: ${approved.problem}.` })
  if (approved.set.actions.length === 0) {
    throw refuse('scope_invalid', {
      description: 'approved_scopes: approve at least one of read, write, list, delete or lock.',
    })
  }
  const asked = parseScopes(request.scopes)
  if (!asked.ok || !isWithin(approved.set, asked.set)) {
    throw refuse('scope_invalid', {
      description:
        'approved_scopes: more than was asked. Leaving out a requested bucket widens the access to the whole project.',
    })
  }
  refuseUngrantable(client, approved.set)
  return approved
}

/** What the browser sealed, and the places it sealed it for; what is inside, only the browser and the app can tell. */
function sealedKeys(
  { sealed_encryption_access, encrypted_prefixes }: SealedKeys,
  places: readonly Place[],
): Pick<AuthorizationCode, 'sealed_encryption_access' | 'encrypted_prefixes'> {
  if (sealed_encryption_access === undefined && encrypted_prefixes === undefined)
    return { sealed_encryption_access: null, encrypted_prefixes: null }
  if (sealed_encryption_access === undefined || !isSeal(sealed_encryption_access))
    throw refuse('sealed_keys_malformed')
  const prefixes = encrypted_prefixes ?? []
  if (!fitPlaces(prefixes, places)) throw refuse('encrypted_prefixes_differ')
  return { sealed_encryption_access, encrypted_prefixes: prefixes }
}

async function chosenProject(
  { network }: Deps,
  user_id: string,
  project_id: string | undefined,
): Promise<string> {
  const projects = await network.projectsOf(user_id)
  const project = project_id === undefined ? projects[0] : projects.find(({ id }) => id === project_id)
  if (project === undefined) throw refuse('project_not_found')
  return project.id
}

function chosenEnd({ settings }: Deps, not_after: number | undefined, now: number): number {
  if (not_after === undefined) return now + settings.grant_ttl * secondsPerDay
  if (not_after <= now || not_after > now + settings.grant_max_ttl * secondsPerDay)
    throw refuse('not_after_unfit')
  return not_after
}
