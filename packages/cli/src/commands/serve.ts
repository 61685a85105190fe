import process from 'node:process'
import {
  type RunningServer,
  readSettings,
  type SettingName,
  type Settings,
  serve,
  settingRows,
} from '@valetkey/server'
import { type Command, Option } from 'commander'
import { Refused } from '../errors.ts'
import { examples } from '../options.ts'
import { flagOf } from '../setting-flags.ts'
import { type Cli, printFields } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command.description(
    'Run the server until it gets SIGTERM or SIGINT. Its log is JSON on standard output, a line per event.',
  )
  const flags = (Object.keys(settingRows) as SettingName[]).map((name) => {
    const { unit, means, env, default: usual } = settingRows[name]
    const said =
      usual === '' || typeof usual === 'object'
        ? ''
        : `; ${usual === true ? 'on' : usual === false ? 'off' : usual} unless said`
    const option = new Option(
      `${flagOf(name)} <${unit.replaceAll(' ', '-')}>`,
      `${means}${said} (env: ${env})`,
    )
    command.addOption(option)
    return { name, attribute: option.attributeName() }
  })
  command.action((options: Readonly<Record<string, string>>) =>
    run(
      cli,
      Object.fromEntries(
        flags
          .map(({ name, attribute }) => [name, options[attribute]])
          .filter(([, text]) => text !== undefined),
      ),
    ),
  )
  examples(
    command,
    'valetkey serve',
    'valetkey serve --port 8080 --data /var/lib/valetkey --public-url https://auth.example',
    'VALETKEY_DATABASE_URL=postgres://… VALETKEY_MASTER_KEY=… valetkey serve',
  )
}

async function run({ env, err }: Cli, flags: Partial<Record<SettingName, string>>): Promise<void> {
  const settings = readSettings(flags, env)
  const server = await started(settings)
  err.line(err.paint('bold', 'Valetkey is running.'))
  printFields(
    err,
    [
      ['console', server.url],
      [
        'data',
        settings.database_url === '' ? `${settings.data} (SQLite)` : `PostgreSQL, and ${settings.data}`,
      ],
    ],
    '  ',
  )
  await stopSignal()
  err.line('Stopping: requests under way are finished.')
  await server.close()
}

async function started(settings: Settings): Promise<RunningServer> {
  try {
    return await serve(settings)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const { host, port } = settings
    if (code === 'EADDRINUSE')
      throw new Refused(
        'address_in_use',
        `something listens on ${host}:${port} already; stop it, or choose another --port`,
      )
    if (code === 'EACCES')
      throw new Refused('address_refused', `may not listen on ${host}:${port}; choose a --port above 1023`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new Refused('address_unknown', `${host} is no address of this machine; choose another --host`)
    throw cause
  }
}

/** The first signal asks to stop; a second one, having no listener left, ends the process. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off('SIGTERM', stop).off('SIGINT', stop)
      resolve()
    }
    process.on('SIGTERM', stop).on('SIGINT', stop)
  })
}
