import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import { createArgon2id } from './argon2.ts'
import { createBackground } from './background.ts'
import { createClientKeys } from './client-keys.ts'
import type { Clock, Deps, Log, Random } from './deps.ts'
import { createLog } from './log.ts'
import { createMailer } from './mailer.ts'
import { loadMasterKey, makeDataFolder } from './master-key.ts'
import { createEmbeddedNetwork } from './network/embedded.ts'
import { createFetcher } from './outbound.ts'
import { createPasswords } from './passwords.ts'
import { createRandomPool } from './random-pool.ts'
import { createRecorder } from './recorder.ts'
import { createRootKeys } from './root-keys.ts'
import { createSealer, type Sealer } from './sealing.ts'
import { withSecondLook } from './second-look.ts'
import { SettingError, type Settings } from './settings.ts'
import { openPostgres } from './store/postgres.ts'
import { openSqlite } from './store/sqlite.ts'
import { type Store, StoreUnavailable } from './store/store.ts'

export interface RunningServer {
  /** Where it listens, such as `http://localhost:10002`. */
  readonly url: string
  readonly deps: Deps
  /** Finishes what is under way, writes what waits, closes the database. */
  close(): Promise<void>
}

const sweepEveryMs = 60_000
/** Rows per table and statement: short enough that nobody waits for it. */
const sweepBite = 500
export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000), nowMs: () => Date.now() }

/** @throws SettingError StoreUnavailable, which names the setting that says where the database is */
export async function openStore({
  database_url,
  data,
}: Pick<Settings, 'database_url' | 'data'>): Promise<Store> {
  const where = database_url === '' ? 'VALETKEY_DATA (--data)' : 'VALETKEY_DATABASE_URL (--database-url)'
  if (database_url === '') makeDataFolder(data)
  try {
    return await (database_url === '' ? openSqlite(join(data, 'valetkey.db')) : openPostgres(database_url))
  } catch (cause) {
    if (!(cause instanceof StoreUnavailable)) throw cause
    throw new StoreUnavailable(`${cause.message}: check ${where}${reasonOf(cause.cause)}`, { cause })
  }
}

/** The driver's code for what went wrong, such as ` (ECONNREFUSED)`; its message may hold the address with the password. */
function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? ` (${code})` : ''
}

/** Opens the store, builds the app, listens, and sweeps once a minute until it is closed. @throws SettingError */
export async function serve(given: Settings, log: Log = createLog()): Promise<RunningServer> {
  const store = await openStore(given)
  try {
    const deps = await realDeps(store, await withAddress(given), log)
    const app = await buildApp(deps)
    const { host, port } = deps.settings
    await app.listen({ host, port })
    return running(app, deps)
  } catch (cause) {
    await store.close()
    throw cause
  }
}

async function realDeps(store: Store, settings: Settings, log: Log): Promise<Deps> {
  const clock = systemClock
  const random = createRandomPool()
  const sealer = await openSealer(store, settings, random)
  const base = { store, clock, random, sealer, log, settings }
  return {
    ...base,
    network: createEmbeddedNetwork(base, settings.satellite_address),
    passwords: createPasswords(),
    rootKeys: createRootKeys(createArgon2id(settings.derivations)),
    clientKeys: createClientKeys(createFetcher(), clock),
    mailer: createMailer(settings, log),
    background: createBackground(log),
    recorder: withSecondLook(createRecorder(base), log),
  }
}

function running(app: FastifyInstance, deps: Deps): RunningServer {
  const { store, settings, sealer, log } = deps
  const sweeper = setInterval(() => void sweepAll(deps), sweepEveryMs).unref()
  log.info('started', {
    url: settings.public_url,
    store: settings.database_url === '' ? 'sqlite' : 'postgres',
    master_key: sealer.key_id,
  })
  return {
    url: settings.public_url,
    deps,
    async close() {
      clearInterval(sweeper)
      try {
        await app.close()
        await deps.background.flush()
        await deps.recorder.flush()
      } finally {
        await store.close()
      }
      log.info('stopped')
    },
  }
}

/** The sealer, once it is sure to open what the database holds: the next secrets must not be sealed under another key. */
async function openSealer(store: Store, settings: Settings, random: Random): Promise<Sealer> {
  const secret = await store.clients.newestSecret()
  const sealer = createSealer(loadMasterKey(settings, { mayCreate: secret === undefined }), random)
  try {
    if (secret !== undefined) sealer.open('client-secret', secret.id, secret.sealed_secret)
    return sealer
  } catch (cause) {
    throw new SettingError('the master key is not the one this database was sealed with', { cause })
  }
}

/** Bite by bite, with a breath between them, until nothing is left to remove. */
async function sweepAll({ store, clock, log }: Deps): Promise<void> {
  try {
    while ((await store.sweep(clock.now(), sweepBite)) >= sweepBite) await setImmediate()
  } catch (cause) {
    log.error('sweep_failed', { cause: String(cause) })
  }
}

/** Fills in what was left open: a free port for 0, and the public URL that follows from host and port. */
export async function withAddress(settings: Settings): Promise<Settings> {
  const port = settings.port === 0 ? await freePort(settings.host) : settings.port
  return {
    ...settings,
    port,
    public_url: settings.public_url === '' ? `http://localhost:${port}` : settings.public_url,
  }
}

async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
