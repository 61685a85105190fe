import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { createSealer } from '../packages/server/src/sealing.ts'
import { redeeming, valetkey } from './contestants.ts'
import { type HistoryCosts, historyFile, newestHistory } from './history-costs.ts'
import { fillPostgres, fillSqlite, type Seal } from './history-rows.ts'
import { measure, type Work } from './measure.ts'
import { readNumbers } from './options.ts'
import { inPlace, type Place, tell } from './place.ts'
import { startPostgres } from './postgres.ts'
import { aligned, rounded } from './report.ts'
import { type Seeded, seed } from './seed.ts'

const help = `npm run bench:history -- [options]

Measures the token request over much history and over little, on SQLite and on PostgreSQL: authorization requests,
codes, grants, API keys, traces and audit events, so many of each. Ten million take an hour and some 50 GB of disk:
those of the one are gone before the other is filled.

  --sqlite       SQLite alone; what is known of PostgreSQL stays
  --postgres     PostgreSQL alone
  --rows N       rows in each table where there are many (1000000)
  --little N     rows in each table where there are few (1000)
  --requests N   token requests a round (4000)
  --rounds N     rounds (5)
  --help         this text
`

const options = readNumbers(help, {
  sqlite: false,
  postgres: false,
  rows: 1_000_000,
  little: 1000,
  requests: 4000,
  rounds: 5,
})
/** For all rounds and the warming up. */
const codes = (options.rounds + 1) * options.requests

const both = options.sqlite === options.postgres
const table: (readonly string[])[] = [
  ['History', '/s with little', '/s with much', 'CPU µs with little', 'with much', 'cost × little'],
]
await inPlace(async (place) => {
  if (both || options.sqlite) await onSqlite(place)
  if (both || options.postgres) await onPostgres(place)
})
process.stdout.write(`${aligned(table)}\n`)

async function onSqlite(place: Place): Promise<void> {
  const [ratio, row] = await costs('SQLite', place, async (name, rows) => {
    const data = join(place.folder, name)
    const seeded = await seed(data, '', codes)
    const database = new DatabaseSync(join(data, 'valetkey.db'))
    fillSqlite(database, rows, sealWith(seeded))
    database.close()
    return seeded
  })
  for (const name of ['little', 'much']) rmSync(join(place.folder, name), { recursive: true })
  table.push(row)
  keep({ sqlite: ratio })
}

async function onPostgres(place: Place): Promise<void> {
  const { url, stop } = await startPostgres(join(place.folder, 'postgres'))
  place.atEnd(stop)
  const [ratio, row] = await costs('PostgreSQL', place, async (name, rows) => {
    const administrator = new pg.Client({ connectionString: url })
    await administrator.connect()
    await administrator.query(`create database ${name}`)
    await administrator.end()
    const database_url = url.replace(/[^/]*$/, name)
    const seeded = await seed(join(place.folder, `keys of ${name}`), database_url, codes)
    await fillPostgres(database_url, rows, sealWith(seeded))
    return seeded
  })
  table.push(row)
  keep({ postgres: ratio })
}

/** Beside what another run with as many rows found. */
function keep(found: Partial<HistoryCosts>): void {
  const results = fileURLToPath(new URL('results', import.meta.url))
  mkdirSync(results, { recursive: true })
  const before = newestHistory(results)
  const kept = { ...(before?.rows === options.rows ? before : {}), rows: options.rows, ...found }
  writeFileSync(historyFile(results), `${JSON.stringify(kept, null, 2)}\n`)
}

function sealWith({ env }: Pick<Seeded, 'env'>): Seal {
  const sealer = createSealer(Buffer.from(env.VALETKEY_MASTER_KEY ?? '', 'hex'), randomBytes)
  return (row_id) => sealer.seal('api-key', row_id, randomBytes(32))
}

/** Two servers that take turns, one over few rows and one over many. */
async function costs(
  database: 'SQLite' | 'PostgreSQL',
  { cores }: Place,
  seeded: (name: string, rows: number) => ReturnType<typeof seed>,
): Promise<readonly [ratio: number, row: readonly string[]]> {
  const works: Work[] = []
  try {
    for (const [name, rows] of [
      ['little', options.little],
      ['much', options.rows],
    ] as const) {
      tell(`${database}: ${rows} rows in each table`)
      const contestant = await valetkey(database, await seeded(name, rows), cores, [])
      works.push({ ...redeeming(contestant, options.requests), name: `${database}, ${name}` })
    }
    const [little, much] = await measure(works, options.rounds, tell)
    if (little === undefined || much === undefined) throw new Error('two were measured')
    const ratio = little.per_second / much.per_second
    const figures = [little.per_second, much.per_second, little.cpu, much.cpu, ratio].map(rounded)
    return [ratio, [database, ...figures]]
  } finally {
    for (const { server } of works) await server.stop()
  }
}
