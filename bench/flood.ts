import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { connect } from './connection.ts'
import { type Contestant, redeeming, valetkey } from './contestants.ts'
import { load } from './load.ts'
import { median } from './median.ts'
import { type Mode, modes } from './modes.ts'
import { readNumbers } from './options.ts'
import { inPlace, type Place, tell } from './place.ts'
import { aligned, rounded } from './report.ts'
import { asStranger, newCode, valetkeyRequest } from './requests.ts'
import { addClient, type Seeded, type SeededClient, seed } from './seed.ts'
import { countListed, failByItself, lookInto } from './traces.ts'

const options = readNumbers(
  `npm run bench:flood -- [options]

Floods one client with forged token requests, and reports what that leaves in the database, whether the client's own
failures can still be found, and what it costs the other clients.

  --requests N   forged requests at full speed, 1000000 unless told; 50000 is enough for a glance
  --rate N       forged requests a second while another client redeems codes, 200 unless told
  --windows N    windows with the flood, and as many without, 8 unless told
  --help         this text
`,
  { requests: 1_000_000, rate: 200, windows: 8 },
)

/** Forged requests that are prepared at a time. */
const bite = 10_000
/** What the flooded client fails at by itself before the flood, and again after each bite. */
const ownFailures = 20
/** In each window. */
const redemptions = 6000
const refused = { status: 401, containing: '"invalid_client"' }

/** Microseconds of the server's CPU that one request costs. */
interface Cost {
  readonly name: string
  readonly cpu: number
}

await inPlace(async (place) => {
  const { machine } = place
  process.stdout.write(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`)
  const costs: Cost[] = []
  for (const mode of modes) {
    const it = await start(mode, place)
    tell(`${mode.name}: forged requests at full speed`)
    costs.push(await (mode === modes[0] ? floodWholly(it) : floodBriefly(it)))
    tell(`${mode.name}: redemptions, and ${options.rate} forged requests a second`)
    costs.push(...(await redeemInWindows(it)))
    await it.contestant.server.stop()
  }
  const shares = costs.map(({ name, cpu }) => [
    name,
    rounded(cpu),
    `${rounded((options.rate * cpu) / 10_000)} %`,
  ])
  print([['Cost', 'CPU µs each', `of a core, ${options.rate} /s`], ...shares])
})

/** A server with two clients: one that is flooded, and one that redeems codes. */
interface Flooded {
  readonly mode: Mode
  readonly contestant: Contestant
  readonly seeded: Seeded
  readonly client: SeededClient
}

async function start(mode: Mode, { folder, cores, atEnd }: Place): Promise<Flooded> {
  // Two windows more: that is for warming up.
  const seeded = await seed(join(folder, mode.name), '', 2 * (options.windows + 1) * redemptions)
  const client = await addClient(seeded)
  const env = { ...seeded.env, ...mode.env, VALETKEY_TRUSTED_PROXIES: 'loopback' }
  const contestant = await valetkey('SQLite', { ...seeded, env }, cores, [])
  atEnd(() => contestant.server.stop())
  return { mode, contestant, seeded, client }
}

/** From one network, or, as the server believes, from the address that is said. */
function forgery({ client }: Flooded, from?: string): Buffer {
  const forger = asStranger('wrong signature', client)
  return valetkeyRequest(forger, newCode(), from === undefined ? {} : { from })
}

/** Nearly always another network than the one before. */
function anyAddress(): string {
  return ['198', ...randomBytes(3)].join('.')
}

/** As many as wanted, from everywhere, as quickly as they are answered. Returns the microseconds of CPU they cost. */
async function forge(it: Flooded, count: number): Promise<number> {
  const requests = Array.from({ length: count }, () => forgery(it, anyAddress()))
  const { cpu } = await observe(it, () => load(it.contestant.server.port, requests, refused))
  return cpu
}

/** Enough to compare what they cost. */
async function floodBriefly(it: Flooded): Promise<Cost> {
  await forge(it, bite) // to warm up
  return { name: `forged, full speed, ${it.mode.name}`, cpu: (await forge(it, 2 * bite)) / (2 * bite) }
}

/** All of them at full speed: what they leave behind, and whether the client's own failures are still to be found. */
async function floodWholly(it: Flooded): Promise<Cost> {
  const { seeded, client } = it
  const { port } = it.contestant.server
  const data = seeded.env.VALETKEY_DATA ?? ''
  const own = await failByItself(port, client, ownFailures)
  const before = lookInto(data, client.client_id)
  const reports: string[][] = []
  const report = (forged: number): void => {
    const { traces, authenticated, counted, bytes } = lookInto(data, client.client_id)
    const numbers = [forged, traces, authenticated, counted]
    reports.push([
      ...numbers.map((number) => number.toLocaleString('en')),
      rounded((bytes - before.bytes) / 1e6),
    ])
  }
  report(0)
  let cpu = 0
  const parts = 10
  for (let forged = 0; forged < options.requests; ) {
    const count = Math.min(bite, options.requests - forged)
    cpu += await forge(it, count)
    const part = Math.floor((forged * parts) / options.requests)
    forged += count
    own.push(...(await failByItself(port, client, ownFailures)))
    if (Math.floor((forged * parts) / options.requests) === part) continue
    await setTimeout(2000) // by then, what is written behind the answers is written
    report(forged)
    tell(`${forged.toLocaleString('en')} forged`)
  }
  print([['Forged', 'traces of the client', 'authenticated', 'counted', 'MB more'], ...reports])
  const listed = await countListed(port, seeded, client, own)
  print([
    ['Failures of its own', 'made', 'listed for its developer'],
    ['', String(own.length), String(listed)],
  ])
  return { name: `forged, full speed, ${it.mode.name}`, cpu: cpu / options.requests }
}

/** Does the work while forged requests come in at their pace. */
async function whileFlooded<Result>(
  it: Flooded,
  work: () => Promise<Result>,
): Promise<{ result: Result; forged: number }> {
  const { port } = it.contestant.server
  const connections = await Promise.all(
    Array.from({ length: Math.ceil(options.rate / 20) }, () => connect(port)),
  )
  let working = true
  let forged = 0
  const begin = performance.now()
  const flood = connections.map(async (connection) => {
    while (working) {
      const due = begin + (forged++ * 1000) / options.rate
      await setTimeout(Math.max(0, due - performance.now()))
      await connection.ask(forgery(it), refused)
    }
    connection.end()
  })
  const [result] = await Promise.all([
    work().finally(() => {
      working = false
    }),
    ...flood,
  ])
  return { result, forged }
}

/** Windows in turns, with the flood and without it. */
async function redeemInWindows(it: Flooded): Promise<Cost[]> {
  const work = redeeming(it.contestant, redemptions)
  const alone: Window[] = []
  const flooded: Window[] = []
  const measure = async (windows: Window[], around: typeof whileFlooded): Promise<void> => {
    const run = await work.prepare(redemptions)
    const { result, cpu } = await observe(it, () => around(it, run))
    windows.push({ per_second: result.result.per_second, forged: result.forged, cpu })
  }
  const inPeace = (windows = alone) =>
    measure(windows, async (_, run) => ({ result: await run(), forged: 0 }))
  const inFlood = (windows = flooded) => measure(windows, whileFlooded)
  for (const turn of [inPeace, inFlood]) await turn([]) // to warm up
  for (let window = 1; window <= options.windows; window++) {
    for (const turn of window % 2 === 0 ? [inPeace, inFlood] : [inFlood, inPeace]) await turn()
    const [quiet, loud] = [alone, flooded].map((windows) => rounded(windows.at(-1)?.per_second ?? 0))
    tell(`window ${window} of ${options.windows}: ${quiet} /s alone, ${loud} /s in the flood`)
  }
  const rates = [alone, flooded].map((windows) => median(windows.map(({ per_second }) => per_second)))
  const ratios = flooded.map(
    ({ per_second }, window) => per_second / (alone[window]?.per_second ?? Number.NaN),
  )
  const numbers = [...rates, median(ratios), Math.min(...ratios), Math.max(...ratios)]
  const head = ['/s alone', '/s in the flood', 'ratio', 'lowest', 'highest']
  print([
    [`Redemptions, ${it.mode.name}`, ...head],
    ['by another client', ...numbers.map(rounded)],
  ])

  const [quiet, loud, forged] = [sum(alone, 'cpu'), sum(flooded, 'cpu'), sum(flooded, 'forged')]
  return [
    { name: `redemption, ${it.mode.name}`, cpu: quiet / (alone.length * redemptions) },
    // The same redemptions cost this much more.
    { name: `forged, among redemptions, ${it.mode.name}`, cpu: (loud - quiet) / forged },
  ]
}

interface Window {
  readonly per_second: number
  readonly forged: number
  /** Microseconds of the server's CPU. */
  readonly cpu: number
}

function sum(windows: readonly Window[], what: keyof Window): number {
  return windows.reduce((total, window) => total + window[what], 0)
}

/** What the work results in, and the microseconds of the server's CPU meanwhile. */
async function observe<Result>(
  { contestant: { server } }: Flooded,
  work: () => Promise<Result>,
): Promise<{ result: Result; cpu: number }> {
  const before = await server.ask('usage', null)
  const result = await work()
  return { result, cpu: (await server.ask('usage', null)).cpu - before.cpu }
}

function print(rows: readonly (readonly string[])[]): void {
  process.stdout.write(`\n${aligned(rows)}\n`)
}
