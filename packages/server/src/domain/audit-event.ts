/** Who did what to what, and how it ended. Never a secret. */
export interface AuditEvent {
  readonly id: string
  /** Epoch seconds. */
  readonly at: number
  readonly actor_kind: 'developer' | 'user' | 'client' | 'operator' | 'anonymous'
  /** Account id or client_id; null when nobody was recognised. */
  readonly actor_id: string | null
  /** The user whose account or access it is about; null when it is about none. */
  readonly user_id: string | null
  /** Dotted verb, such as `client.secret_rotated`. */
  readonly action: string
  /** What it was done to: an id. */
  readonly resource: string | null
  readonly outcome: 'success' | 'failed'
  /** The peer's address. */
  readonly network: string
  readonly trace_id: string
}

/** An event as a use case tells it. What a user does is about that user without saying so. */
export type NewAuditEvent = Omit<AuditEvent, 'id' | 'at' | 'user_id'> & { readonly user_id?: string }
