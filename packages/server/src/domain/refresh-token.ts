import type { EncryptedPrefix } from '@valetkey/protocol'

/** What all refresh tokens of one grant have in common. */
export interface RefreshFamily {
  readonly grant_id: string
  readonly client_id: string
  readonly user_id: string
  /** Epoch seconds. */
  readonly created_at: number
  /** The end of all of them, however busy: never after that of the grant. */
  readonly expires_at: number
  readonly max_object_ttl: number | null
  /** The storage keys, where the user's browser sealed them; gone when the grant ends. */
  readonly sealed_encryption_access: string | null
  /** Where the grant leads, as the storage network sees it: settled when its code was redeemed, whoever has the keys. */
  readonly encrypted_prefixes: readonly EncryptedPrefix[]
}

/** One of them. Each is good for one rotation. @source RFC 9700 §4.14.2 */
export interface RefreshToken {
  /** SHA-256 of the server's half, base64url. */
  readonly token_hash: string
  readonly grant_id: string
  /** Epoch seconds. */
  readonly created_at: number
  /** When nobody used it until then. */
  readonly expires_at: number
  readonly rotated_at: number | null
}
