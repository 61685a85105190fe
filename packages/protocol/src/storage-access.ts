import { parseDistinctJson } from './distinct-json.ts'
import {
  actions,
  isWithin,
  type Place,
  parseScopes,
  placeScope,
  type ScopeAction,
  type ScopeSet,
} from './scope.ts'
import { secondsPerDay } from './time.ts'

/**
 * What one access grant can carry, in either notation of it: words (`scope`) or objects (`authorization_details`).
 * A grant has one set of actions for all its places, and one end.
 */
export interface StorageAccess {
  readonly actions: readonly ScopeAction[]
  /** Empty: the whole project. */
  readonly places: readonly Place[]
  /** The one project that is meant; absent: the user chooses. */
  readonly project?: string
  /** Epoch seconds, themselves still allowed. */
  readonly not_after?: number
  /** Seconds: the longest that objects written with this access live. */
  readonly max_object_ttl?: number
}

/** One element of `authorization_details`: one place, or without `bucket` the whole project. @source RFC 9396 §2 */
export type StorageAccessDetail = {
  readonly type: 'storage_access'
  readonly project?: string
  readonly bucket?: string
  /** How the keys of the objects begin, in whole path components; absent or empty: the whole bucket. */
  readonly prefix?: string
  readonly actions: readonly ScopeAction[]
  readonly not_after?: number
  readonly max_object_ttl?: number
}

interface Refused {
  readonly ok: false
  readonly problem: string
}

const refused = (problem: string): Refused => ({ ok: false, problem })

const maxBytes = 32 * 1024
const maxDepth = 4
const maxDetails = 64
/** The year 10000, which dates cannot write any more. */
const endOfTime = 253_402_300_800
const maxTtl = 10 * 365 * secondsPerDay

/**
 * The access that `authorization_details` ask for: the JSON text of an array of {@link StorageAccessDetail}.
 *
 * At most 32 KiB and 64 details, which differ in nothing but their places. What is not known, repeated or ambiguous is
 * refused, in words that repeat none of the text. Actions and places together are at most 64, as scopes are.
 *
 * @source RFC 9396 §2, §5
 */
export function parseAuthorizationDetails(
  text: string,
): { readonly ok: true; readonly access: StorageAccess } | Refused {
  if (new TextEncoder().encode(text).length > maxBytes) return refused(`has more than ${maxBytes} bytes`)
  const json = parseDistinctJson(text, maxDepth)
  if (!json.ok) return json
  if (!Array.isArray(json.value)) return refused('is not an array')
  const values: readonly unknown[] = json.value
  if (values.length > maxDetails) return refused(`has more than ${maxDetails} elements`)
  for (const [index, value] of values.entries()) {
    const problem = problemOf(value)
    if (problem !== undefined) return refused(`element ${index + 1}: ${problem}`)
  }
  return accessOf(values as readonly StorageAccessDetail[])
}

/** The details that stand for this access, one per place: the inverse of {@link parseAuthorizationDetails}. */
export function authorizationDetailsOf(access: StorageAccess): StorageAccessDetail[] {
  const places: readonly Partial<Place>[] = access.places.length === 0 ? [{}] : access.places
  return places.map(({ bucket, prefix }) => ({
    type: 'storage_access',
    ...(bucket !== undefined && { bucket }),
    ...(prefix && { prefix }),
    actions: access.actions,
    ...termsOf(access),
  }))
}

const offlineAccess = 'offline_access'
/** Visible ASCII but `"` and `\`. @source RFC 6749 §3.3 */
const scopeToken = /^[!#-[\]-~]+$/

/**
 * Parses `scope` as OAuth writes it: words, one space between each two, repeated ones kept once.
 *
 * What a word cannot hold is percent-encoded in the prefix of a place, as UTF-8, and nowhere else; a slash never is.
 * `offline_access` is no scope of the storage and is told apart.
 *
 * @source RFC 6749 §3.3; OpenID Connect Core 1.0 §11
 */
export function parseScopeText(text: string):
  | {
      readonly ok: true
      readonly scopes: readonly string[]
      readonly set: ScopeSet
      readonly offline_access: boolean
    }
  | Refused {
  const tokens = text.split(' ')
  if (tokens.some((token) => token.includes(',') && !token.startsWith('bucket:')))
    return refused('scopes are separated by spaces, not by commas')
  if (!tokens.every((token) => scopeToken.test(token))) {
    return refused('scopes are visible ASCII without quotes and backslashes, with one space between each two')
  }
  const list: string[] = []
  for (const token of tokens) {
    if (token === offlineAccess) continue
    const scope = decodeScope(token)
    if (scope === undefined) return refused('% in a prefix begins two hex digits of UTF-8, never of a slash')
    list.push(scope)
  }
  const parsed = parseScopes(list)
  if (!parsed.ok) return refused(parsed.problem.replace('known are ', `known are ${offlineAccess}, `))
  return { ...parsed, offline_access: tokens.includes(offlineAccess) }
}

/** The text that {@link parseScopeText} reads as these scopes, which are good ones; empty without any. */
export function scopeTextOf(scopes: readonly string[], offline_access = false): string {
  const words = scopes.map((scope) => scope.replace(/[^!#-[\]-~]|%/gu, (char) => encodeURIComponent(char)))
  return [...words, ...(offline_access ? [offlineAccess] : [])].join(' ')
}

/** The scopes of a set: its actions, then its places. */
export function scopesOf(set: ScopeSet): string[] {
  return [...set.actions, ...set.places.map(placeScope)]
}

/** True when everything `narrow` allows, for as long as it does, is allowed by `wide` as well. @source RFC 9396 §6.1 */
export function accessIsWithin(narrow: StorageAccess, wide: StorageAccess): boolean {
  return (
    isWithin(narrow, wide) &&
    (wide.project === undefined || narrow.project === wide.project) &&
    keepsTo(narrow.not_after, wide.not_after) &&
    keepsTo(narrow.max_object_ttl, wide.max_object_ttl)
  )
}

const keepsTo = (value: number | undefined, bound: number | undefined): boolean =>
  bound === undefined || (value !== undefined && value <= bound)

type Rule = readonly [holds: (value: unknown) => boolean, problem: string]

/** What each member must be. A name that is not here is unknown, whatever objects inherit. */
const rules: { readonly [member in keyof StorageAccessDetail]-?: Rule } = {
  type: [(value) => value === 'storage_access', 'the only type is storage_access'],
  project: [
    (value) => typeof value === 'string' && /^[\w-]{1,64}$/.test(value),
    'project has 1 to 64 letters, digits, hyphens or underscores',
  ],
  // A place is read from its scope, where a semicolon would begin the prefix.
  bucket: [(value) => typeof value === 'string' && !value.includes(';'), 'bucket is not the name of one'],
  prefix: [(value) => typeof value === 'string', 'prefix is not a text'],
  actions: [isActions, `actions are one or more of ${actions.join(', ')}, each once`],
  not_after: [(value) => isWholeUpTo(endOfTime - 1, value), 'not_after is not a time in epoch seconds'],
  max_object_ttl: [
    (value) => isWholeUpTo(maxTtl, value),
    `max_object_ttl is not a number of seconds, 1 to ${maxTtl}`,
  ],
}

function problemOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not an object'
  const members = new Map<string, unknown>(Object.entries(value))
  // The type first: another one would have other members.
  if (!rules.type[0](members.get('type'))) return rules.type[1]
  if (![...members.keys()].every((name) => Object.hasOwn(rules, name))) {
    return `it has an unknown member; known are ${Object.keys(rules).join(', ')}`
  }
  if (!members.has('actions')) return rules.actions[1]
  if (members.has('prefix') && !members.has('bucket')) return 'a prefix needs its bucket'
  const broken = Object.entries(rules).find(
    ([name, [holds]]) => members.has(name) && !holds(members.get(name)),
  )
  return broken?.[1][1]
}

function accessOf(
  details: readonly StorageAccessDetail[],
): { readonly ok: true; readonly access: StorageAccess } | Refused {
  const [first] = details
  if (first === undefined) return refused('has no elements')
  if (new Set(details.map(sameInAll)).size > 1) {
    return refused('its elements may differ in bucket and prefix alone: an access grant has one of all else')
  }
  const places = details.flatMap(({ bucket, prefix = '' }) =>
    bucket === undefined ? [] : [{ bucket, prefix }],
  )
  if (places.length > 0 && places.length < details.length) {
    return refused('an element without bucket means the whole project and cannot be beside one with a bucket')
  }
  const parsed = parseScopes(scopesOf({ actions: first.actions, places }))
  return parsed.ok ? { ok: true, access: { ...parsed.set, ...termsOf(first) } } : parsed
}

const sameInAll = (detail: StorageAccessDetail): string =>
  JSON.stringify([[...detail.actions].sort(), termsOf(detail)])

type Terms = Pick<StorageAccess, 'project' | 'not_after' | 'max_object_ttl'>

const termsOf = ({ project, not_after, max_object_ttl }: Terms): Terms => ({
  ...(project !== undefined && { project }),
  ...(not_after !== undefined && { not_after }),
  ...(max_object_ttl !== undefined && { max_object_ttl }),
})

function isActions(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0 || new Set(value).size < value.length) return false
  return value.every((one: unknown) => actions.some((known) => known === one))
}

const isWholeUpTo = (max: number, value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max

/** The scope of a word of the text; undefined when it has a broken escape in its prefix. */
function decodeScope(token: string): string | undefined {
  const start = token.startsWith('bucket:') ? token.indexOf(';') + 1 : 0
  if (start === 0) return token
  const prefix = token.slice(start)
  // An encoded slash is a separator to one reader and none to the next.
  if (/%2f/i.test(prefix)) return undefined
  try {
    return token.slice(0, start) + decodeURIComponent(prefix)
  } catch {
    return undefined
  }
}
