import { parseScopes } from '@valetkey/protocol'

export type GrantState = 'active' | 'revoked'

/** Who ended a grant, for the record: the user, the developer (client disabled or deleted), the client, the operator, or
 * a code or refresh token that was used twice. */
export type RevokedBy = 'user' | 'developer' | 'client' | 'operator' | 'replay'

/** The lasting record: this user lets this client have these scopes of this project until then. */
export interface Grant {
  readonly id: string
  readonly user_id: string
  readonly client_id: string
  readonly project_id: string
  readonly request_id: string
  readonly scopes: readonly string[]
  /** Epoch seconds. */
  readonly created_at: number
  /** Epoch seconds; a grant always ends. */
  readonly not_after: number
  readonly state: GrantState
  readonly revoked_at: number | null
  readonly revoked_by: RevokedBy | null
}

/**
 * What several grants open together, as scopes, and rather too much than too little: actions add up, and one grant for
 * the whole project makes it the whole project.
 */
export function reachOf(grants: readonly (readonly string[])[]): readonly string[] {
  const parsed = grants.map((scopes) => parseScopes(scopes))
  const whole = parsed.some((grant) => grant.ok && grant.set.places.length === 0)
  return [...new Set(grants.flat())].filter((scope) => !(whole && scope.startsWith('bucket:')))
}
