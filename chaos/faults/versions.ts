import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { redeemEntry } from '../moves.ts'
import { onPostgres } from '../on-stage.ts'
import { type Fault, Unavailable } from '../run.ts'
import type { Site } from '../site.ts'
import { type Stage, trials } from '../stage.ts'
import { consent } from '../traffic.ts'

/** The last commit before the standard dialect: its tables are fewer, and it knows nothing of those that came. */
const previous = '691b45f11be2a4e274c954fa0557eaae3bed0e49'

/** The version before beside this one, on one database. */
export const twoVersions: Fault = {
  name: 'versions',
  title: 'two versions side by side',
  what: `A server of an earlier version (${previous.slice(0, 7)}) makes the database, this version migrates it, and both serve: each redeems codes that the other issued, and ends what the other granted.`,
  times: { full: 10, quick: 2, smoke: 0 },
  async run({ site, chance, times }) {
    const servers = [{ source: sourceOf(site, previous) }, {}]
    return onPostgres(
      { site, chance },
      { name: 'versions', servers, dialects: ['storx'] },
      ({ stage, outcome }) => trials(stage, outcome, times, () => crossOver(stage), { harmless: true }),
    )
  },
}

/** A user says yes at each of them, and the code is redeemed at the other. */
async function crossOver({ doors, town, ledger }: Stage): Promise<void> {
  const [pair] = town.pairs
  const [old, current] = doors
  if (pair === undefined || old === undefined || current === undefined) throw new Error('two servers needed')
  for (const [from, to] of [
    [old, current],
    [current, old],
  ] as const)
    for (let n = 0; n < 5; n++) {
      await consent(ledger, from, pair)
      const entry = pair.fresh.shift()
      if (entry !== undefined) await redeemEntry(ledger, to, entry)
    }
}

/** The source of another commit, with the packages that are installed here. @throws Unavailable in a clone without it */
function sourceOf(site: Site, commit: string): string {
  const here = join(import.meta.dirname, '../..')
  const folder = join(site.folder, 'previous')
  mkdirSync(folder)
  const archive = spawnSync('git', ['archive', commit], { cwd: here, maxBuffer: 2 ** 28 })
  if (archive.status !== 0)
    throw new Unavailable(
      `this clone does not have the commit ${commit.slice(0, 7)}, or git is not installed`,
    )
  const unpacked = spawnSync('tar', ['-x', '-C', folder], { input: archive.stdout })
  if (unpacked.status !== 0) throw new Unavailable('tar cannot unpack the earlier version')

  const installed = join(here, 'node_modules')
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@valetkey'), { recursive: true })
  for (const name of readdirSync(installed))
    if (name !== '@valetkey' && name !== '.bin') symlinkSync(join(installed, name), join(modules, name))
  for (const name of readdirSync(join(folder, 'packages'))) {
    symlinkSync(join(folder, 'packages', name), join(modules, '@valetkey', name))
    const own = join(here, 'packages', name, 'node_modules')
    if (existsSync(own)) cpSync(own, join(folder, 'packages', name, 'node_modules'), { recursive: true })
  }
  return folder
}
