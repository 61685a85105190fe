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
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { AuthorizationRequest, Decision } from '../domain/authorization-request.ts'
import type { Client } from '../domain/client.ts'
import { isSealedHalf } from '../domain/device-key.ts'
import { isRegisteredFor } from '../domain/redirect-uri.ts'
import { fitPlaces, isSeal } from '../domain/storage-keys.ts'
import { newId, newToken, tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { refuseUngrantable } from './grantable-scopes.ts'
import { getWaiting } from './waiting-request.ts'

/**
 * Records the user's answer, once. An approval gives the code that the app redeems; it never allows more than was asked.
 * Where the user's browser sealed the storage keys, that is the first half of the code; the browser has the other. What a
 * device asked for it redeems with the code that it has had all along: its user's browser is told none, and sends its
 * half sealed to the device.
 *
 * @source RFC 6749 §4.1.2; RFC 8628 §3.3
 * @refuses request_id_unknown request_of_another_user request_not_pending request_expired client_inactive_at_request
 * @refuses client_unknown_at_request redirect_uri_unproven scope_invalid project_not_found not_after_unfit
 * @refuses sealed_keys_malformed encrypted_prefixes_differ sealed_half_malformed user_code_unknown
 */
export async function decide(deps: Deps, by: Acting, form: Decided): Promise<ConsentAnswer> {
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
    code: !approved ? 'REJECTED' : request.device_code_hash === null ? plainCode : 'APPROVED',
    redirect_uri: request.redirect_uri,
    ...(request.client_state === null ? {} : { state: request.client_state }),
  }
}

/** What the user decided, and what the browser made of the passphrase. */
type Decided = ConsentForm & SealedKeys & { readonly sealed_half?: string | undefined }

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
  form: Decided,
  plainCode: string,
  now: number,
): Promise<AuthorizationCode> {
  const client = await deps.store.clients.findByClientId(request.client_id)
  if (client === undefined) throw refuse('client_unknown_at_request')
  if (client.state !== 'active') throw refuse('client_inactive_at_request')
  // The developer may have changed the client while the user was reading: what it is registered for now counts.
  if (!isStillRegistered(client, request)) throw refuse('redirect_uri_unproven')
  const { scopes, set } = approvedScopes(client, request, form.approved_scopes ?? [])
  return {
    id: newId(deps),
    request_id: request.id,
    client_id: request.client_id,
    user_id: request.user_id,
    project_id: await chosenProject(deps, request, form.project_id),
    redirect_uri: request.redirect_uri,
    approved_scopes: scopes,
    not_after: chosenEnd(deps, request, form.not_after, now),
    code_challenge: request.code_challenge,
    dialect: request.dialect,
    offline_access: request.offline_access,
    max_object_ttl: request.max_object_ttl,
    created_at: now,
    spent_at: null,
    revoked_at: null,
    grant_id: null,
    ...(await proofOf(deps, request, form, plainCode, now)),
    ...sealedKeys(form, set.places),
  }
}

/** A device has no redirect URI. */
const isStillRegistered = (
  client: Client,
  { dialect, device_code_hash, redirect_uri }: AuthorizationRequest,
) => device_code_hash !== null || isRegisteredFor(client, redirect_uri, dialect)

/** What the approval is redeemed with, and until when: a fresh code, or the one that the device has. */
async function proofOf(
  { store, settings }: Deps,
  { device_code_hash }: AuthorizationRequest,
  { sealed_encryption_access, sealed_half }: Decided,
  plainCode: string,
  now: number,
): Promise<Pick<AuthorizationCode, 'code_hash' | 'expires_at' | 'sealed_half'>> {
  const expires_at = now + settings.code_ttl
  if (device_code_hash === null) {
    if (sealed_half !== undefined) throw refuse('sealed_half_malformed')
    return { code_hash: tokenHash(plainCode), expires_at, sealed_half: null }
  }
  if (sealed_half === undefined || !isSealedHalf(sealed_half) || sealed_encryption_access === undefined)
    throw refuse('sealed_half_malformed')
  const device = await store.devices.find(device_code_hash)
  if (device === undefined) throw refuse('user_code_unknown')
  return {
    code_hash: device_code_hash,
    // It asks again in a while, and may have to wait longer for each time it asked too fast.
    expires_at: Math.max(expires_at, device.expires_at),
    sealed_half,
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

/** The one that was asked for, when one was; else the user's choice. */
async function chosenProject(
  { network }: Deps,
  { user_id, asked_project_id }: AuthorizationRequest,
  project_id: string | undefined,
): Promise<string> {
  const projects = await network.projectsOf(user_id)
  const wanted = project_id ?? asked_project_id ?? projects[0]?.id
  const project = projects.find(({ id }) => id === wanted)
  if (project === undefined || (asked_project_id !== null && project.id !== asked_project_id))
    throw refuse('project_not_found')
  return project.id
}

function chosenEnd(
  { settings }: Deps,
  { latest_end }: AuthorizationRequest,
  not_after: number | undefined,
  now: number,
): number {
  const latest = Math.min(
    now + settings.grant_max_ttl * secondsPerDay,
    latest_end ?? Number.POSITIVE_INFINITY,
  )
  const end = not_after ?? Math.min(now + settings.grant_ttl * secondsPerDay, latest)
  if (end <= now || end > latest) throw refuse('not_after_unfit')
  return end
}
