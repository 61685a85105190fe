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
  /** The peer's address at the sign-in; empty when it was not kept. */
  readonly network: string
  /** What the browser called itself at the sign-in: hostile text, cut and cleaned. Empty when it said nothing. */
  readonly user_agent: string
}

/**
 * How a session is named to its account: the first 16 characters of its hash.
 *
 * 96 bits, so no two of one account are ever alike, and no column is spent on it. The hash opens nothing by itself, yet
 * it is what a session is looked up by, so the whole of it stays inside.
 */
export function sessionId({ token_hash }: Pick<Session, 'token_hash'>): string {
  return token_hash.slice(0, sessionIdLength)
}

export const sessionIdLength = 16
