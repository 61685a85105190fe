/** `npm run chaos`: breaks what a server stands on while clients use it, and looks whether everything still holds. */
import { clockJumps } from './faults/clock.ts'
import { killBackend, killPostmaster, restartPostgres } from './faults/database.ts'
import { fullDiskPostgres, fullDiskSqlite } from './faults/full-disk.ts'
import { junkRequests } from './faults/junk.ts'
import { killPostgres, killSqlite } from './faults/kill-server.ts'
import { lineFaults } from './faults/line.ts'
import { slowConnections } from './faults/slow.ts'
import { twoVersions } from './faults/versions.ts'
import { type Options, readOptions } from './options.ts'
import { chanceFrom } from './random.ts'
import { breachesOf, chaosPart, keepResult, type Line, machine, tableOf, writePart } from './report.ts'
import { type Fault, type Length, Unavailable } from './run.ts'
import { onSite, tell } from './site.ts'

const faults: readonly Fault[] = [
  killSqlite,
  killPostgres,
  killBackend,
  killPostmaster,
  restartPostgres,
  fullDiskSqlite,
  fullDiskPostgres,
  ...lineFaults,
  clockJumps,
  twoVersions,
  slowConnections,
  junkRequests,
]

const options = readOptions(
  process.argv.slice(2),
  faults.map(({ name }) => name),
)
if ('text' in options) {
  ;(options.exitCode === 0 ? process.stdout : process.stderr).write(options.text)
  process.exitCode = options.exitCode
} else process.exitCode = await main(options)

async function main({ seed, length, only, times, writeDocs }: Options): Promise<number> {
  process.stdout.write(`${machine()}\nseed ${seed}\n`)
  const lines: Line[] = []
  for (const [at, fault] of faults.entries()) {
    const wanted = only.length === 0 ? fault.times[length] > 0 : only.includes(fault.name)
    // Of its own number, so that one fault alone does what it did among all.
    if (wanted)
      lines.push(
        await perform(fault, {
          seed: seed + at * 7919,
          length,
          times: times ?? Math.max(1, fault.times[length]),
        }),
      )
  }
  const command = `npm run chaos${length === 'full' ? '' : ` -- --${length}`}`
  const report = { command: `${command}${length === 'full' ? ' --' : ''} --seed ${seed}`, seed, lines }
  process.stdout.write(`\n${tableOf(lines)}\n\n`)
  for (const { fault, outcome } of lines)
    if (outcome !== undefined && outcome.breaches.length > 0)
      process.stdout.write(`${fault.title}:\n${breachesOf(outcome.breaches)}\n`)
  if (length !== 'smoke') tell(`written to ${keepResult(report)}`)
  if (writeDocs) tell(`written to ${writePart('chaos', chaosPart(report))}`)
  return lines.some(({ outcome }) => outcome !== undefined && outcome.breaches.length > 0) ? 1 : 0
}

async function perform(
  fault: Fault,
  { seed, length, times }: { seed: number; length: Length; times: number },
): Promise<Line> {
  tell(`${fault.title}, ${times} times`)
  const begin = performance.now()
  const seconds = (): number => Math.round((performance.now() - begin) / 1000)
  try {
    const outcome = await onSite((site) => fault.run({ site, chance: chanceFrom(seed), times, length }))
    tell(`  ${seconds()} s, ${outcome.breaches.length === 0 ? 'all held' : breachesOf(outcome.breaches)}`)
    return { fault, seconds: seconds(), outcome }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    tell(`  SKIPPED: ${error.message}`)
    return { fault, seconds: seconds(), outcome: undefined, skipped: error.message }
  }
}
