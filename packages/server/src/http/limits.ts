import type { Deps } from '../deps.ts'
import { refuse } from '../refusals.ts'

/**
 * Counts one hit of `key` and refuses when the window is full. Rows in the database, so all servers count together.
 *
 * @refuses rate_limited
 */
export async function limit(
  deps: Deps,
  key: string,
  { hits, windowSeconds }: { hits: number; windowSeconds: number },
): Promise<void> {
  if (!deps.settings.rate_limits) return
  const now = deps.clock.now()
  const counted = await deps.store.limits.hit(key, windowSeconds, now)
  if (counted.hits > hits) throw refuse('rate_limited', { retry_after: Math.max(1, counted.resets_at - now) })
}
