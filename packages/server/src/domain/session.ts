import type { AccountKind } from './account.ts'

/** Somebody signed in. The token itself is never stored; its SHA-256 is. */
export interface Session {
  /** SHA-256 of the token, base64url, 43 characters. */
  readonly token_hash: string
  readonly kind: AccountKind
  readonly account_id: string
  /** Epoch seconds. */
  readonly created_at: number
  /** Epoch seconds; moved forward by a refresh. */
  readonly expires_at: number
  /** Seconds that a refresh adds from then on. */
  readonly ttl_seconds: number
}
