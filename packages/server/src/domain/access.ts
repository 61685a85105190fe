import {
  accessIsWithin,
  type EncryptedPrefix,
  parseAuthorizationDetails,
  parseScopes,
  parseScopeText,
  placeScope,
  type StorageAccess,
  scopesOf,
} from '@valetkey/protocol'
import type { AuthorizationCode } from './authorization-code.ts'
import type { Client } from './client.ts'
import type { Grant } from './grant.ts'
import { ungrantable } from './grantable.ts'
import type { RefreshFamily } from './refresh-token.ts'
import { failed, passed, type Verdict } from './verdict.ts'

/** What one access grant lets through, and until when. */
export interface Access {
  readonly scopes: readonly string[]
  readonly project_id: string
  /** Epoch seconds. */
  readonly not_after: number
  /** Seconds that objects written with it live at most. */
  readonly max_object_ttl: number | null
  /** Its places as the storage network sees them, in the order of the scopes; null where the keys say. */
  readonly encrypted_prefixes: readonly EncryptedPrefix[] | null
}

/** All that a code stands for. */
export const accessOfCode = (code: AuthorizationCode): Access => ({
  scopes: [...code.approved_scopes],
  project_id: code.project_id,
  not_after: code.not_after,
  max_object_ttl: code.max_object_ttl,
  encrypted_prefixes: code.encrypted_prefixes,
})

/** All that a grant still stands for, as long as it can be renewed. */
export const accessOfGrant = (grant: Grant, family: RefreshFamily): Access => ({
  scopes: [...grant.scopes],
  project_id: grant.project_id,
  not_after: Math.min(grant.not_after, family.expires_at),
  max_object_ttl: family.max_object_ttl,
  encrypted_prefixes: family.encrypted_prefixes,
})

/** The same in the words of `authorization_details`. */
export function storageAccessOf({ scopes, project_id, not_after, max_object_ttl }: Access): StorageAccess {
  const parsed = parseScopes(scopes)
  if (!parsed.ok) throw new Error('stored scopes do not parse')
  return {
    ...parsed.set,
    project: project_id,
    not_after,
    ...(max_object_ttl === null ? {} : { max_object_ttl }),
  }
}

/** What a token request may leave out of what was granted. @source RFC 6749 §6; RFC 9396 §6 */
export interface Narrowing {
  readonly scope?: string | undefined
  readonly authorization_details?: string | undefined
}

/** What binds a token request beside what was granted. */
interface Bounds {
  readonly client: Client
  /** Epoch seconds. */
  readonly now: number
}

/**
 * As much of the access as the token request asks for: actions may be left out, places as well, an end may come sooner.
 * Places are named as they were granted; what lies within one is for the holder to cut off, offline. None of it is more
 * than the client is registered for today.
 */
export function narrowedAccess(
  access: Access,
  narrowing: Narrowing,
  { client, now }: Bounds,
): Verdict<Access> {
  const narrowed = leftOf(access, narrowing)
  if (!narrowed.ok) return narrowed
  const { actions, places, not_after = 0 } = storageAccessOf(narrowed.value)
  const problem = ungrantable(client, { actions, places })
  if (problem !== undefined) return failed('access_unregistered', { problem })
  if (not_after <= now)
    return narrowing.authorization_details === undefined
      ? failed('access_over', { ended_at: not_after })
      : unfit('not_after lies in the past')
  return narrowed
}

function leftOf(access: Access, { scope, authorization_details }: Narrowing): Verdict<Access> {
  if (authorization_details !== undefined) {
    if (scope !== undefined) return unfit('scope has no place beside them in a token request')
    const parsed = parseAuthorizationDetails(authorization_details)
    if (!parsed.ok) return unfit(parsed.problem)
    return narrowedTo(access, parsed.access) ?? failed('details_wider')
  }
  if (scope === undefined) return passed(access)
  const parsed = parseScopeText(scope)
  if (!parsed.ok) return failed('access_wider', { problem: parsed.problem }, `scope: ${parsed.problem}.`)
  // Words of places left out leave the places as they are: whoever drops a word means less, never the whole project.
  const { places } = parsed.set.places.length > 0 ? parsed.set : storageAccessOf(access)
  return narrowedTo(access, { ...parsed.set, places }) ?? failed('access_wider')
}

const unfit = (problem: string) => failed('details_unfit', { problem }, `authorization_details: ${problem}.`)

function narrowedTo(access: Access, wanted: StorageAccess): Verdict<Access> | undefined {
  const granted = storageAccessOf(access)
  const asked: StorageAccess = {
    project: access.project_id,
    not_after: access.not_after,
    ...(access.max_object_ttl === null ? {} : { max_object_ttl: access.max_object_ttl }),
    ...wanted,
  }
  const names = granted.places.map(placeScope)
  const kept = asked.places.map((place) => names.indexOf(placeScope(place)))
  const sameWhere = granted.places.length === 0 ? asked.places.length === 0 : !kept.includes(-1)
  if (asked.actions.length === 0 || !sameWhere || !accessIsWithin(asked, granted)) return undefined
  const { encrypted_prefixes } = access
  return passed({
    scopes: scopesOf(asked),
    project_id: access.project_id,
    not_after: asked.not_after ?? access.not_after,
    max_object_ttl: asked.max_object_ttl ?? null,
    encrypted_prefixes: encrypted_prefixes && kept.flatMap((at) => encrypted_prefixes[at] ?? []),
  })
}
