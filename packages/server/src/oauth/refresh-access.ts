import type { Deps } from '../deps.ts'
import { accessOfGrant, narrowedAccess } from '../domain/access.ts'
import type { Client } from '../domain/client.ts'
import type { Proof } from '../domain/client-proof.ts'
import { halvesOf } from '../domain/storage-keys.ts'
import { failed, passed, type Verdict } from '../domain/verdict.ts'
import { tokenHash } from '../ids.ts'
import type { Refreshable } from '../store/refresh-tokens.ts'
import { authenticateClient, clientAlone } from './authenticate-client.ts'
import { buildAccessGrant, type IssuedAccess, placed } from './build-access-grant.ts'
import { openKeysAgain } from './open-keys.ts'
import { memberOf, successorOf, withBrowserHalf } from './refresh-family.ts'
import type { Trace } from './trace.ts'

export interface RefreshRequest {
  readonly proof: Proof
  readonly refresh_token: string
  readonly scope: string | undefined
  readonly authorization_details: string | undefined
  /** For keys that no browser sealed: the access grant to be renewed, whose keys go into the new one. */
  readonly access_grant: string | undefined
  readonly passphrase: string | undefined
}

/** For so long the answer to a rotation is given once more: it may have been lost on its way. */
const retrySeconds = 30

/**
 * Trades a refresh token, once, for its successor and a fresh access grant of the same grant, or of less.
 *
 * The storage keys come from outside each time: under the browser's half behind the token's dot, from the access grant
 * that is renewed, or from the passphrase. None of them is kept here.
 *
 * @source RFC 6749 §6; RFC 9700 §4.14.2 (rotation, reuse)
 * @refuses refresh_token_unknown refresh_token_reused refresh_token_expired access_ended access_wider access_unregistered
 * @refuses access_over storage_keys_missing storage_keys_wrong
 * @refuses access_grant_foreign browser_half_wrong passphrase_with_sealed_keys overloaded project_gone
 */
export async function refreshAccess(deps: Deps, form: RefreshRequest, trace: Trace): Promise<IssuedAccess> {
  const now = deps.clock.now()
  const { server_half, browser_half } = halvesOf(form.refresh_token)

  // Who asks.
  const { client } = await authenticateClient(deps, form.proof, trace, {
    ...clientAlone(deps),
    grant_type: 'refresh_token',
  })

  // What becomes of the token.
  const read = await deps.store.refreshTokens.read(tokenHash(server_half))
  const found = trace.must('find_refresh_token', tokenOfClient(read, client))
  const successor = await successorOf(deps, server_half)
  trace.must('check_refresh_token', await newestOrRetried(deps, found, successor, now, trace))
  const granted = accessOfGrant(found.grant, found.family)
  const narrowed = trace.must('narrow_access', narrowedAccess(granted, form, { client, now }))
  const not_after = Math.min(narrowed.not_after, now + deps.settings.access_ttl)
  const { encryption_access, ...sealed } = await openKeysAgain(
    deps,
    found,
    { ...form, browser_half, access: narrowed },
    trace,
  )
  const access = placed({ ...narrowed, not_after }, encryption_access)
  const api_key = deps.network.openApiKey(found.api_key)
  const access_grant = buildAccessGrant(deps, access, api_key, encryption_access)
  const rotated = await rotate(deps, found, { server_half, successor }, now)
  const refresh_token = trace.must('rotate_refresh_token', rotated)
  trace.granted(found.grant.id)
  return {
    access,
    access_grant,
    expires_in: access.not_after - now,
    ...sealed,
    refresh_token: withBrowserHalf(refresh_token, browser_half),
  }
}

function tokenOfClient(found: Refreshable | undefined, client: Client): Verdict<Refreshable> {
  if (found === undefined) return failed('refresh_token_unknown')
  if (found.grant.client_id !== client.client_id)
    return failed('refresh_token_of_another_client', { issued_to: found.grant.client_id })
  return passed(found, { grant_id: found.grant.id, issued_at: found.token.created_at })
}

/** One that was rotated before is a theft, or the retry of an answer that was lost. */
async function newestOrRetried(
  deps: Deps,
  { token, family, grant }: Refreshable,
  successor: string,
  now: number,
  { caller }: Pick<Trace, 'caller'>,
): Promise<Verdict<'newest' | 'retried'>> {
  const evidence = { grant_id: grant.id, server_time: now }
  if (grant.state !== 'active') return failed('access_ended', { ...evidence, ended_by: grant.revoked_by })
  if (token.rotated_at !== null && !(await isRetry(deps, token.rotated_at, successor, now))) {
    await deps.store.grants.revoke(grant.id, 'replay', now)
    deps.recorder.audit({
      actor_kind: 'client',
      actor_id: grant.client_id,
      user_id: grant.user_id,
      action: 'access.reused',
      resource: grant.request_id,
      outcome: 'success',
      network: caller.network,
      trace_id: caller.trace_id,
    })
    return failed('refresh_token_reused', { ...evidence, rotated_at: token.rotated_at })
  }
  if (now >= Math.min(family.expires_at, grant.not_after))
    return failed('refresh_too_old', { ...evidence, expires_at: family.expires_at })
  if (token.rotated_at === null && now >= token.expires_at)
    return failed('refresh_token_expired', { ...evidence, expires_at: token.expires_at })
  return passed(token.rotated_at === null ? 'newest' : 'retried', evidence)
}

/** Nobody has used the successor yet, and it was made a moment ago. */
async function isRetry(
  { store }: Deps,
  rotated_at: number,
  successor: string,
  now: number,
): Promise<boolean> {
  if (now - rotated_at > retrySeconds) return false
  const next = await store.refreshTokens.read(tokenHash(successor))
  return next !== undefined && next.token.rotated_at === null
}

/** The token that follows, which is there when this is through: made now, or a moment ago by a request whose answer was lost. */
async function rotate(
  deps: Deps,
  { token, family }: Refreshable,
  { server_half, successor }: { server_half: string; successor: string },
  now: number,
): Promise<Verdict<string>> {
  if (token.rotated_at === null) {
    const next = memberOf(deps, family, successor, now)
    if (await deps.store.refreshTokens.rotate(token.token_hash, next, now)) return passed(successor)
  }
  // Somebody else was a moment faster: the same client twice, or the end of the access.
  const theirs = await successorOf(deps, server_half)
  const after = await deps.store.refreshTokens.read(tokenHash(theirs))
  if (after === undefined || after.grant.state !== 'active')
    return failed('access_ended', { lost_race: true })
  return passed(theirs, { retried: true })
}
