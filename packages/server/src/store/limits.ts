/** Hits in windows of time, counted for all servers together. */
export interface Limits {
  /**
   * Counts one hit under `key` in a window of `windowSeconds` that begins with its first hit, in one statement.
   * Returns how many hits the window holds now and when it ends (epoch seconds).
   */
  hit(key: string, windowSeconds: number, now: number): Promise<{ hits: number; resets_at: number }>
  /**
   * Counts many hits of many keys at once, each as `hit` does. Returns the windows in the order of the counts.
   * No key stands twice among them.
   */
  addMany(
    counts: readonly { readonly key: string; readonly hits: number; readonly windowSeconds: number }[],
    now: number,
  ): Promise<readonly { hits: number; resets_at: number }[]>
  /** Looks without counting; undefined when there is no open window. */
  peek(key: string, now: number): Promise<{ hits: number; resets_at: number } | undefined>
  /** Takes one hit back, if there is one. */
  giveBack(key: string): Promise<void>
  forget(key: string): Promise<void>
}
