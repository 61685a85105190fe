import { forbids, type Operation } from './action.ts'
import type { ApiKey } from './api-key.ts'
import { maxObjectTtl } from './api-key.ts'
import { type Caveat, parseCaveat } from './caveat.ts'
import { type Permission, type PermissionFlag, permissionFlags } from './permission.ts'
import { compareTimestamps, type Timestamp } from './time.ts'

const operationOf: { readonly [flag in PermissionFlag]: Operation } = {
  allow_download: 'read',
  allow_upload: 'write',
  allow_list: 'list',
  allow_delete: 'delete',
  allow_lock: 'lock',
  allow_put_object_retention: 'put_object_retention',
  allow_get_object_retention: 'get_object_retention',
  allow_put_object_legal_hold: 'put_object_legal_hold',
  allow_get_object_legal_hold: 'get_object_legal_hold',
  allow_bypass_governance_retention: 'bypass_governance_retention',
  allow_put_bucket_object_lock_configuration: 'put_bucket_object_lock_configuration',
  allow_get_bucket_object_lock_configuration: 'get_bucket_object_lock_configuration',
  allow_put_bucket_notification_configuration: 'put_bucket_notification_configuration',
  allow_get_bucket_notification_configuration: 'get_bucket_notification_configuration',
}

/**
 * What all caveats of a key together leave, wherever its paths allow it. The signature is not looked at.
 *
 * @throws AccessGrantError `protobuf` when a caveat cannot be decoded; such a key can do nothing
 */
export function effectivePermission(apiKey: ApiKey): Permission {
  const caveats = apiKey.caveats.map(parseCaveat)
  const allowed = permissionFlags.map((flag) => {
    const op = operationOf[flag]
    return [flag, !caveats.some((caveat) => forbids(caveat, op))] as const
  })
  const not_after = extreme(caveats, 'not_after', -1)
  const not_before = extreme(caveats, 'not_before', 1)
  const max_object_ttl = maxObjectTtl(apiKey)
  return {
    ...(Object.fromEntries(allowed) as Record<PermissionFlag, boolean>),
    ...(not_after && { not_after }),
    ...(not_before && { not_before }),
    ...(max_object_ttl && { max_object_ttl }),
  }
}

/** The earliest (-1) or the latest (1) of the times given. */
function extreme(
  caveats: readonly Caveat[],
  name: 'not_after' | 'not_before',
  direction: -1 | 1,
): Timestamp | undefined {
  return caveats
    .map((caveat) => caveat[name])
    .reduce((best, time) => {
      if (time === undefined || best === undefined) return best ?? time
      return compareTimestamps(time, best) * direction > 0 ? time : best
    }, undefined)
}
