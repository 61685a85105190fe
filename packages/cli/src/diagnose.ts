import { readSettings, type Settings, settingRows } from '@valetkey/server'
import { type Check, type Finding, fine, wrongBecause } from './doctor/check.ts'
import {
  database,
  databaseClock,
  durability,
  integrity,
  isFinding,
  look,
  masterKey,
  schema,
  secrets,
} from './doctor/database.ts'
import { disk, fileDescriptors, folder, nodeVersion } from './doctor/machine.ts'
import { clock, collector, listening, mail, metrics, publicAddress, satellite } from './doctor/network.ts'
import { contradiction, inWords } from './doctor/settings.ts'
import type { Cli } from './terminal.ts'

type Look = () => Finding | Promise<Finding>

/** All checks, in the order in which they are told. Nothing is made, changed or migrated, and nobody waits long. */
export async function diagnose(cli: Cli, url: string | undefined): Promise<Check[]> {
  const checks: Promise<Check>[] = []
  const check = (name: string, looks: Look): void => {
    const finding = Promise.resolve().then(looks).catch(wrongBecause)
    checks.push(finding.then((found) => ({ name, ...found })))
  }
  check('node', () => nodeVersion())
  let settings: Settings | undefined
  try {
    settings = readSettings({}, cli.env)
  } catch (thrown) {
    check('settings', () => wrongBecause(thrown))
  }
  if (settings !== undefined) await checkServer(check, settings, cli)
  // By default the world's way to the server; only then is it the clock that its clients see.
  const watched = url ?? (settings?.public_url || undefined)
  if (watched !== undefined)
    check('clock', () => clock(cli.now, watched, settings?.clock_skew ?? settingRows.clock_skew.default))
  return Promise.all(checks)
}

async function checkServer(
  check: (name: string, looks: Look) => void,
  settings: Settings,
  { now }: Pick<Cli, 'now'>,
): Promise<void> {
  check('settings', () => fine(inWords(settings)))
  check('together', () => contradiction(settings))
  check('data folder', () => folder(settings))
  check('disk', () => disk(settings))
  check('files', () => fileDescriptors())
  check('master key', () => masterKey(settings))
  const looked = await look(settings)
  if (isFinding(looked)) check('database', () => looked)
  else {
    check('database', () => database(looked))
    check('schema', () => schema(looked))
    check('durability', () => durability(looked))
    check('integrity', () => integrity(settings, looked))
    if (looked.clock !== undefined)
      check('its clock', () => databaseClock(looked, now(), settings.clock_skew))
    check('secrets', () => secrets(settings, looked))
  }
  check('satellite', () => satellite(settings))
  check('mail', () => mail(settings))
  check('server', () => listening(settings))
  check('public URL', () => publicAddress(settings))
  check('metrics', () => metrics(settings))
  check('traces', () => collector(settings))
}
