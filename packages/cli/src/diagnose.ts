import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseNodeUrl } from '@valetkey/access-grant'
import { durationInWords } from '@valetkey/protocol'
import {
  createSealer,
  loadMasterKey,
  openStore,
  readSettings,
  type Settings,
  type Store,
  settingRows,
} from '@valetkey/server'
import { reach } from './api.ts'
import { type Cli, count } from './terminal.ts'

/** What one check found; `open` is what cannot be said yet. */
export interface Check {
  readonly name: string
  readonly result: 'fine' | 'wrong' | 'open'
  readonly said: string
}

type Finding = Omit<Check, 'name'>

/** Checks in an order in which each may rely on those before it. Nothing that is missing is made. */
export async function diagnose(cli: Cli, url: string | undefined): Promise<Check[]> {
  const checks: Check[] = []
  const check = async (name: string, look: () => Finding | Promise<Finding>): Promise<boolean> => {
    const finding = await Promise.resolve().then(look).catch(wrongBecause)
    checks.push({ name, ...finding })
    return finding.result === 'fine'
  }
  let settings: Settings | undefined
  await check('settings', () => {
    settings = readSettings({}, cli.env)
    return fine(inWords(settings))
  })
  if (settings !== undefined) await checkServer(check, settings)
  if (url !== undefined)
    await check('clock', () => clock(cli, url, settings?.clock_skew ?? settingRows.clock_skew.default))
  return checks
}

async function checkServer(
  check: (name: string, look: () => Finding | Promise<Finding>) => Promise<boolean>,
  settings: Settings,
): Promise<void> {
  await check('data folder', () => folder(settings))
  const keyed = await check('master key', () => masterKey(settings))
  let store: Store | undefined
  const reached = await check('database', async () => {
    if (!databaseExists(settings)) return open('there is none yet; the first start makes it')
    store = await openStore(settings)
    await store.ready()
    return fine(
      settings.database_url === ''
        ? 'SQLite answers, and its schema is current'
        : 'PostgreSQL answers, and its schema is current',
    )
  })
  if (keyed && reached && store !== undefined) {
    const opened = store
    await check('secrets', () => secrets(settings, opened))
  }
  await store?.close()
  await check('satellite', () => satellite(settings))
}

function inWords(settings: Settings): string {
  const names = Object.keys(settingRows) as (keyof Settings)[]
  const changed = names.filter((name) => String(settings[name]) !== String(settingRows[name].default))
  return `${count(names.length, 'setting')}, ${changed.length === 0 ? 'all as by default' : `${changed.length} of your own: ${changed.join(', ')}`}`
}

/** The files hold secrets, sealed or not; the folder must not let others put files in. */
function folder({ data }: Settings): Finding {
  if (!existsSync(data)) return open(`${data} is not there yet; the first start makes it`)
  if (!statSync(data).isDirectory()) return wrong(`${data} is not a folder`)
  if (modeOf(data) & 0o022) return wrong(`others can write in ${data}; chmod 700 it`)
  const readable = readdirSync(data).filter(
    (name) => /^(?:master\.key|valetkey\.db)/.test(name) && modeOf(join(data, name)) & 0o077,
  )
  return readable.length === 0
    ? fine(`${data}, closed to others`)
    : wrong(
        `others can read ${readable.join(', ')} in ${data}; chmod 600 ${readable.length === 1 ? 'it' : 'them'}`,
      )
}

const modeOf = (path: string): number => statSync(path).mode

function masterKey(settings: Settings): Finding {
  const made = settings.master_key !== '' || existsSync(join(settings.data, 'master.key'))
  if (!made) return open('there is none yet; the first start makes it')
  const { key_id } = createSealer(loadMasterKey(settings), randomBytes)
  return fine(
    `${key_id}, from ${settings.master_key === '' ? join(settings.data, 'master.key') : 'VALETKEY_MASTER_KEY'}`,
  )
}

export const databaseExists = ({ database_url, data }: Settings): boolean =>
  database_url !== '' || existsSync(join(data, 'valetkey.db'))

/** One is enough: all are sealed under the same key. */
async function secrets(settings: Settings, store: Store): Promise<Finding> {
  const secret = await store.clients.newestSecret()
  if (secret === undefined) return open('no client is registered yet, so nothing is sealed')
  createSealer(loadMasterKey(settings), randomBytes).open('client-secret', secret.id, secret.sealed_secret)
  return fine('the master key opens what is stored')
}

function satellite({ satellite_address }: Settings): Finding {
  const { id, address } = parseNodeUrl(satellite_address)
  return id === undefined ? wrong('VALETKEY_SATELLITE_ADDRESS has no node id') : fine(address)
}

async function clock(cli: Cli, url: string, skew: number): Promise<Finding> {
  const response = await reach(url, () =>
    fetch(new URL('/healthz', url), { redirect: 'error', signal: AbortSignal.timeout(10_000) }),
  )
  await response.arrayBuffer()
  const date = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(date)) return wrong(`${url} does not say what time it is`)
  const ahead = cli.now() - Math.floor(date / 1000)
  const words = `${durationInWords(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} ${url}`
  if (Math.abs(ahead) > skew) return wrong(`this clock is ${words}; ${durationInWords(skew)} are allowed`)
  return fine(Math.abs(ahead) <= 1 ? `agrees with ${url}` : words)
}

const fine = (said: string): Finding => ({ result: 'fine', said })
const wrong = (said: string): Finding => ({ result: 'wrong', said })
const open = (said: string): Finding => ({ result: 'open', said })

/** The causes below a message say what to do: "cannot be used: unable to open database file". */
function wrongBecause(thrown: unknown): Finding {
  if (!(thrown instanceof Error)) return wrong(String(thrown))
  const { cause } = thrown
  return wrong(
    cause instanceof Error && cause.message !== '' && !thrown.message.includes(cause.message)
      ? `${thrown.message}: ${cause.message}`
      : thrown.message,
  )
}
