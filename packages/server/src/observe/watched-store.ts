import { performance } from 'node:perf_hooks'
import { type Store, StoreUnavailable } from '../store/store.ts'
import type { Metrics } from './metrics.ts'
import type { Tracing } from './tracing.ts'

/**
 * The same store, watched: how long each method took, what failed, what became of it. Where nobody looks, it is the very
 * store that was given.
 */
export function watchedStore(store: Store, metrics: Metrics, tracing: Tracing): Store {
  if (!metrics.on && !tracing.on) return store
  const timed = eachMethod(store, '', (name, method) => timedMethod(name, method, metrics, tracing)) as Store
  let lastSweep = Date.now() / 1000
  metrics.gauge('last_sweep', {}, () => lastSweep)
  let deliveries = { due: 0, later: 0 }
  for (const state of ['due', 'later'] as const)
    metrics.gauge('webhook_deliveries_waiting', { state }, () => deliveries[state])
  const resultOf = (first: boolean) => ({ result: first ? 'done' : 'lost_race' })
  return {
    ...timed,
    codes: {
      ...timed.codes,
      async redeem(redemption) {
        const first = await timed.codes.redeem(redemption)
        metrics.count('redemptions', resultOf(first))
        return first
      },
    },
    refreshTokens: {
      ...timed.refreshTokens,
      async rotate(...asked) {
        const first = await timed.refreshTokens.rotate(...asked)
        metrics.count('refreshes', resultOf(first))
        return first
      },
    },
    grants: {
      ...timed.grants,
      async revoke(grant_id, by, now) {
        const ended = await timed.grants.revoke(grant_id, by, now)
        if (ended) metrics.count('revocations', { by })
        return ended
      },
      async revokeClientOfUser(...asked) {
        const ended = await timed.grants.revokeClientOfUser(...asked)
        if (ended > 0) metrics.count('revocations', { by: 'user' }, ended)
        return ended
      },
    },
    administration: {
      ...timed.administration,
      async suspendAccount(...asked) {
        const ended = await timed.administration.suspendAccount(...asked)
        if (ended !== undefined && ended > 0) metrics.count('revocations', { by: 'operator' }, ended)
        return ended
      },
      async suspendClient(...asked) {
        const ended = await timed.administration.suspendClient(...asked)
        if (ended !== undefined && ended > 0) metrics.count('revocations', { by: 'operator' }, ended)
        return ended
      },
    },
    requests: {
      ...timed.requests,
      async decide(id, user_id, decision, ...more) {
        const decided = await timed.requests.decide(id, user_id, decision, ...more)
        if (decided) metrics.count('consents', { decision: decision.state })
        return decided
      },
    },
    sessions: {
      ...timed.sessions,
      async add(session, password_hash) {
        const added = await timed.sessions.add(session, password_hash)
        if (added) metrics.count('sessions', { kind: session.kind })
        return added
      },
    },
    async sweep(now, bite, failed) {
      const removed = await timed.sweep(now, bite, failed)
      metrics.count('swept_rows', {}, removed)
      if (bite === undefined || removed < bite) deliveries = await timed.webhooks.waiting(now)
      lastSweep = Date.now() / 1000
      return removed
    },
  }
}

type Method = (...args: readonly unknown[]) => Promise<unknown>

/** The port with each of its methods replaced, those of its parts as well; a part's are named `part.method`. */
function eachMethod(port: object, prefix: string, replace: (name: string, method: Method) => Method): object {
  return Object.fromEntries(
    Object.entries(port).map(([key, value]: [string, unknown]) => {
      const name = `${prefix}${key}`
      if (typeof value === 'function') return [key, replace(name, value as Method)]
      return [
        key,
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? eachMethod(value, `${name}.`, replace)
          : value,
      ]
    }),
  )
}

function timedMethod(name: string, method: Method, metrics: Metrics, tracing: Tracing): Method {
  return async (...args) => {
    const ended = tracing.storeCall(name)
    const begun = performance.now()
    let failure: string | undefined
    try {
      return await method(...args)
    } catch (thrown) {
      failure = thrown instanceof StoreUnavailable ? 'unavailable' : 'error'
      metrics.count('store_failures', { method: name, failure })
      throw thrown
    } finally {
      metrics.observe('store_seconds', { method: name }, (performance.now() - begun) / 1000)
      ended(failure)
    }
  }
}
