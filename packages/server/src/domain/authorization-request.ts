/** `expired` is what a request that nobody decided in time is called when it is read. */
export type AuthorizationRequestState = 'waiting' | 'approved' | 'rejected' | 'expired'

/** What a client asked of a user, waiting for or past the user's decision. */
export interface AuthorizationRequest {
  /** UUID; the `request_id` of the wire. */
  readonly id: string
  readonly client_id: string
  readonly user_id: string
  readonly redirect_uri: string
  readonly scopes: readonly string[]
  /** Returned unchanged; never interpreted. */
  readonly client_state: string | null
  /** base64url SHA-256 of the verifier, 43 characters, or null when begun without PKCE. @source RFC 7636 §4.2 */
  readonly code_challenge: string | null
  /** What the app is to get in its redirect: a code, or, on the integration URL of the contract, the access grant. */
  readonly ends_with: 'code' | 'access_grant'
  readonly state: AuthorizationRequestState
  /** Epoch seconds. */
  readonly created_at: number
  /** Epoch seconds after which the user can no longer decide. */
  readonly expires_at: number
  readonly decided_at: number | null
  readonly approved_scopes: readonly string[]
  readonly rejected_scopes: readonly string[]
}

/** The user's answer. */
export type Decision =
  | {
      readonly state: 'approved'
      readonly approved_scopes: readonly string[]
      readonly rejected_scopes: readonly string[]
    }
  | {
      readonly state: 'rejected'
      readonly approved_scopes: readonly []
      readonly rejected_scopes: readonly string[]
    }
