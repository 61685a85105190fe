export type GrantState = 'active' | 'revoked'

/** Who ended a grant, for the record: the user, the developer (client disabled or deleted), or a replayed code. */
export type RevokedBy = 'user' | 'developer' | 'replay' | 'operator'

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
