/**
 * Scopes: what an app may do (`read`, `write`, `list`, `delete`, `lock`) and where (`bucket:NAME`,
 * `bucket:NAME;PREFIX`). Actions add up, places add up; without a place the whole project is meant.
 */
export const actions = ['read', 'write', 'list', 'delete', 'lock'] as const
export type ScopeAction = (typeof actions)[number]

/** Actions that destroy or bind; giving them is never a default. */
export const graveActions: readonly ScopeAction[] = ['delete', 'lock']

/** A bucket, or the part of it whose object keys begin with `prefix` (whole path components; '' is all of it). */
export interface Place {
  readonly bucket: string
  readonly prefix: string
}

export interface ScopeSet {
  readonly actions: readonly ScopeAction[]
  /** Empty: the whole project. */
  readonly places: readonly Place[]
}

export type ScopeParse =
  | { readonly ok: true; readonly scopes: readonly string[]; readonly set: ScopeSet }
  | { readonly ok: false; readonly problem: string }

/** Bucket names as S3 has them: 3 to 63 characters. */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** Whatever a reader cannot see or that is no character at all; and the comma, which joins lists elsewhere. */
const forbiddenInPrefix = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800,\\]/u
const maxScopes = 64
const maxScopeLength = 1100

/** Splits a scope parameter of a URL or form: commas and spaces both separate. @source RFC 6749 §3.3 (space) */
export function splitScopes(text: string): string[] {
  return text.split(/[ ,]+/).filter((scope) => scope !== '')
}

/** Parses a list of scopes, each element exactly one; unknown ones are refused, repeated ones kept once. */
export function parseScopes(list: readonly string[]): ScopeParse {
  const scopes = [...new Set(list)]
  if (scopes.length > maxScopes) return { ok: false, problem: `at most ${maxScopes} scopes` }
  const found: ScopeAction[] = []
  const places: Place[] = []
  for (const scope of scopes) {
    const action = actions.find((known) => known === scope)
    if (action !== undefined) {
      found.push(action)
      continue
    }
    const place = parsePlace(scope)
    if (typeof place === 'string') return { ok: false, problem: place }
    places.push(place)
  }
  return { ok: true, scopes, set: { actions: found, places } }
}

/** The scope that names a place, which is a good one if `parseScopes` takes it. */
export const placeScope = ({ bucket, prefix }: Place): string =>
  prefix === '' ? `bucket:${bucket}` : `bucket:${bucket};${prefix}`

/** The place a `bucket:` scope names, or what is wrong with it in words that repeat none of its text. */
function parsePlace(scope: string): Place | string {
  if (!scope.startsWith('bucket:')) {
    return `unknown scope; known are ${actions.join(', ')}, bucket:NAME and bucket:NAME;PREFIX`
  }
  if (scope.length > maxScopeLength) return `a scope of more than ${maxScopeLength} characters`
  const rest = scope.slice('bucket:'.length)
  const end = rest.indexOf(';')
  const bucket = end < 0 ? rest : rest.slice(0, end)
  const prefix = end < 0 ? '' : rest.slice(end + 1)
  if (!bucketName.test(bucket)) {
    return 'a bucket name has 3 to 63 lower-case letters, digits, dots or hyphens'
  }
  if (forbiddenInPrefix.test(prefix) || /%2f/i.test(prefix)) {
    return 'a prefix has no control or invisible characters, commas, backslashes or encoded slashes'
  }
  const components = componentsOf(prefix)
  if (components.some((component) => component === '' || component === '.' || component === '..')) {
    return 'a prefix has no empty, . or .. components'
  }
  return { bucket, prefix }
}

/** A single trailing slash does not count: `2024` and `2024/` are the same place, and never `2024-private`. */
function componentsOf(prefix: string): string[] {
  const trimmed = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  return trimmed === '' && prefix === '' ? [] : trimmed.split('/')
}

function placeIsWithin(narrow: Place, wide: Place): boolean {
  if (narrow.bucket !== wide.bucket) return false
  const inner = componentsOf(narrow.prefix)
  return componentsOf(wide.prefix).every((component, index) => inner[index] === component)
}

/** True when everything `narrow` allows is allowed by `wide` as well. */
export function isWithin(narrow: ScopeSet, wide: ScopeSet): boolean {
  if (!narrow.actions.every((action) => wide.actions.includes(action))) return false
  if (wide.places.length === 0) return true
  if (narrow.places.length === 0) return false
  return narrow.places.every((place) => wide.places.some((outer) => placeIsWithin(place, outer)))
}
