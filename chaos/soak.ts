/** `npm run soak`: a day's token requests in minutes, against two servers on PostgreSQL, whose memory must stay flat. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, connect } from '../bench/connection.ts'
import { median } from '../bench/median.ts'
import { readNumbers } from '../bench/options.ts'
import { structure } from './invariants.ts'
import { invariants } from './ledger.ts'
import { createPostgres } from './postgres.ts'
import { chanceFrom } from './random.ts'
import { aligned, machine, writePart } from './report.ts'
import { onSite, tell } from './site.ts'
import { nextRequest, type Soaking, type Supply, supplyOf } from './soak-requests.ts'
import { megabytes, openStage, type Stage } from './stage.ts'

const options = readNumbers(
  `npm run soak -- [options]

Sends token requests to two servers on PostgreSQL, all at full speed: codes of both dialects, refreshes, refused ones and
replays. Reports how their memory went, and every answer that was not as it must be. The exit code is 1 when the memory
of the last tenth is more than 10 % above that of the first, or an answer was wrong.

  --requests N     1000000 unless told; 50000 is enough for a glance
  --connections N  to each server, 16 unless told
  --seed N         1 unless told
  --write-docs     writes docs/chaos.md
  --help           this text
`,
  { requests: 1_000_000, connections: 16, seed: 1, 'write-docs': false },
)

/** Memory is looked at so often, evenly. */
const looks = 100
const mostGrowth = 1.1

process.exitCode = await onSite(async (site) => {
  const postgres = await createPostgres(site, 'pg-soak')
  await postgres.start()
  const database_url = await postgres.createDatabase()
  const stage = await openStage(site, chanceFrom(options.seed), {
    name: 'soak',
    database_url,
    servers: [{ log: false }, { log: false }],
  })
  const soaking: Soaking = { asked: 0, wrong: new Map(), counts: new Map() }
  const supply = await supplyOf(stage)
  const begin = performance.now()
  const looking = look(stage, soaking)
  await Promise.all(
    stage.doors.flatMap(({ url }) =>
      Array.from({ length: options.connections }, () => soak(Number(new URL(url).port), supply, soaking)),
    ),
  )
  const seconds = (performance.now() - begin) / 1000
  const memory = await looking
  const breaches = await structure(stage.where)
  await stage.close()
  await postgres.end('SIGINT')
  return conclude({
    soaking,
    seconds,
    memory,
    breaches: breaches.map(({ invariant, words }) => `${invariants[invariant]}: ${words}`),
  })
})

/** One connection: one request after the other, until all were asked. */
async function soak(port: number, supply: Supply, soaking: Soaking): Promise<void> {
  const chance = chanceFrom(options.seed + port)
  let connection: Connection = await connect(port)
  while (soaking.asked < options.requests) {
    soaking.asked++
    const { kind, bytes, expected, onAnswer } = await nextRequest(supply, chance)
    try {
      const answer = await connection.ask(bytes, expected)
      onAnswer?.(answer)
      soaking.counts.set(kind, (soaking.counts.get(kind) ?? 0) + 1)
    } catch (error) {
      const words = `${kind}: ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`
      soaking.wrong.set(words, (soaking.wrong.get(words) ?? 0) + 1)
      connection.end()
      connection = await connect(port)
    }
  }
  connection.end()
}

/** Of each server, in bytes after a collection, at each look. */
type Memory = readonly (readonly { readonly rss: number; readonly live: number }[])[]

async function look({ servers }: Stage, soaking: Soaking): Promise<Memory> {
  const seen: { rss: number; live: number }[][] = servers.map(() => [])
  for (let nth = 1; nth <= looks; nth++) {
    while (soaking.asked < (options.requests * nth) / looks) await sleep(20)
    for (const [at, server] of servers.entries()) seen[at]?.push(await server.memory())
    if (nth % 10 === 0)
      tell(
        `${soaking.asked.toLocaleString('en')} requests, ${seen.map((one) => `${megabytes(one.at(-1)?.rss ?? 0)} MB`).join(', ')}`,
      )
  }
  return seen
}

function conclude({
  soaking,
  seconds,
  memory,
  breaches,
}: {
  readonly soaking: Soaking
  readonly seconds: number
  readonly memory: Memory
  readonly breaches: readonly string[]
}): number {
  const rows = memory.map((seen, at) => {
    const of = (from: number, to: number, what: 'rss' | 'live'): number =>
      median(seen.slice(from, to).map((one) => one[what]))
    const [first, last] = [of(0, looks / 10, 'rss'), of(looks - looks / 10, looks, 'rss')]
    return {
      growth: last / first,
      cells: [
        `server ${at + 1}`,
        String(megabytes(first)),
        String(megabytes(last)),
        `${((last / first - 1) * 100).toFixed(1)} %`,
        String(megabytes(of(0, looks / 10, 'live'))),
        String(megabytes(of(looks - looks / 10, looks, 'live'))),
      ],
    }
  })
  const wrong = [...soaking.wrong, ...breaches.map((words) => [words, 1] as const)]
  const flat = rows.every(({ growth }) => growth <= mostGrowth)
  const fiveHundreds = wrong
    .filter(([words]) => /got 5\d\d/.test(words))
    .reduce((sum, [, times]) => sum + times, 0)
  const text = `\`npm run soak -- --requests ${options.requests} --seed ${options.seed}\`, ${machine()}. ${soaking.asked.toLocaleString('en')} token requests in ${Math.round(seconds)} s, ${Math.round(soaking.asked / seconds).toLocaleString('en')} a second: ${[...soaking.counts].map(([kind, times]) => `${times.toLocaleString('en')} ${kind}`).join(', ')}. ${fiveHundreds} answers 5xx; ${wrong.length === 0 ? 'every answer was the one expected, and the database is whole' : `WRONG: ${wrong.map(([words, times]) => `${times} × ${words}`).join('; ')}`}.

${aligned([['Resident memory, median', 'first tenth, MB', 'last tenth, MB', 'growth', 'in use first, MB', 'in use last, MB'], ...rows.map(({ cells }) => cells)])}

Measured ${looks} times, evenly, each time right after a forced collection. ${flat ? 'Within 10 %.' : 'MORE THAN 10 %.'}`
  process.stdout.write(`\n${text}\n`)
  if (options['write-docs']) tell(`written to ${writePart('soak', text)}`)
  return flat && wrong.length === 0 ? 0 : 1
}
