import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { createSealer } from '../packages/server/src/sealing.ts'
import { redeeming, valetkey } from './contestants.ts'
import { type HistoryCosts, historyFile } from './history-costs.ts'
import { fillPostgres, fillSqlite, type Seal } from './history-rows.ts'
import { measure } from './measure.ts'
import { readNumbers } from './options.ts'
import { inPlace, type Place, tell } from './place.ts'
import { startPostgres } from './postgres.ts'
import { aligned, rounded } from './report.ts'
import { type Seeded, seed } from './seed.ts'

const help = `npm run bench:history -- [options]

Measures the token request over much history and over little, on SQLite and on PostgreSQL: authorization requests,
codes, grants, API keys, traces and audit events, so many of each. Ten million take an hour and some 60 GB of disk.

  --rows N       rows in each table where there are many (1000000)
  --little N     rows in each table where there are few (1000)
  --requests N   token requests a round (4000)
  --rounds N     rounds (5)
  --help         this text
`

const options = readNumbers(help, { rows: 1_000_000, little: 1000, requests: 4000, rounds: 5 })
/** For all rounds and the warming up. */
const codes = (options.rounds + 1) * options.requests

await inPlace(main)

async function main(place: Place): Promise<void> {
  const sqlite = await costs('SQLite', place, async (name, rows) => {
    const data = join(place.folder, name)
    const seeded = await seed(data, '', codes)
    const database = new DatabaseSync(join(data, 'valetkey.db'))
    fillSqlite(database, rows, sealWith(seeded))
    database.close()
    return seeded
  })
  const { url, stop } = await startPostgres(join(place.folder, 'postgres'))
  place.atEnd(stop)
  const postgres = await costs('PostgreSQL', place, async (name, rows) => {
    const administrator = new pg.Client({ connectionString: url })
    await administrator.connect()
    await administrator.query(`create database ${name}`)
    await administrator.end()
    const database_url = url.replace(/[^/]*$/, name)
    const seeded = await seed(join(place.folder, `keys of ${name}`), database_url, codes)
    await fillPostgres(database_url, rows, sealWith(seeded))
    return seeded
  })
  const results = fileURLToPath(new URL('results', import.meta.url))
  mkdirSync(results, { recursive: true })
  const kept: HistoryCosts = { rows: options.rows, sqlite: sqlite.ratio, postgres: postgres.ratio }
  writeFileSync(historyFile(results), `${JSON.stringify(kept, null, 2)}\n`)
  const head = [
    'History',
    '/s with little',
    '/s with much',
    'CPU µs with little',
    'with much',
    'cost × little',
  ]
  process.stdout.write(`${aligned([head, sqlite.row, postgres.row])}\n`)
}

function sealWith({ env }: Pick<Seeded, 'env'>): Seal {
  const sealer = createSealer(Buffer.from(env.VALETKEY_MASTER_KEY ?? '', 'hex'), randomBytes)
  return (row_id) => sealer.seal('api-key', row_id, randomBytes(32))
}

/** Two servers that take turns, one over few rows and one over many. */
async function costs(
  database: 'SQLite' | 'PostgreSQL',
  { cores, atEnd }: Place,
  seeded: (name: string, rows: number) => ReturnType<typeof seed>,
): Promise<{ row: string[]; ratio: number }> {
  const works = []
  for (const [name, rows] of [
    ['little', options.little],
    ['much', options.rows],
  ] as const) {
    tell(`${database}: ${rows} rows in each table`)
    const contestant = await valetkey(database, await seeded(name, rows), cores, [])
    atEnd(() => contestant.server.stop())
    works.push({ ...redeeming(contestant, options.requests), name: `${database}, ${name}` })
  }
  const [little, much] = await measure(works, options.rounds, tell)
  if (little === undefined || much === undefined) throw new Error('two were measured')
  const ratio = little.per_second / much.per_second
  return {
    ratio,
    row: [database, ...[little.per_second, much.per_second, little.cpu, much.cpu, ratio].map(rounded)],
  }
}
