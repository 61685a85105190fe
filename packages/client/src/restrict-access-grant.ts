import {
  durationFromSeconds,
  type Permission,
  parseAccessGrant,
  permissionForActions,
  restrictAccessGrant as restrict,
  serializeAccessGrant,
  timestampFromSeconds,
} from '@valetkey/access-grant'
import { type AccessForm, placesOf } from './access-form.ts'

export type RestrictionForm = AccessForm & {
  /** Epoch seconds. */
  readonly not_before?: number
}

const fields: Readonly<Record<keyof RestrictionForm, true>> = {
  actions: true,
  bucket: true,
  prefix: true,
  places: true,
  not_before: true,
  not_after: true,
  max_object_ttl: true,
}

/**
 * A narrower access grant, made here without asking anybody: for a worker, a browser, another service.
 *
 * It never allows more than the given one, and ends with it. Places that the given one does not cover stay closed.
 *
 * @param form.actions what is left of what may be done
 * @throws RangeError for a field that is none of these or undefined, for `places` without a place, and for times and spans
 *   that are none: they would restrict nothing
 * @throws AccessGrantError `permission_empty` `time_range` `missing_encryption_base`, and whatever is wrong with the
 *   given one
 */
export function restrictAccessGrant(access_grant: string, form: RestrictionForm): string {
  const unknown = Object.keys(form).find((name) => !Object.hasOwn(fields, name))
  if (unknown !== undefined) throw new RangeError(`a restriction has no field ${unknown}`)
  const nonce = crypto.getRandomValues(new Uint8Array(4))
  const grant = parseAccessGrant(access_grant)
  return serializeAccessGrant(restrict(grant, permissionOf(form), placesOf(form), nonce))
}

function permissionOf({ actions, not_before, not_after, max_object_ttl }: RestrictionForm): Permission {
  return {
    ...permissionForActions(actions),
    ...(not_before === undefined ? {} : { not_before: timestampFromSeconds(positive(not_before)) }),
    ...(not_after === undefined ? {} : { not_after: timestampFromSeconds(positive(not_after)) }),
    ...(max_object_ttl === undefined
      ? {}
      : { max_object_ttl: durationFromSeconds(positive(max_object_ttl)) }),
  }
}

/** Some other numbers would stand for no limit at all. */
function positive(seconds: number): number {
  if (Number.isSafeInteger(seconds) && seconds > 0) return seconds
  throw new RangeError('times and spans are whole seconds, at least 1')
}
