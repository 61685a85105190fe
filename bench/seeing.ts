import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { redeeming, valetkey } from './contestants.ts'
import { measure } from './measure.ts'
import { readNumbers } from './options.ts'
import { inPlace, type Place, tell } from './place.ts'
import { aligned, tableOf } from './report.ts'
import { seed } from './seed.ts'

const { rounds, requests } = readNumbers(
  `npm run bench:seeing -- [options]

Measures what metrics and traces cost the token request, on SQLite: one server as it is by default, one with metrics,
one with metrics and a trace of every request, one with a trace of every hundredth, and one that logs errors alone.

  --rounds N     5 unless told
  --requests N   a round, 10000 unless told
  --help         this text
`,
  { rounds: 5, requests: 10_000 },
)

const metrics = { VALETKEY_METRICS_TOKEN: 'a-token-of-the-benchmark' }
const usual = 'as by default'

await inPlace(async (place) => {
  const otlp = await startCollector(place)
  const modes: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    [usual, {}],
    ['metrics', metrics],
    ['metrics, 1 % traced', { ...metrics, VALETKEY_OTLP_URL: otlp, VALETKEY_OTLP_SAMPLE: '1' }],
    ['metrics, all traced', { ...metrics, VALETKEY_OTLP_URL: otlp }],
    ['log of errors alone', { VALETKEY_LOG_LEVEL: 'error' }],
  ]
  const works = []
  for (const [name, env] of modes) {
    const seeded = await seed(join(place.folder, name), '', (rounds + 1) * requests)
    const server = await valetkey('SQLite', { ...seeded, env: { ...seeded.env, ...env } }, place.cores, [])
    place.atEnd(() => server.server.stop())
    works.push(redeeming({ ...server, name }, requests))
  }
  const results = await measure(works, rounds, tell)
  const table = aligned(tableOf({ title: 'Token requests, SQLite', references: [usual], results }))
  const base = results[0]?.cpu ?? Number.NaN
  const cpu = results.map(({ name, cpu }) => `${name}: CPU × ${(cpu / base).toFixed(2)}`)
  process.stdout.write(`\n${table}\n\n${cpu.join('\n')}\n`)
})

/** Takes what it is sent, and looks at none of it. */
async function startCollector({ atEnd }: Place): Promise<string> {
  const collector = createServer((request, response) => {
    request.resume().once('end', () => response.end('{}'))
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  atEnd(async () => {
    collector.closeAllConnections()
    collector.close()
  })
  const address = collector.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}
