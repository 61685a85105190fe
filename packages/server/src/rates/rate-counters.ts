/** How often something happened in a window that began with its first hit, and when the window ends (epoch seconds). */
export interface Window {
  readonly hits: number
  readonly resets_at: number
}

/** What is counted under one name. */
export interface Counted {
  /** Of one limit: its counts have room of their own, which no other limit takes away. */
  readonly pool: string
  readonly key: string
  /**
   * Whose network it is, where the rest of the key is whatever somebody sent: of one network only so many keys are
   * counted one by one, so that nobody fills the pool with invented names.
   */
  readonly network?: string
  readonly windowSeconds: number
  /** From how many hits on the other servers are told; fewer are not worth a word. */
  readonly toldFrom: number
}

/**
 * Where the hits of limits are counted: by all servers together, in the database, or by each for itself, in memory.
 *
 * What is rare and must be exact waits for its count. What happens a thousand times a second is counted at once, in
 * this process, and told to the others behind the answer.
 */
export interface RateCounters {
  /** Counts one hit; resolves when all servers know of it. */
  hit(key: string, windowSeconds: number, now: number): Promise<Window>
  /** Looks without counting; undefined when there is no open window. */
  peek(key: string, now: number): Promise<Window | undefined>
  /** Takes one hit back, if there is one. */
  giveBack(key: string): Promise<void>
  forget(key: string): Promise<void>
  /** Counts one hit at once. The other servers learn of it within about a second. */
  count(what: Counted, now: number): Window
  /** Looks without counting, at what this server knows. */
  look(what: Counted, now: number): Window | undefined
  /** Resolves when everything counted so far was told to the other servers, or could not be. */
  flush(): Promise<void>
}
