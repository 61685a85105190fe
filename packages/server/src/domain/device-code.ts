/** A device that waits for its user to approve elsewhere. @source RFC 8628 */
export interface DeviceCode {
  /** SHA-256, base64url; of an approval it becomes the `code_hash`, so that redeeming is redeeming a code. */
  readonly device_code_hash: string
  /** A keyed hash: the code itself is short. */
  readonly user_code_hash: string
  readonly client_id: string
  readonly scopes: readonly string[]
  readonly offline_access: boolean
  readonly asked_project_id: string | null
  readonly latest_end: number | null
  readonly max_object_ttl: number | null
  /** P-256, uncompressed, base64url: its private half is derived from the device code, which only the device has. */
  readonly public_key: string
  /** Where the device asked from, for the user who decides. */
  readonly network: string
  readonly user_agent: string
  /** Epoch seconds. */
  readonly created_at: number
  readonly expires_at: number
  /** Seconds between two polls; grows with each that comes too fast. */
  readonly interval_seconds: number
  readonly last_polled_at: number | null
  /** Whether the last poll came too fast. */
  readonly too_fast: boolean
  /** The authorization request of the user who entered the code; null while nobody did. */
  readonly request_id: string | null
}
