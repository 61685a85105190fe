/** `expired` is what a request that nobody decided in time is called when it is read. */
export type AuthorizationRequestState = 'waiting' | 'approved' | 'rejected' | 'expired'

/** One way of speaking HTTP to the same use cases: that of the StorX contract, or OAuth as every library speaks it. */
export type Dialect = 'storx' | 'standard'

export const responseModes = ['query', 'form_post'] as const
export type ResponseMode = (typeof responseModes)[number]

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
  /** How the client speaks; in the standard one `iss` comes with the answer. */
  readonly dialect: Dialect
  /** How the answer comes back: in the query of the redirect URI, or in a form that the browser posts there. */
  readonly response_mode: ResponseMode
  /** Whether the client asks to refresh its access while the user is away. */
  readonly offline_access: boolean
  /** The one project that is asked for; null leaves it to the user. */
  readonly asked_project_id: string | null
  /** Epoch seconds: the access asked for ends no later; null leaves it to the user. */
  readonly latest_end: number | null
  /** Seconds: the longest that objects written with this access live; null is without such a bound. */
  readonly max_object_ttl: number | null
  /** Of the device that asks; null for whoever comes with a redirect. Then `redirect_uri` is empty. */
  readonly device_code_hash: string | null
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
