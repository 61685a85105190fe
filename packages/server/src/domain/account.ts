/** Developers and users are two tables of one shape, with two doors and two cookies that are never confused. */
export type AccountKind = 'developer' | 'user'

/**
 * Only `active` accounts sign in. `invited` was made by the operator and waits for its owner to choose a password,
 * `unverified` waits for its mailed code, `closing` is being deleted.
 */
export type AccountState = 'invited' | 'unverified' | 'active' | 'suspended' | 'closing' | 'deleted'

export interface Account {
  /** UUID, time-ordered. */
  readonly id: string
  /** As `normalizeEmail` gives it; unique per kind. */
  readonly email: string
  readonly full_name: string
  readonly company_name: string
  /** PHC string of Argon2id. */
  readonly password_hash: string
  readonly state: AccountState
  /** Epoch seconds. */
  readonly created_at: number
}
