import {
  durationFromSeconds,
  type Permission,
  permissionForActions,
  timestampFromSeconds,
} from '@valetkey/access-grant'
import type { ScopeSet } from '@valetkey/protocol'

/**
 * The approved scopes as the rights and places of an access grant that ends at `not_after` (epoch seconds), and whose
 * objects live at most `max_object_ttl` seconds where that is given.
 *
 * @throws RangeError for an end before 1970, since a caveat could take it for none, and for a bound that bounds nothing
 */
export function permissionOf(
  set: ScopeSet,
  not_after: number,
  max_object_ttl?: number | null,
): { permission: Permission; prefixes: ScopeSet['places'] } {
  const ttl = max_object_ttl ?? undefined
  return {
    permission: {
      ...permissionForActions(set.actions),
      not_after: timestampFromSeconds(whole(not_after, 0)),
      ...(ttl !== undefined && { max_object_ttl: durationFromSeconds(whole(ttl, 1)) }),
    },
    prefixes: set.places,
  }
}

/** No access grant is without an end, so a slip upstream must not make one. */
function whole(seconds: number, least: number): number {
  if (Number.isSafeInteger(seconds) && seconds >= least) return seconds
  throw new RangeError(`whole seconds expected, ${least} or more`)
}
