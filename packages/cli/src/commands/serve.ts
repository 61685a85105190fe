import process from 'node:process'
import {
  flagOf,
  type RunningServer,
  type RunningWorkers,
  readSettings,
  type SettingName,
  type Settings,
  serve,
  serveWorkers,
  settingRows,
} from '@valetkey/server'
import { type Command, Option } from 'commander'
import { errorCodeOf } from '../error-code.ts'
import { Refused } from '../errors.ts'
import { examples, jsonOption, orInputLine } from '../options.ts'
import { type Cli, printFields, type Screen } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command.description(
    'Run the server until it gets SIGTERM or SIGINT. Its log is JSON on standard output, a line per event; with --json, that is all it says. SIGUSR2 replaces the --workers one by one, while all requests are served.',
  )
  const names = Object.keys(settingRows) as SettingName[]
  for (const name of names) command.addOption(optionOf(name))
  command.addOption(jsonOption()).action(async (options: Readonly<Record<string, string | true>>) => {
    const flags: Partial<Record<SettingName, string>> = {}
    for (const name of names) {
      const given = options[optionOf(name).attributeName()]
      // A switch is on when it is named: --dev is --dev on.
      const said = given === true ? 'on' : given
      if (said !== undefined) flags[name] = isSecret(name) ? await secretSaid(cli, said, flagOf(name)) : said
    }
    await run(cli, flags, { quiet: 'json' in options })
  })
  examples(
    command,
    'valetkey serve',
    'valetkey serve --dev                           # refused token requests carry their whole explanation',
    'valetkey serve --port 8080 --data /var/lib/valetkey --public-url https://auth.example',
    'VALETKEY_DATABASE_URL=postgres://… VALETKEY_MASTER_KEY=… valetkey serve',
    'VALETKEY_DATABASE_URL=postgres://… valetkey serve --workers auto',
    'valetkey serve --master-key - < master-key.txt',
  )
}

const secretSaid = (cli: Cli, said: string, flag: string): Promise<string> =>
  orInputLine(cli, said, { flag, what: flag })

function optionOf(name: SettingName): Option {
  const { unit, means, env, default: usual } = settingRows[name]
  const unsaid = usual === true ? 'on' : usual === false ? 'off' : String(usual)
  const description = [
    means,
    ...(unsaid === '' ? [] : [`${unsaid} unless said`]),
    ...(isSecret(name) ? ['- reads a line from standard input'] : []),
  ]
  const inWords = `${description.join('; ')} (env: ${env})`
  const value = unit.replaceAll(' ', '-')
  return new Option(`${flagOf(name)} ${typeof usual === 'boolean' ? `[${value}]` : `<${value}>`}`, inWords)
}

const isSecret = (name: SettingName): boolean => 'secret' in settingRows[name]

async function run(
  { env, err }: Cli,
  flags: Partial<Record<SettingName, string>>,
  { quiet }: { quiet: boolean },
): Promise<void> {
  const settings = readSettings(flags, env)
  const stop = stopSignal()
  let renew = (): unknown =>
    quiet || settings.workers > 1 || err.line('One process has nobody to take its place: restart it instead.')
  process.on('SIGUSR2', () => void renew())
  const server = await started<RunningServer | RunningWorkers>(settings, () =>
    settings.workers > 1 ? serveWorkers(settings, { flags, env }) : serve(settings),
  )
  if ('renew' in server) renew = server.renew
  if (!quiet) sayRunning(err, server.url, settings)
  await Promise.race([stop, 'givenUp' in server ? server.givenUp : stop])
  if (!quiet) err.line('Stopping: requests under way are finished.')
  await server.close()
}

function sayRunning(err: Screen, url: string, { database_url, data, dev, workers }: Settings): void {
  err.line(err.paint('bold', 'Valetkey is running.'))
  const fields: [string, string][] = [
    ['console', `${url}/console (for developers of apps)`],
    ['apps', `${url}/apps (for users: who holds access)`],
    ['address', url],
    ['data', database_url === '' ? `${data} (SQLite)` : `PostgreSQL, and ${data}`],
    ...(workers > 1 ? [['workers', `${workers} processes`] as [string, string]] : []),
    ...(dev ? [['dev', 'refused token requests carry their explanation'] as [string, string]] : []),
  ]
  printFields(err, fields, '  ')
}

async function started<Server>({ host, port }: Settings, start: () => Promise<Server>): Promise<Server> {
  try {
    return await start()
  } catch (cause) {
    const code = errorCodeOf(cause)
    if (code === 'EADDRINUSE')
      throw new Refused(
        'address_in_use',
        `something listens on ${host}:${port} already; stop it, or choose another --port`,
      )
    if (
      code === 'EACCES' &&
      cause instanceof Error &&
      'syscall' in cause &&
      (cause.syscall === 'listen' || cause.syscall === 'bind')
    )
      throw new Refused('address_refused', `may not listen on ${host}:${port}; choose a --port above 1023`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new Refused('address_unknown', `${host} is no address of this machine; choose another --host`)
    throw cause
  }
}

/** The first signal asks to stop, once the server is up; a second one, having no listener left, ends the process. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off('SIGTERM', stop).off('SIGINT', stop)
      resolve()
    }
    process.on('SIGTERM', stop).on('SIGINT', stop)
  })
}
