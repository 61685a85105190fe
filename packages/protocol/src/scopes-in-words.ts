import { actions, type Place, parseScopes, type ScopeAction } from './scope.ts'

/** What an action lets an app do, as the end of "It may …". */
export const actionsInWords: Readonly<Record<ScopeAction, string>> = {
  read: 'read files',
  list: 'see which files there are',
  // Writing over a file that is there takes the right to delete as well.
  write: 'upload new files',
  delete: 'delete files',
  lock: 'lock files against changes and deletion',
}

/** Scopes as people read them. */
export interface ScopesInWords {
  /** Each the end of "It may …". Empty: nothing. */
  readonly may: readonly string[]
  /** Whatever else could have been allowed, each the end of "It may not …". */
  readonly mayNot: readonly string[]
  /** Where. Empty when no place is named: then it is the whole project. */
  readonly places: readonly Place[]
}

/** What these scopes mean, always in one order. Scopes that cannot be parsed allow nothing. */
export function scopesInWords(scopes: readonly string[]): ScopesInWords {
  const parsed = parseScopes(scopes)
  const set = parsed.ok ? parsed.set : { actions: [], places: [] }
  const words = (allowed: boolean) =>
    actions
      .filter((action) => set.actions.includes(action) === allowed)
      .map((action) => actionsInWords[action])
  return { may: words(true), mayNot: words(false), places: set.places }
}

/** A place as the end of "It may do so in …". */
export function placeInWords({ bucket, prefix }: Place): string {
  return prefix === '' ? `bucket ${bucket}` : `bucket ${bucket}, below ${prefix}`
}

/** What scopes allow and where, as the end of "It may …". */
export function reachInWords(scopes: readonly string[]): string {
  const { may, places } = scopesInWords(scopes)
  const where = places.length === 0 ? 'a whole project' : listInWords(places.map(placeInWords))
  return `${may.length === 0 ? 'do nothing' : listInWords(may)} in ${where}`
}

/** `one`, `one and two`, `one, two and three`. */
export function listInWords(items: readonly string[]): string {
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`
}
