/** A root API key of a project, as the storage network keeps it. The key itself is handed out once, restricted. */
export interface ApiKeyRecord {
  readonly id: string
  readonly project_id: string
  readonly grant_id: string
  readonly name: string
  /** 32 bytes, hex: the public identifier inside every macaroon made from this key. */
  readonly head: string
  /** The 32-byte secret, sealed with the purpose `api-key` and this row's id. */
  readonly sealed_secret: string
  /** Bit set: 1 object lock, 2 auditable, 4 eventing. */
  readonly version: number
  /** Epoch seconds. */
  readonly created_at: number
  readonly revoked_at: number | null
}
