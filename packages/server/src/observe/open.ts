import type { Log, Random } from '../deps.ts'
import type { GateWatch } from '../gate.ts'
import type { Settings } from '../settings.ts'
import type { StoreWatch } from '../store/store.ts'
import { createMetrics, type Metrics, noMetrics } from './metrics.ts'
import { createOtlp } from './otlp.ts'
import { createTracing, noTracing, type Tracing } from './tracing.ts'

/** Of the packages and the OpenAPI document. */
const version = '0.1.0'

/** The metrics that these settings ask for: none, unless somebody can read them. */
export async function openMetrics(
  settings: Pick<Settings, 'metrics_port' | 'metrics_token' | 'database_url'>,
): Promise<Metrics> {
  if (settings.metrics_port === 0 && settings.metrics_token === '') return noMetrics
  const metrics = await createMetrics()
  const store = settings.database_url === '' ? 'sqlite' : 'postgres'
  metrics.gauge('build_info', { version, node: process.version, store }, () => 1)
  return metrics
}

/** The traces that these settings ask for. */
export function openTracing(
  { otlp_url, otlp_sample }: Pick<Settings, 'otlp_url' | 'otlp_sample'>,
  { random, log, metrics }: { random: Random; log: Log; metrics: Metrics },
): Tracing {
  if (otlp_url === '') return noTracing
  return createTracing(createOtlp(otlp_url, { log, metrics, version }), { random, sample: otlp_sample })
}

/** How many Argon2id runs there are, and how long they take; undefined where nobody asks. */
export function watchHashing(metrics: Metrics, of: 'root_key' | 'password'): GateWatch | undefined {
  if (!metrics.on) return undefined
  return {
    looksAt(load) {
      metrics.gauge('hashing_running', { of }, () => load().running)
      metrics.gauge('hashing_waiting', { of }, () => load().waiting)
    },
    refused: () => metrics.count('hashing_refused', { of }),
    done: (seconds) => metrics.observe('hashing_seconds', { of }, seconds),
  }
}

/** How the store stands inside. */
export function watchStore(metrics: Metrics, log: Log): StoreWatch {
  return {
    looksAt(load) {
      for (const state of ['in_use', 'idle', 'waiting'] as const)
        metrics.gauge('store_connections', { state }, () => load()[state])
    },
    grouped: (redemptions) => metrics.observe('store_group_size', {}, redemptions),
    ungrouped(cause) {
      metrics.count('store_failures', { method: 'group', failure: 'error' })
      log.error('group_failed', { cause })
    },
  }
}
