import cluster from 'node:cluster'
import type { FastifyInstance } from 'fastify'
import { withAddress } from './address.ts'
import { buildApp } from './app.ts'
import { createArgon2id } from './argon2.ts'
import { createBackground } from './background.ts'
import { createClientKeys } from './client-keys.ts'
import { systemClock } from './clock.ts'
import { collectGarbage } from './collect-garbage.ts'
import type { Deps, Log } from './deps.ts'
import type { Leaving } from './http/drain.ts'
import { openSealer } from './keys/open-sealer.ts'
import { createLog } from './log.ts'
import { createMailer } from './mailer.ts'
import { createEmbeddedNetwork } from './network/embedded.ts'
import { listenWhereAsked } from './observe/metrics-door.ts'
import { openMetrics, openTracing, watchHashing, watchStore } from './observe/open.ts'
import { watchedLog } from './observe/watched-log.ts'
import { watchedStore } from './observe/watched-store.ts'
import { asWorker } from './observe/workers.ts'
import { createFetcher } from './outbound.ts'
import { createPoster } from './outbound-post.ts'
import { createPasswords } from './passwords.ts'
import { createRandomPool } from './random-pool.ts'
import { createRateCounters } from './rates/create-rate-counters.ts'
import { createRecorder } from './recorder.ts'
import { createRootKeys } from './root-keys.ts'
import { withSecondLook } from './second-look.ts'
import type { Settings } from './settings.ts'
import { openStore } from './store/open-store.ts'
import { startSweeper } from './sweeper.ts'
import { rememberVerifiedGrants } from './verified-grants.ts'
import { runDispatcher } from './webhooks/dispatcher.ts'

export interface RunningServer {
  /** Where it listens, such as `http://localhost:10002`. */
  readonly url: string
  readonly deps: Deps
  /** Leaves, finishes what is under way, writes what waits, closes the database. */
  close(leaving?: Leaving): Promise<void>
}

/** Opens the store, builds the app, listens, and sweeps once a minute until it is closed. @throws SettingError */
export async function serve(
  given: Settings,
  plainLog: Log = createLog(undefined, { level: given.log_level }),
): Promise<RunningServer> {
  const counted = await openMetrics(given)
  const metrics = cluster.isWorker ? asWorker(counted) : counted
  const log = watchedLog(plainLog, metrics)
  const random = createRandomPool()
  const tracing = openTracing(given, { random, log, metrics })
  const store = watchedStore(await openStore(given, watchStore(metrics, log)), metrics, tracing)
  try {
    const settings = await withAddress(given)
    const deps = await realDeps({ store, settings, log, metrics, tracing, random })
    const app = await buildApp(deps)
    try {
      await app.ready()
      // What only the start needed; before anybody waits for an answer.
      await collectGarbage()
      const { host, port } = settings
      await app.listen({ host, port })
      return await running(app, deps)
    } catch (cause) {
      await app.close()
      throw cause
    }
  } catch (cause) {
    await store.close()
    throw cause
  }
}

type Beginnings = Pick<Deps, 'store' | 'settings' | 'log' | 'metrics' | 'tracing' | 'random'>

async function realDeps(given: Beginnings): Promise<Deps> {
  const { store, settings, log, metrics, random } = given
  const clock = systemClock
  const sealer = await openSealer(store, settings, { clock, random })
  const base = { ...given, clock, sealer }
  return {
    ...base,
    network: createEmbeddedNetwork(base, settings.satellite_address),
    passwords: createPasswords({}, watchHashing(metrics, 'password')),
    rootKeys: createRootKeys(createArgon2id(settings.derivations, watchHashing(metrics, 'root_key'))),
    verifiedGrants: rememberVerifiedGrants(),
    clientKeys: createClientKeys(createFetcher(), clock),
    mailer: createMailer(settings, log),
    poster: createPoster({ mayUseLoopback: settings.dev }),
    background: createBackground(log),
    recorder: withSecondLook(createRecorder(base), log),
    rates: createRateCounters(base),
  }
}

async function running(app: FastifyInstance, deps: Deps): Promise<RunningServer> {
  const { store, settings, sealer, log, metrics, tracing } = deps
  // Of workers the primary shows the figures of all.
  const figures = cluster.isWorker ? undefined : await listenWhereAsked(settings, metrics.page, log)
  const sweeper = startSweeper(deps)
  const dispatcher = runDispatcher(deps)
  log.info('started', {
    url: settings.public_url,
    store: settings.database_url === '' ? 'sqlite' : 'postgres',
    master_key: sealer.key_id,
  })
  return {
    url: settings.public_url,
    deps,
    async close(leaving = { seconds: settings.drain_delay }) {
      try {
        if (leaving.seconds > 0) await app.leave(leaving)
        await app.close()
        await sweeper.stop()
        await dispatcher.stop()
        await deps.background.flush()
        await deps.recorder.flush()
        await deps.rates.flush()
        await tracing.flush()
      } finally {
        await figures?.close()
        await store.close()
      }
      log.info('stopped')
    },
  }
}
