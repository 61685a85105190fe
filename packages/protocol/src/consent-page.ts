import { z } from 'zod'
import { exactly } from './exactly.ts'
import type { Place, ScopeAction } from './scope.ts'

/** What the server tells the script of the consent page. */
export interface ConsentPageData {
  /**
   * How it ends: at the app with a `code` of two halves, or with the `access_grant` itself, which the page then fetches
   * with the JWT of its own address; or at a `device`, which fetches what it asked for by itself.
   */
  readonly ends_with: 'code' | 'access_grant' | 'device'
  readonly request_id: string
  readonly csrf_token: string
  readonly client_id: string
  /** As registered; the page adds parameters and nothing else. Empty for a device. */
  readonly redirect_uri: string
  readonly state?: string
  /** How the app is told: in the query of its redirect URI unless it is in a form that the browser posts there. */
  readonly response_mode?: 'query' | 'form_post'
  /** Comes with the answer in the standard dialect. @source RFC 9207 */
  readonly iss?: string
  /** What the browser's half is sealed to for a device: P-256, uncompressed, base64url. */
  readonly device_public_key?: string
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

/** What the page at which devices are connected sends. */
export const deviceForm = exactly({
  /** As the device shows it; case, spaces and hyphens do not matter. */
  user_code: z.string().min(1, 'must not be empty').max(64),
})
export type DeviceForm = z.infer<typeof deviceForm>

export const deviceAnswer = z.object({
  /** Of what the device asks: its user decides at `/consent/{request_id}`. */
  request_id: z.string(),
})
export type DeviceAnswer = z.infer<typeof deviceAnswer>
