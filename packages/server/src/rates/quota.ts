/** What is left of a limit, for whoever it counts. */
export interface Quota {
  readonly limit: string
  readonly hits: number
  readonly windowSeconds: number
  readonly remaining: number
  /** Seconds until the window begins anew. */
  readonly resets_in: number
}
