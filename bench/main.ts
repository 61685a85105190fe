import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure } from './measure.ts'
import { type Options, readOptions } from './options.ts'
import { inPlace, type Place, tell } from './place.ts'
import { report, type Section } from './report.ts'
import { setUp } from './set-up.ts'

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
  const { machine, cores } = place
  const nodeOptions = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${results}`] : []
  const sections: Section[] = []
  for (const { works, ...section } of await setUp(options, place, nodeOptions)) {
    sections.push({ ...section, results: await measure(works, options.size.rounds, tell) })
  }
  const { text, goals } = report(sections)
  const file = join(results, `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`)
  writeFileSync(file, `${JSON.stringify({ machine, cores, size: options.size, sections, goals }, null, 2)}\n`)
  const about = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${options.size.rounds} rounds`
  process.stdout.write(`\n${about}\n\n${text}\nwritten to ${file}\n`)
}
