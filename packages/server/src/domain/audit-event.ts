/** Who did what to what, and how it ended. Never a secret. */
export interface AuditEvent {
  readonly id: string
  /** Epoch seconds. */
  readonly at: number
  readonly actor_kind: 'developer' | 'user' | 'client' | 'operator' | 'anonymous'
  /** Account id or client_id; null when nobody was recognised. */
  readonly actor_id: string | null
  /** Dotted verb, such as `client.secret_rotated`. */
  readonly action: string
  /** What it was done to: an id. */
  readonly resource: string | null
  readonly outcome: 'success' | 'failed'
  /** The peer's address. */
  readonly network: string
  readonly trace_id: string
}
