import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { buildApp } from './app.ts'
import { createArgon2id } from './argon2.ts'
import type { Clock, Deps, Log } from './deps.ts'
import { createLog } from './log.ts'
import { createMailer } from './mailer.ts'
import { loadMasterKey } from './master-key.ts'
import { createEmbeddedNetwork } from './network/embedded.ts'
import { createPasswords } from './passwords.ts'
import { createRecorder } from './recorder.ts'
import { createRootKeys } from './root-keys.ts'
import { createSealer } from './sealing.ts'
import type { Settings } from './settings.ts'
import { openPostgres } from './store/postgres.ts'
import { openSqlite } from './store/sqlite.ts'
import type { Store } from './store/store.ts'

export interface RunningServer {
  /** Where it listens, such as `http://localhost:10002`. */
  readonly url: string
  readonly deps: Deps
  /** Finishes what is under way, writes what waits, closes the database. */
  close(): Promise<void>
}

const sweepEveryMs = 60_000
export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000), nowMs: () => Date.now() }

export function openStore(settings: Pick<Settings, 'database_url' | 'data'>): Promise<Store> {
  if (settings.database_url !== '') return openPostgres(settings.database_url)
  mkdirSync(settings.data, { recursive: true, mode: 0o700 })
  return openSqlite(join(settings.data, 'valetkey.db'))
}

/** Opens the store, builds the app, listens, sweeps once a minute. @throws SettingError */
export async function serve(given: Settings, log: Log = createLog()): Promise<RunningServer> {
  const masterKey = loadMasterKey(given)
  const store = await openStore(given)
  const settings = await withAddress(given)
  const clock = systemClock
  const random = randomBytes
  const sealer = createSealer(masterKey, random)
  const base = { store, clock, random, sealer, log, settings }
  const deps: Deps = {
    ...base,
    network: createEmbeddedNetwork(base, settings.satellite_address),
    passwords: createPasswords(),
    rootKeys: createRootKeys(createArgon2id(settings.derivations)),
    mailer: createMailer(settings, log),
    recorder: createRecorder(base),
  }
  const app = await buildApp(deps)
  try {
    await app.listen({ port: settings.port, host: settings.host })
  } catch (cause) {
    await store.close()
    throw cause
  }

  const sweeper = setInterval(() => {
    store.sweep(clock.now()).catch((cause: unknown) => log.error('sweep_failed', { cause: String(cause) }))
  }, sweepEveryMs).unref()

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
      await app.close()
      await deps.recorder.flush()
      await store.close()
      log.info('stopped')
    },
  }
}

/** Fills in what was left open: a free port for 0, and the public URL that follows from host and port. */
async function withAddress(settings: Settings): Promise<Settings> {
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
