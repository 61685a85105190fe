import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measureAccessGrant } from './access-grant.ts'
import { measureBeside } from './beside.ts'
import { redeeming } from './contestants.ts'
import type { Run } from './goals.ts'
import { newestHistory } from './history-costs.ts'
import { measure } from './measure.ts'
import { type Options, readOptions } from './options.ts'
import { performanceDoc } from './performance-doc.ts'
import { inPlace, type Place, syncMs, tell } from './place.ts'
import { type Share, sharesOf } from './profile.ts'
import { goalRows, report, type Section } from './report.ts'
import { type SetUp, setUp } from './set-up.ts'

const options = readOptions(process.argv.slice(2))
if ('text' in options) {
  const stream = options.exitCode === 0 ? process.stdout : process.stderr
  stream.write(options.text)
  process.exitCode = options.exitCode
} else {
  await inPlace((place) => main(options, place))
}

/** Measures what was asked for, prints the report and keeps it. */
async function main(options: Options, place: Place): Promise<void> {
  const results = fileURLToPath(new URL('results', import.meta.url))
  mkdirSync(results, { recursive: true })
  const nodeOptions = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${results}`] : []
  const { size, wants } = options
  const parties = await setUp(options, place, nodeOptions)
  const sections: Section[] = []
  for (const { works, ...section } of parties.comparisons) {
    sections.push({ ...section, results: await measure(works, size.rounds, tell) })
  }
  const history = newestHistory(results)
  const run: Run = {
    results: sections.flatMap((section) => section.results),
    ...(parties.unbound ? { beside: await measureBeside(parties.unbound, size.beside) } : {}),
    ...(wants('access-grant')
      ? { accessGrant: measureAccessGrant(place.folder, place.cores, size.accessGrantMs) }
      : {}),
    ...(history === undefined ? {} : { history }),
  }
  const machine = {
    ...place.machine,
    postgres: parties.postgres?.version,
    sync_ms: syncMs(place.folder),
    rounds: size.rounds,
  }
  const shares = options.writeDocs ? await profileOf(parties, size.valetkey / 4) : []
  const file = join(results, `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`)
  const kept = { machine, cores: place.cores, size, sections, run, goals: goalRows(run), shares }
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`)
  const about = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${size.rounds} rounds`
  process.stdout.write(`\n${about}\n\n${report(sections, run)}\nwritten to ${file}\n`)
  if (options.writeDocs) {
    const doc = fileURLToPath(new URL('../docs/performance.md', import.meta.url))
    writeFileSync(doc, performanceDoc({ machine, sections, run, shares }))
    process.stdout.write(`and to ${doc}\n`)
  }
}

/** Where the time of a token request goes on SQLite: apart from what is measured, since watching costs as well. */
async function profileOf({ sqlite }: SetUp, count: number): Promise<readonly Share[]> {
  if (sqlite === undefined) return []
  const run = await redeeming(sqlite, count).prepare(Math.min(count, 1000))
  await sqlite.server.ask('profile', null)
  await run()
  return sharesOf(await sqlite.server.ask('profile', null))
}
