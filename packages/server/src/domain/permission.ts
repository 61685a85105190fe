import { noPermission, type Permission } from '@valetkey/access-grant'
import type { ScopeAction, ScopeSet } from '@valetkey/protocol'

/**
 * What each action lets through. Every other right the caveat format knows stays refused, bypassing governance
 * retention and bucket notifications among them: no scope stands for those.
 */
const rights: Record<ScopeAction, Partial<Permission>> = {
  read: { allow_download: true },
  write: { allow_upload: true },
  list: { allow_list: true },
  delete: { allow_delete: true },
  lock: {
    allow_lock: true,
    allow_put_object_retention: true,
    allow_get_object_retention: true,
    allow_put_object_legal_hold: true,
    allow_get_object_legal_hold: true,
    allow_put_bucket_object_lock_configuration: true,
    allow_get_bucket_object_lock_configuration: true,
  },
}

/** The approved scopes as the rights and places of an access grant that ends at `not_after` (epoch seconds). */
export function permissionOf(
  set: ScopeSet,
  not_after: number,
): { permission: Permission; prefixes: ScopeSet['places'] } {
  const allowed: Partial<Permission> = {}
  for (const action of set.actions) Object.assign(allowed, rights[action])
  return {
    permission: { ...noPermission, ...allowed, not_after: { seconds: BigInt(not_after), nanos: 0 } },
    prefixes: set.places,
  }
}
