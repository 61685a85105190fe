import {
  AccessGrantError,
  type AllowedPath,
  createAccessGrant,
  encryptSharePrefixes,
  type Keys,
  type Macaroon,
  permissionToCaveat,
  restrictApiKey,
  serializeAccessGrant,
} from '@valetkey/access-grant'
import { type EncryptedPrefix, parseScopes, type ScopeSet } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Access } from '../domain/access.ts'
import { permissionOf } from '../domain/permission.ts'

/** What a client gets, whichever way it came, before a dialect puts it into words. */
export interface IssuedAccess {
  readonly access: Access
  readonly access_grant: string
  /** Seconds until the access grant ends. */
  readonly expires_in: number
  /** The storage keys, for whoever has the browser's half; absent when they are in the access grant. */
  readonly sealed_encryption_access?: string
  /** With the browser's half behind it, where that came with the request. */
  readonly refresh_token?: string
}

/** An access whose places are known as the storage network sees them. */
export interface PlacedAccess extends Access {
  readonly encrypted_prefixes: readonly EncryptedPrefix[]
}

/** Its places encrypted with these keys, unless the user's browser did it. Done once, when the approval is redeemed. */
export function placed(access: Access, encryption_access: Keys): PlacedAccess {
  const { encrypted_prefixes } = access
  if (encrypted_prefixes !== null) return { ...access, encrypted_prefixes }
  const paths = encryptSharePrefixes(encryption_access, scopesIn(access).places)
  return {
    ...access,
    encrypted_prefixes: paths.map(({ bucket, encrypted_path_prefix }) => ({
      bucket: Buffer.from(bucket).toString(),
      encrypted_path_prefix: Buffer.from(encrypted_path_prefix).toString('base64url'),
    })),
  }
}

/** Whether these keys are those of its places: encrypting their prefixes gives what was recorded. A whole project has none. */
export function keysFit(access: Access, encryption_access: Keys): boolean {
  try {
    const { encrypted_prefixes } = placed({ ...access, encrypted_prefixes: null }, encryption_access)
    return JSON.stringify(encrypted_prefixes) === JSON.stringify(access.encrypted_prefixes)
  } catch (thrown) {
    if (thrown instanceof AccessGrantError) return false
    throw thrown
  }
}

/**
 * Satellite, restricted API key, encryption access: exactly what was consented, as the storage network reads it. The keys
 * say nothing of where the API key leads: they may come from the client.
 */
export function buildAccessGrant(
  { network, random }: Pick<Deps, 'network' | 'random'>,
  access: PlacedAccess,
  api_key: Macaroon,
  encryption_access: Keys,
): string {
  const { permission } = permissionOf(scopesIn(access), access.not_after, access.max_object_ttl)
  const paths = access.encrypted_prefixes.map(allowedPath)
  const caveat = permissionToCaveat(permission, paths, random(nonceBytes))
  const { satellite_address } = network
  return serializeAccessGrant(
    createAccessGrant({ satellite_address, api_key: restrictApiKey(api_key, caveat), encryption_access }),
  )
}

function scopesIn({ scopes }: Access): ScopeSet {
  const approved = parseScopes(scopes)
  if (!approved.ok) throw new Error('stored scopes do not parse')
  return approved.set
}

const allowedPath = ({ bucket, encrypted_path_prefix }: EncryptedPrefix): AllowedPath => ({
  bucket: Buffer.from(bucket),
  encrypted_path_prefix: Buffer.from(encrypted_path_prefix, 'base64url'),
})

/** Without it two equal restrictions would be one key, and revoking one would revoke both. */
const nonceBytes = 4
