import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { divideCores } from './child.ts'
import { measure } from './measure.ts'
import { type Options, readOptions } from './options.ts'
import { report, type Section } from './report.ts'
import { setUp } from './set-up.ts'

/** The type of a file system in memory. @source Linux, include/uapi/linux/magic.h */
const tmpfs = 0x01021994

const options = readOptions(process.argv.slice(2))
if ('text' in options) {
  const stream = options.exitCode === 0 ? process.stdout : process.stderr
  stream.write(options.text)
  process.exitCode = options.exitCode
} else {
  await main(options)
}

/** Measures what was asked for, prints the report and keeps it. Whatever was started is ended, also after a failure. */
async function main(options: Options): Promise<void> {
  const results = fileURLToPath(new URL('results', import.meta.url))
  mkdirSync(results, { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  chmodSync(folder, 0o755) // PostgreSQL may run as somebody else
  if (statfsSync(folder).type === tmpfs)
    tell(`${folder} is in memory, so nothing is durable: set TMPDIR to a disk`)
  const machine = { cpu: cpus()[0]?.model.trim(), cores: cpus().length, node: process.version }
  const cores = divideCores()
  tell(
    cores === undefined
      ? 'no cores to give away here: servers and generator share them'
      : `servers on core ${cores.server}, generator and PostgreSQL on core ${cores.generator}`,
  )

  const closing: (() => Promise<void>)[] = []
  try {
    const place = {
      folder,
      cores,
      nodeOptions: options.profile ? ['--cpu-prof', `--cpu-prof-dir=${results}`] : [],
    }
    const sections: Section[] = []
    for (const { works, ...section } of await setUp(options, place, (close) => closing.unshift(close))) {
      sections.push({ ...section, results: await measure(works, options.size.rounds, tell) })
    }
    const { text, goals } = report(sections)
    const file = join(results, `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`)
    writeFileSync(
      file,
      `${JSON.stringify({ machine, cores, size: options.size, sections, goals }, null, 2)}\n`,
    )
    const about = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${options.size.rounds} rounds`
    process.stdout.write(`\n${about}\n\n${text}\nwritten to ${file}\n`)
  } finally {
    for (const close of closing) await close()
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}
