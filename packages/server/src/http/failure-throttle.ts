import type { Clock } from '../deps.ts'
import { networkBlock } from './network-block.ts'

/** So many failed proofs of one client from one network a minute are answered as such; what comes beyond has to wait. */
const mostFailures = 30
const windowSeconds = 60
/** Pairs that are counted at once, so that memory is bounded. */
const mostCounted = 10_000

/** Counts failed client authentications. */
export interface FailureThrottle {
  /** Seconds to wait, when this failure is one too many; otherwise undefined. */
  countFailure(network: string, client_id: string | null): number | undefined
}

/**
 * By network and client, so that a stranger's failures are nobody else's, and failures alone: who can prove who they are
 * never waits, whoever fails beside them.
 *
 * @source RFC 6749 §2.3.1; OWASP ASVS 5.0 6.3.1
 */
export function createFailureThrottle({ now }: Pick<Clock, 'now'>): FailureThrottle {
  const windows = new Map<string, { failures: number; readonly until: number }>()
  return {
    countFailure(network, client_id) {
      const key = JSON.stringify([networkBlock(network), client_id])
      const known = windows.get(key)
      const window =
        known === undefined || known.until <= now() ? { failures: 0, until: now() + windowSeconds } : known
      window.failures++
      // Put last again, so that the first is the one that was not heard of for the longest time.
      windows.delete(key)
      windows.set(key, window)
      if (windows.size > mostCounted) windows.delete(windows.keys().next().value ?? '')
      return window.failures > mostFailures ? Math.max(1, window.until - now()) : undefined
    },
  }
}
