import type { EncryptedPrefix } from '@valetkey/protocol'
import type { Dialect } from './authorization-request.ts'

/** The one-time proof of an approval. Plain in flight, hashed at rest, redeemed at most once. */
export interface AuthorizationCode {
  readonly id: string
  /** SHA-256 of the server's half of the code, base64url, 43 characters. */
  readonly code_hash: string
  readonly request_id: string
  readonly client_id: string
  readonly user_id: string
  readonly project_id: string
  readonly redirect_uri: string
  readonly approved_scopes: readonly string[]
  /** Epoch seconds: when the access that this code stands for ends. */
  readonly not_after: number
  readonly code_challenge: string | null
  /** In which the request was made. */
  readonly dialect: Dialect
  /** Whether redeeming it begins a family of refresh tokens. */
  readonly offline_access: boolean
  /** Seconds: the longest that objects written with this access live. */
  readonly max_object_ttl: number | null
  /** Epoch seconds. */
  readonly created_at: number
  readonly expires_at: number
  readonly spent_at: number | null
  /** Set when the user, the developer or a disabled client took the approval back before it was redeemed. */
  readonly revoked_at: number | null
  /** The grant that redeeming it made. */
  readonly grant_id: string | null
  /** The storage keys that the user's browser sealed, base64url; null without, and once the code is spent or revoked. */
  readonly sealed_encryption_access: string | null
  /** The approved places as the storage network sees them, from the same browser; null when the keys are derived here. */
  readonly encrypted_prefixes: readonly EncryptedPrefix[] | null
  /** The browser's half, sealed to the device that asked; null where the app has it from its redirect. */
  readonly sealed_half: string | null
}
