/** An authorization request that came before its user: pushed by the client, or posted by the browser. @source RFC 9126 */
export interface PushedRequest {
  /** SHA-256 of the random part of the `request_uri`, base64url. */
  readonly request_uri_hash: string
  readonly client_id: string
  /** As they came, each once. */
  readonly parameters: Readonly<Record<string, string>>
  /** Only what the client itself brought counts as pushed. @source RFC 9126 §6 */
  readonly came_by: 'client' | 'browser'
  /** Epoch seconds. */
  readonly created_at: number
  /** Until it is opened, and then until its user has to have signed in. */
  readonly expires_at: number
  /** When a browser came with it first. */
  readonly opened_at: number | null
}
