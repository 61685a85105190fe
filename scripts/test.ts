/**
 * `npm test`: finds what the tests need, says what it found, runs them all.
 *
 * Chromium comes from the CHROMIUM setting, the system, or Playwright; where there is none and this program may, it
 * installs the distribution's. Nothing is skipped in silence. Arguments go on to Vitest.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findChromium } from '../e2e/testing/chromium.ts'
import { findPgbouncer } from '../e2e/testing/pgbouncer.ts'

const report = '.cache/test-report.json'

function main(): number {
  const browser = findChromium() ?? (installChromium() ? findChromium() : undefined)
  if (browser === undefined) {
    console.error(`No Chromium found, and the browser tests need one. Install it with

  ${canInstall() ? 'apt-get install chromium' : 'npx playwright install chromium'}

or set CHROMIUM to the path of one.`)
    return 1
  }
  console.log(`Chromium: ${browser}`)
  if (findGo() === undefined) {
    console.error(
      '\n!!! Go is not installed: the Go judge of access grants and the Go example DO NOT RUN. !!!\n',
    )
  }
  if (findPgbouncer() === undefined) {
    console.error('\n!!! PgBouncer is not installed: the tests of the database through it DO NOT RUN. !!!\n')
  }
  mkdirSync('.cache', { recursive: true })
  const vitest = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...process.argv.slice(2),
    ],
    { stdio: 'inherit', env: { ...process.env, CHROMIUM: browser } },
  )
  printTally()
  return vitest.status ?? 1
}

/** One plain closing line, in words any continuous integration understands. */
function printTally(): void {
  if (!existsSync(report)) return
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`)
}

const canInstall = (): boolean => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

/** Only where it can be done without asking: as root, on a system with apt. */
function installChromium(): boolean {
  if (!canInstall() || process.env.CHROMIUM !== undefined) return false
  console.log('No Chromium found; installing the distribution’s with apt-get.')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  return (
    spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    }).status === 0
  )
}

function findGo(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/go/bin']
  return folders.map((folder) => join(folder, 'go')).find((path) => existsSync(path))
}

process.exitCode = main()
