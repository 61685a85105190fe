import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../app.ts'
import { createArgon2id } from '../argon2.ts'
import { createBackground } from '../background.ts'
import { createClientKeys } from '../client-keys.ts'
import type { Clock, Deps, Mail } from '../deps.ts'
import { createLog } from '../log.ts'
import { createEmbeddedNetwork } from '../network/embedded.ts'
import { noMetrics } from '../observe/metrics.ts'
import { noTracing } from '../observe/tracing.ts'
import { createFetcher } from '../outbound.ts'
import { createPoster } from '../outbound-post.ts'
import { createPasswords } from '../passwords.ts'
import { createRateCounters } from '../rates/create-rate-counters.ts'
import { createRecorder } from '../recorder.ts'
import { createRootKeys } from '../root-keys.ts'
import { createSealer } from '../sealing.ts'
import { withSecondLook } from '../second-look.ts'
import { readSettings, type Settings } from '../settings.ts'
import { openSqlite } from '../store/sqlite.ts'
import { rememberVerifiedGrants } from '../verified-grants.ts'

/** A clock turned by hand. */
export interface TestClock extends Clock {
  /** Lets this many seconds pass. */
  advance(seconds: number): void
}

export interface TestDeps extends Deps {
  readonly clock: TestClock
  /** Every mail sent so far. They leave behind the answer: wait for them with `background.flush()`. */
  readonly mails: Mail[]
  /** Everything logged so far, as the lines of JSON an operator sees. */
  readonly logLines: string[]
}

/** `settings` changes single settings; anything else replaces that part. */
export type TestOverrides = Partial<Omit<Deps, 'settings' | 'clock'>> & { settings?: Partial<Settings> }

/** Real parts, an SQLite database in memory, mails and log lines kept for looking at. It is 2026-03-01 12:00 UTC. */
export async function testDeps({ settings: changed, ...parts }: TestOverrides = {}): Promise<TestDeps> {
  const settings = { ...readSettings({}, {}), public_url: 'https://valetkey.test', ...changed }
  const mails: Mail[] = []
  const logLines: string[] = []
  const base = {
    store: parts.store ?? (await openSqlite(':memory:')),
    clock: testClock(),
    random: parts.random ?? randomBytes,
    sealer: parts.sealer ?? createSealer(Buffer.alloc(32, 7), randomBytes),
    log: parts.log ?? createLog({ write: (line) => void logLines.push(line) }),
    metrics: parts.metrics ?? noMetrics,
    tracing: parts.tracing ?? noTracing,
    settings,
  }
  return {
    network: createEmbeddedNetwork(base, settings.satellite_address),
    passwords: createPasswords(),
    verifiedGrants: rememberVerifiedGrants(),
    rootKeys: createRootKeys(createArgon2id(settings.derivations)),
    clientKeys: createClientKeys(createFetcher(), base.clock),
    poster: createPoster({ mayUseLoopback: settings.dev }),
    mailer: { send: async (mail) => void mails.push(mail) },
    background: createBackground(base.log),
    recorder: withSecondLook(createRecorder(base), base.log),
    rates: createRateCounters(base),
    ...parts,
    ...base,
    mails,
    logLines,
  }
}

/** The whole server over these deps, to be asked with `app.inject`. */
export async function testApp(
  overrides: TestOverrides = {},
): Promise<{ app: FastifyInstance; deps: TestDeps }> {
  const deps = await testDeps(overrides)
  return { app: await buildApp(deps), deps }
}

function testClock(start = Date.UTC(2026, 2, 1, 12)): TestClock {
  let ms = start
  return {
    now: () => Math.floor(ms / 1000),
    nowMs: () => ms,
    advance: (seconds) => {
      ms += seconds * 1000
    },
  }
}
