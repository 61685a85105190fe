import { type AllowedPath, type Caveat, type CaveatFlag, nothingForbidden } from './caveat.ts'
import { AccessGrantError } from './errors.ts'
import { compareTimestamps, type Duration, isZeroTime, nanosecondsOf, type Timestamp } from './time.ts'

export type PermissionFlag =
  | 'allow_download'
  | 'allow_upload'
  | 'allow_list'
  | 'allow_delete'
  | 'allow_lock'
  | 'allow_put_object_retention'
  | 'allow_get_object_retention'
  | 'allow_put_object_legal_hold'
  | 'allow_get_object_legal_hold'
  | 'allow_bypass_governance_retention'
  | 'allow_put_bucket_object_lock_configuration'
  | 'allow_get_bucket_object_lock_configuration'
  | 'allow_put_bucket_notification_configuration'
  | 'allow_get_bucket_notification_configuration'

const flagForbidding: { readonly [flag in PermissionFlag]: CaveatFlag } = {
  allow_download: 'disallow_reads',
  allow_upload: 'disallow_writes',
  allow_list: 'disallow_lists',
  allow_delete: 'disallow_deletes',
  allow_lock: 'disallow_locks',
  allow_put_object_retention: 'disallow_put_retention',
  allow_get_object_retention: 'disallow_get_retention',
  allow_put_object_legal_hold: 'disallow_put_legal_hold',
  allow_get_object_legal_hold: 'disallow_get_legal_hold',
  allow_bypass_governance_retention: 'disallow_bypass_governance_retention',
  allow_put_bucket_object_lock_configuration: 'disallow_put_bucket_object_lock_configuration',
  allow_get_bucket_object_lock_configuration: 'disallow_get_bucket_object_lock_configuration',
  allow_put_bucket_notification_configuration: 'disallow_put_bucket_notification_configuration',
  allow_get_bucket_notification_configuration: 'disallow_get_bucket_notification_configuration',
}

/** What a restricted access grant may still do, and when. Start from {@link noPermission} and add. */
export type Permission = { readonly [flag in PermissionFlag]: boolean } & {
  /** Both ends still count as allowed. */
  readonly not_after?: Timestamp
  readonly not_before?: Timestamp
  /** The longest that new objects live. */
  readonly max_object_ttl?: Duration
}

/** Every permission flag, in the order of the caveat fields. */
export const permissionFlags: readonly PermissionFlag[] = Object.keys(flagForbidding) as PermissionFlag[]

export const noPermission: Permission = withAllFlags(false)
export const fullPermission: Permission = withAllFlags(true)

const nonceLength = 4

/**
 * The caveat that leaves exactly this permission on exactly these paths (none means everywhere).
 *
 * The nonce is 4 fresh random bytes. Without it, equal restrictions would be equal keys and share one revocation.
 *
 * @source storj/common grant/restrict.go
 * @throws AccessGrantError `permission_empty` `time_range` `ttl` `nonce`
 */
export function permissionToCaveat(
  permission: Permission,
  paths: readonly AllowedPath[],
  nonce: Uint8Array,
): Caveat {
  const { not_after, not_before } = setTimes(permission)
  const { max_object_ttl } = permission
  if (!permissionFlags.some((flag) => permission[flag]) && !not_after && !not_before && !max_object_ttl) {
    throw new AccessGrantError('permission_empty', 'the permission allows nothing and limits nothing')
  }
  if (not_after && not_before && compareTimestamps(not_after, not_before) < 0) {
    throw new AccessGrantError('time_range', 'not_after comes before not_before')
  }
  if (max_object_ttl && nanosecondsOf(max_object_ttl) <= 0n) {
    throw new AccessGrantError('ttl', 'max_object_ttl is not positive')
  }
  if (nonce.length !== nonceLength) {
    throw new AccessGrantError('nonce', `the nonce is ${nonce.length} bytes long, expected 4`)
  }
  return {
    ...forbidden(permission),
    allowed_paths: paths,
    ...(not_after && { not_after }),
    ...(not_before && { not_before }),
    ...(max_object_ttl && { max_object_ttl }),
    nonce,
  }
}

/** The permission that one caveat leaves: the reading of {@link permissionToCaveat} backwards. */
export function permissionOfCaveat(caveat: Caveat): Permission {
  const allowed = permissionFlags.map((flag) => [flag, !caveat[flagForbidding[flag]]] as const)
  return {
    ...(Object.fromEntries(allowed) as Record<PermissionFlag, boolean>),
    ...(caveat.not_after && { not_after: caveat.not_after }),
    ...(caveat.not_before && { not_before: caveat.not_before }),
    ...(caveat.max_object_ttl && { max_object_ttl: caveat.max_object_ttl }),
  }
}

function forbidden(permission: Permission): Record<CaveatFlag, boolean> {
  const flags = { ...nothingForbidden }
  for (const flag of permissionFlags) flags[flagForbidding[flag]] = !permission[flag]
  return flags
}

/** Go's zero time means that no time is set. */
function setTimes({ not_after, not_before }: Permission): Pick<Permission, 'not_after' | 'not_before'> {
  return {
    ...(not_after && !isZeroTime(not_after) && { not_after }),
    ...(not_before && !isZeroTime(not_before) && { not_before }),
  }
}

function withAllFlags(allowed: boolean): Permission {
  return Object.fromEntries(permissionFlags.map((flag) => [flag, allowed])) as Record<PermissionFlag, boolean>
}
