import type { Place, ScopeAction } from './scope.ts'

/** What the server tells the script of the consent page. */
export interface ConsentPageData {
  /**
   * How it ends: at the app with a `code` of two halves, or with the `access_grant` itself, which the page then fetches
   * with the JWT of its own address.
   */
  readonly ends_with: 'code' | 'access_grant'
  readonly request_id: string
  readonly csrf_token: string
  readonly client_id: string
  /** As registered; the page adds parameters and nothing else. */
  readonly redirect_uri: string
  readonly state?: string
  /** What the app asks for. */
  readonly asked: {
    readonly actions: readonly ScopeAction[]
    /** With the scope that each stands for. */
    readonly places: readonly (Place & { readonly scope: string })[]
  }
  /** `salt` is base64. */
  readonly projects: readonly { readonly id: string; readonly salt: string }[]
  /** Seconds that the user has to decide. */
  readonly seconds_left: number
  /** Seconds for which the sign-in counts as new; after them much cannot be given without the password. */
  readonly fresh_seconds: number
  /** Epoch seconds: the latest end that access may have. */
  readonly latest_end: number
}
