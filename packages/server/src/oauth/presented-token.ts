import {
  AccessGrantError,
  type ApiKey,
  effectivePermission,
  type Permission,
  parseAccessGrant,
  verifyMacaroon,
} from '@valetkey/access-grant'
import type { Deps } from '../deps.ts'
import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { Grant } from '../domain/grant.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'
import { halvesOf } from '../domain/storage-keys.ts'
import { tokenHash } from '../ids.ts'
import type { VerifiedGrant } from '../verified-grants.ts'

/** A token that somebody asks about or gives back, found to be one of ours. */
export type PresentedToken =
  | {
      readonly kind: 'refresh_token'
      readonly grant: Grant
      readonly token: RefreshToken
      readonly family: RefreshFamily
    }
  | {
      readonly kind: 'access_grant'
      readonly grant: Grant
      /** What all restrictions together leave: less than was issued, when a holder narrowed it. */
      readonly permission: Permission
      readonly narrowed: boolean
      readonly revoked: boolean
    }

/**
 * Finds out what a token is: by its own shape, whatever hint came with it. Undefined for one that was never issued, or
 * was altered. An access grant is believed by the signature of its API key alone, which a lookup precedes in any case.
 *
 * @source RFC 7009 §2.1 (the hint is a hint)
 */
export async function findPresentedToken(
  deps: Pick<Deps, 'store' | 'sealer' | 'verifiedGrants'>,
  text: string,
): Promise<PresentedToken | undefined> {
  const { store, sealer, verifiedGrants } = deps
  const verified = verifiedGrants.find(text)
  if (verified !== undefined) {
    const issued = await store.apiKeys.withGrant(verified.head)
    return issued && accessGrant(verified, issued)
  }
  const api_key = apiKeyIn(text)
  if (api_key === undefined) {
    const found = await store.refreshTokens.read(tokenHash(halvesOf(text).server_half))
    return found && { kind: 'refresh_token', grant: found.grant, token: found.token, family: found.family }
  }
  const head = Buffer.from(api_key.head).toString('hex')
  const found = await store.apiKeys.withGrant(head)
  // A key that nobody has costs as much as one that somebody else has.
  const secret =
    found === undefined
      ? sealer.openDecoy()
      : sealer.open('api-key', found.api_key.id, found.api_key.sealed_secret)
  if (!verifyMacaroon(api_key, secret) || found === undefined) return undefined
  const grant = { head, permission: effectivePermission(api_key), narrowed: api_key.caveats.length > 1 }
  verifiedGrants.add(text, grant)
  return accessGrant(grant, found)
}

const accessGrant = (
  { permission, narrowed }: VerifiedGrant,
  { grant, api_key }: { readonly grant: Grant; readonly api_key: ApiKeyRecord },
): PresentedToken => ({
  kind: 'access_grant',
  grant,
  permission,
  narrowed,
  revoked: api_key.revoked_at !== null,
})

function apiKeyIn(text: string): ApiKey | undefined {
  try {
    return parseAccessGrant(text).api_key
  } catch (thrown) {
    if (thrown instanceof AccessGrantError) return undefined
    throw thrown
  }
}
