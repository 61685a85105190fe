import { secondsPerDay } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { Grant } from '../domain/grant.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'
import { tokenHash } from '../ids.ts'
import type { Redemption } from '../store/codes.ts'
import type { PlacedAccess } from './build-access-grant.ts'

/** The family of refresh tokens that redeeming a code begins, with the first of them. Where it leads is settled now. */
export function firstOfFamily(
  { settings }: Pick<Deps, 'settings'>,
  { max_object_ttl, encrypted_prefixes }: PlacedAccess,
  { code, grant, refresh_token }: { code: AuthorizationCode; grant: Grant; refresh_token: string },
): NonNullable<Redemption['refresh']> {
  const { id: grant_id, client_id, user_id, created_at, not_after } = grant
  const family: RefreshFamily = {
    grant_id,
    client_id,
    user_id,
    created_at,
    expires_at: Math.min(not_after, created_at + settings.refresh_max_ttl * secondsPerDay),
    max_object_ttl,
    sealed_encryption_access: code.sealed_encryption_access,
    encrypted_prefixes,
  }
  return { family, token: memberOf({ settings }, family, refresh_token, created_at) }
}

/** A refresh token as it is kept. */
export function memberOf(
  { settings }: Pick<Deps, 'settings'>,
  { grant_id, expires_at }: RefreshFamily,
  refresh_token: string,
  now: number,
): RefreshToken {
  return {
    token_hash: tokenHash(refresh_token),
    grant_id,
    created_at: now,
    expires_at: Math.min(expires_at, now + settings.refresh_idle_ttl * secondsPerDay),
    rotated_at: null,
  }
}

/**
 * The token that follows: a keyed digest of the one before, so that an answer that was lost can be given again though
 * nothing but hashes is kept. 256 bits, base64url, and like random to whoever lacks the master key.
 */
export async function successorOf(
  { sealer, store }: Pick<Deps, 'sealer' | 'store'>,
  refresh_token: string,
): Promise<string> {
  const tags = sealer.tags('refresh-token', [refresh_token]).map((tag) => tag.toString('base64url'))
  const [usual = '', ...others] = tags
  // While the master key is replaced, the answer that was lost may have been made under another one.
  for (const other of others)
    if ((await store.refreshTokens.read(tokenHash(other))) !== undefined) return other
  return usual
}

/** As the client is to keep it: whole, where it sent the browser's half. */
export const withBrowserHalf = (refresh_token: string, browser_half: string | undefined): string =>
  browser_half === undefined ? refresh_token : `${refresh_token}.${browser_half}`
