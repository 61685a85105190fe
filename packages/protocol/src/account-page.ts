/** What the server tells the scripts of the pages for signing in, registering and choosing a new password. */
export interface AccountPageData {
  readonly kind: 'developer' | 'user'
  /** What the addresses of this door's API begin with. */
  readonly api: string
  /**
   * Comes after signing in: a path of ours that the server has let through, the very page that asked for it, or nothing,
   * where another tab waits.
   */
  readonly next: { readonly go_to: string } | 'reload' | 'close'
}
