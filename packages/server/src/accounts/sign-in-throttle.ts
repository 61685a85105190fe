import type { Deps } from '../deps.ts'
import { networkBlock } from '../http/network-block.ts'
import type { Visitor } from './account-kinds.ts'

const freeTries = 3
const firstLockSeconds = 120
const longestLockSeconds = 3600
const memorySeconds = 24 * 3600

/**
 * Slows down whoever guesses one address's password from one network: the third failure locks for two minutes, each
 * further one for twice as long, up to an hour. Other networks are not touched, so that a stranger cannot lock the
 * owner out. An address nobody has is treated alike.
 */
export function signInThrottle(
  deps: Pick<Deps, 'rates' | 'clock' | 'settings'>,
  { kind, caller }: Visitor,
  email: string,
) {
  const { rates } = deps
  const whom = `${kind}:${email}:${networkBlock(caller.network)}`
  const tries = `sign_in_tries:${whom}`
  const lock = `sign_in_lock:${whom}`

  return {
    /** Whether this try counts. It is counted before the password is looked at, so that parallel guesses gain nothing. */
    async admits(): Promise<boolean> {
      if (!deps.settings.rate_limits) return true
      const now = deps.clock.now()
      if ((await rates.peek(lock, now)) !== undefined) return false
      const { hits } = await rates.hit(tries, memorySeconds, now)
      if (hits < freeTries) return true
      const lockSeconds = Math.min(firstLockSeconds * 2 ** (hits - freeTries), longestLockSeconds)
      // Of several who come this far at once, the one who closes the door behind them is in.
      return (await rates.hit(lock, lockSeconds, now)).hits === 1
    },
    /** After a success nothing is held against anybody. */
    async forget(): Promise<void> {
      await rates.forget(tries)
      await rates.forget(lock)
    },
  }
}
