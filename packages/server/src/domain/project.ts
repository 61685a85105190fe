/** Where a user's buckets live. The salt is an input of every storage key derived for it. */
export interface Project {
  readonly id: string
  readonly user_id: string
  readonly name: string
  /** 16 bytes, base64. */
  readonly salt: string
  /** Epoch seconds. */
  readonly created_at: number
}
