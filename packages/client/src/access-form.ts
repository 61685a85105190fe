import type { Place, ScopeAction, StorageAccessDetail } from '@valetkey/protocol'
import { isText } from './json.ts'

/** Access to storage in words: what may be done, where, until when. */
export type AccessForm = {
  readonly actions: readonly ScopeAction[]
  /** Epoch seconds. */
  readonly not_after?: number
  /** Seconds: the longest that objects written with this access live. */
  readonly max_object_ttl?: number
} & AccessPlaces

/** One place, several, or none at all: the whole project. A prefix counts in whole path components. */
export type AccessPlaces =
  | { readonly bucket?: string; readonly prefix?: string; readonly places?: never }
  | { readonly places: readonly Place[]; readonly bucket?: never; readonly prefix?: never }

/** Access that an app asks a user for. */
export type RequestedAccess = AccessForm & {
  /** The id of one project of the user; absent: the user chooses. */
  readonly project?: string
}

/** What is asked for, in one of two ways of saying it. */
export type AskedAccess =
  | { readonly access: RequestedAccess; readonly scope?: never }
  | {
      /** Separated by spaces: `read write list delete lock bucket:NAME bucket:NAME;PREFIX`. */
      readonly scope: string
      readonly access?: never
    }

/**
 * The places of a form; none is the whole project.
 *
 * @throws RangeError for a place that is none: a filter that finds nothing, or a name that is not there, must not end as
 *   access to everything
 */
export function placesOf(form: AccessPlaces): readonly Place[] {
  refuseUndefined(form)
  const { bucket, prefix, places } = form
  if (places !== undefined) {
    if (bucket !== undefined || prefix !== undefined)
      throw new RangeError('a place is named by bucket and prefix or in places, and not in both')
    if (places.length === 0) throw new RangeError('places has none; without places it is the whole project')
    return places.map(placeIn)
  }
  if (bucket !== undefined) return [placeIn({ bucket, prefix: prefix ?? '' })]
  if (prefix !== undefined) throw new RangeError('a prefix needs its bucket')
  return []
}

function placeIn({ bucket, prefix }: Place): Place {
  if (!isText(bucket) || bucket === '' || !isText(prefix))
    throw new RangeError('a place is the name of a bucket and a prefix, which may be empty')
  return { bucket, prefix }
}

/** Whoever names a limit and has none at hand did not mean to go without. */
function refuseUndefined(form: object, among?: readonly string[]): void {
  for (const [name, value] of Object.entries(form))
    if (value === undefined && (among?.includes(name) ?? true))
      throw new RangeError(`${name} is undefined, which limits nothing: leave it out, or give it a value`)
}

/** One element per place; they agree in all the rest. */
export function detailsOf(access: RequestedAccess): StorageAccessDetail[] {
  const { bucket: _, prefix: __, places: ___, ...rest } = access
  const detail = { type: 'storage_access', ...rest } as const
  const places = placesOf(access)
  if (places.length === 0) return [detail]
  return places.map(({ bucket, prefix }) => ({ ...detail, bucket, ...(prefix === '' ? {} : { prefix }) }))
}

/**
 * What is asked for, as form fields.
 *
 * @throws RangeError for what would ask for everything without saying so
 * @source RFC 6749 §3.3, RFC 9396 §3
 */
export function accessFields(
  asked: AskedAccess | { readonly access?: never; readonly scope?: never },
  offline_access = false,
): { readonly scope: string | undefined; readonly authorization_details: string | undefined } {
  refuseUndefined(asked, ['access', 'scope'])
  const { access, scope = '' } = asked
  if (asked.scope?.trim() === '') throw new RangeError('scope is empty')
  const words = offline_access ? `${scope} offline_access`.trim() : scope
  return {
    scope: words === '' ? undefined : words,
    authorization_details: access === undefined ? undefined : JSON.stringify(detailsOf(access)),
  }
}
