import { setImmediate } from 'node:timers/promises'
import { secondsPerDay } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import { newId } from '../ids.ts'

/** Events per transaction: others who add events wait for it. */
const bite = 500
/** Each removal adds events of its own, so not every sweep removes. */
const removeEvery = 3600

/** Gives events of servers of the version before their places in the chain, and removes those that are over. */
export async function keepAuditChain(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'settings'>,
  stop: AbortSignal = AbortSignal.any([]),
): Promise<void> {
  const { store, clock, random, settings } = deps
  const { chain } = store.audit
  while (!stop.aborted && (await chain.chainWaiting(bite)) >= bite) await setImmediate()
  if (stop.aborted || settings.audit_ttl === 0) return
  const now = clock.now()
  const anchor = await chain.anchor()
  if (anchor !== undefined && anchor.removed_at > now - removeEvery) return
  const before = now - settings.audit_ttl * secondsPerDay
  const told = () => ({ id: newId(deps), at: now, trace_id: random(16).toString('hex') })
  while (!stop.aborted && (await chain.removeOlder(before, bite, told())) >= bite) await setImmediate()
}
