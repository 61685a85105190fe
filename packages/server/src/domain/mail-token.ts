import type { AccountKind } from './account.ts'

/** A one-time secret that travels by mail: to reset a password, or to prove an address. */
export interface MailToken {
  /** SHA-256 of the token, base64url, 43 characters. */
  readonly token_hash: string
  readonly kind: AccountKind
  readonly purpose: 'reset_password' | 'verify_email'
  readonly account_id: string
  /** Epoch seconds. */
  readonly expires_at: number
}
