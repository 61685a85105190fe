import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Where } from '../e2e/testing/rows.ts'
import { lookAt } from './invariants.ts'
import { type App, type Breach, createLedger, type Ledger } from './ledger.ts'
import { redeemEntry } from './moves.ts'
import type { Chance } from './random.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'
import { quietPort, type Site, tell } from './site.ts'
import { createTown, type Pair, type Town } from './town.ts'
import { codeSeconds, startTraffic } from './traffic.ts'
import type { Door } from './wire.ts'

/** Servers over one database, and the people and apps that use them. */
export interface Stage {
  readonly where: Where
  readonly servers: readonly ServerProcess[]
  readonly doors: readonly Door[]
  readonly town: Town
  readonly ledger: Ledger
  readonly chance: Chance
  /** Ends the servers. */
  close(): Promise<void>
}

export interface StageOptions {
  readonly name: string
  /** Where the servers find the database: empty for SQLite. */
  readonly database_url?: string
  /** Where the harness finds it, if the servers are led another way. */
  readonly direct_url?: string
  readonly data?: string
  /** What the apps speak. */
  readonly dialects?: readonly App['dialect'][]
  /** One for each server; what is in its environment besides, the folder of its source, how far its clock is ahead. */
  readonly servers: readonly {
    readonly env?: Readonly<Record<string, string>>
    readonly source?: string
    readonly ahead?: () => number
    readonly log?: boolean
  }[]
}

export async function openStage(
  site: Site,
  chance: Chance,
  {
    name,
    database_url = '',
    direct_url = database_url,
    data,
    servers: wanted,
    dialects = ['storx', 'standard'],
  }: StageOptions,
): Promise<Stage> {
  const folder = data ?? join(site.folder, name)
  mkdirSync(folder, { recursive: true })
  const issuer = 'https://valetkey.test'
  const common = {
    VALETKEY_DATA: folder,
    VALETKEY_DATABASE_URL: database_url,
    VALETKEY_MASTER_KEY: randomBytes(32).toString('hex'),
    VALETKEY_PUBLIC_URL: issuer,
    VALETKEY_RATE_LIMITS: 'off',
    VALETKEY_CODE_TTL: String(codeSeconds),
    // Longer than clocks jump.
    VALETKEY_SESSION_TTL: '604800',
  }
  const servers: ServerProcess[] = []
  for (const [at, { env = {}, source, log = true }] of wanted.entries()) {
    servers.push(
      serverProcess(site, {
        name: `${name}-${at + 1}`,
        port: await quietPort(),
        env: { ...common, ...env },
        log,
        ...(source === undefined ? {} : { source }),
      }),
    )
  }
  for (const server of servers) await server.start()
  const where = { data: folder, database_url: direct_url }
  const [first] = servers
  if (first === undefined) throw new Error('a stage needs a server')
  return {
    where,
    servers,
    doors: await Promise.all(servers.map(({ url }, at) => doorOf(url, wanted[at]?.ahead))),
    town: await createTown(first, where, issuer, dialects),
    ledger: createLedger(),
    chance,
    async close() {
      for (const server of servers) await server.kill()
    },
  }
}

async function doorOf(url: string, ahead = () => 0): Promise<Door> {
  const metadata = await fetch(`${url}/.well-known/oauth-authorization-server`)
  await metadata.arrayBuffer()
  return { url, ahead, standard: metadata.status === 200 }
}

/** What one fault came to, over all its times. */
export interface Outcome {
  times: number
  /** Milliseconds from the end of each fault until every server grants again. */
  readonly recoveries: number[]
  readonly breaches: Breach[]
  readonly ledgers: Ledger[]
  /** What else is worth knowing. */
  readonly notes: string[]
}

export const newOutcome = (): Outcome => ({ times: 0, recoveries: [], breaches: [], ledgers: [], notes: [] })

interface TrialOptions {
  /** For each user and app. */
  readonly codes?: number
  /** Whoever is honest must not notice anything. */
  readonly harmless?: boolean
  /** Whether users say yes at the front meanwhile. */
  readonly consents?: boolean
}

const recoveryPatienceMs = 30_000

/**
 * Traffic runs, something breaks and is over, the servers recover, traffic runs on, and everything is looked at.
 *
 * `during` does what is wrong and resolves when it no longer is, perhaps with the moment from which the recovery counts, by
 * `performance.now()`, if it is an earlier one.
 */
export async function trial(
  stage: Stage,
  outcome: Outcome,
  during: () => Promise<unknown>,
  { codes = 40, harmless = false, consents = true }: TrialOptions = {},
): Promise<void> {
  const { town, ledger, chance, doors } = stage
  await town.refill(ledger, codes)
  const [probing, ...pairs] = town.pairs
  if (probing === undefined) throw new Error('a town needs people')
  const traffic = startTraffic({ pairs, doors, ledger, chance, consents })
  try {
    await sleep(chance.between(60, 300))
    if (!harmless) ledger.calmSince = Number.POSITIVE_INFINITY
    const ended = await during()
    const begun = typeof ended === 'number' ? ended : performance.now()
    await recover(stage, probing)
    outcome.recoveries.push(performance.now() - begun)
    ledger.calmSince = performance.now()
    await sleep(chance.between(60, 160))
  } finally {
    await traffic.stop()
  }
  outcome.times++
  const breaches = [...(await lookAt(stage)), ...oddities(stage)]
  outcome.breaches.push(...breaches)
  if (breaches.length === 0) return
  for (const server of stage.servers)
    for (const line of server.lastErrors(3)) tell(`  ${server.name}: ${line}`)
}

/** So many trials. The memory after the last is compared with that after the first, when nothing is new any more. */
export async function trials(
  stage: Stage,
  outcome: Outcome,
  times: number,
  during: (nth: number) => Promise<unknown>,
  options: TrialOptions = {},
): Promise<void> {
  let compare = async (_: Outcome): Promise<void> => undefined
  for (let nth = 0; nth < times; nth++) {
    await trial(stage, outcome, () => during(nth), options)
    if (nth === 0) compare = await weigh(stage)
  }
  await sleep(1000)
  await compare(outcome)
}

/** Until each server grants a code. */
async function recover({ ledger, doors, town }: Stage, { fresh }: Pair): Promise<void> {
  const begin = performance.now()
  for (const door of doors) {
    for (;;) {
      if (fresh.length === 0) await town.refill(ledger, 1)
      const entry = fresh.shift()
      if (entry !== undefined && (await redeemEntry(ledger, door, entry)) === 'answered') break
      if (performance.now() - begin > recoveryPatienceMs) {
        ledger.breach('recovery', `${door.url} does not grant again within ${recoveryPatienceMs / 1000} s`)
        break
      }
      await sleep(15)
    }
  }
}

/** Looks at everything once more that clients were ever told, and ends the servers. */
export async function finish(stage: Stage, outcome: Outcome, tried = 12): Promise<void> {
  stage.ledger.touchAll()
  outcome.breaches.push(...(await lookAt({ ...stage, tried })))
  await stage.close()
}

const oddities = ({ servers }: Stage): readonly Breach[] =>
  servers.flatMap((server) =>
    server.oddities.splice(0).map((words): Breach => ({ invariant: 'recovery', words })),
  )

/** Beyond this a server's memory is not flat: what it may vary by itself. */
const slack = { share: 1.2, bytes: 8 * 2 ** 20 }

/**
 * Remembers what the servers hold; what is returned compares it with what they hold later. Compared is what is in use after
 * a collection: what is resident still grows in the first minute of any process, and is told. `npm run soak` waits for that.
 */
async function weigh({ servers }: Stage): Promise<(outcome: Outcome) => Promise<void>> {
  const before = await Promise.all(servers.map((server) => server.memory()))
  return async (outcome) => {
    for (const [at, server] of servers.entries()) {
      const first = before[at]
      if (first === undefined) continue
      const last = await server.memory()
      const inUse = `${megabytes(first.live)} → ${megabytes(last.live)} MB in use`
      outcome.notes.push(
        `${server.name}: ${inUse}, ${megabytes(first.rss)} → ${megabytes(last.rss)} MB resident`,
      )
      if (last.live > first.live * slack.share + slack.bytes)
        outcome.breaches.push({ invariant: 'memory', words: `${server.name}: ${inUse}` })
    }
  }
}

export const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
