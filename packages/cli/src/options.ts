import type { CommandVariable } from '@valetkey/server'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration, parseTime } from './duration.ts'
import { UsageError } from './errors.ts'
import { askSecret } from './prompts.ts'
import type { Cli } from './terminal.ts'

export const defaultUrl = 'http://localhost:10002'

const option = (flags: string, description: string, env: CommandVariable): Option =>
  new Option(flags, description).env(env)

export const clientIdOption = (): Option => option('--client-id <id>', 'the client_id', 'VALETKEY_CLIENT_ID')
export const clientSecretOption = (): Option =>
  option(
    '--client-secret <secret>',
    'the client secret as it was shown; - reads a line from standard input',
    'VALETKEY_CLIENT_SECRET',
  )
export const codeOption = (): Option =>
  option('--code <code>', 'the authorization code; - reads a line from standard input', 'VALETKEY_CODE')
export const passphraseOption = (): Option =>
  option(
    '--passphrase <passphrase>',
    "what the user's data is encrypted with; - reads a line from standard input",
    'VALETKEY_PASSPHRASE',
  )
export const emailOption = (): Option => option('--email <email>', 'your e-mail address', 'VALETKEY_EMAIL')
export const apiKeySecretOption = (): Option =>
  option(
    '--api-key-secret <hex>',
    'secret of the root API key; - reads a line from standard input',
    'VALETKEY_API_KEY_SECRET',
  )
export const urlOption = (): Option =>
  option('--url <url>', 'the server', 'VALETKEY_URL').argParser(serverUrl)
export const usualUrlOption = (): Option => {
  const option = urlOption()
  option.description = `the server; without it the one you are signed in at, else ${defaultUrl}`
  return option
}
export const jsonOption = (): Option => new Option('--json', 'answer in JSON')
export const envOption = (): Option =>
  new Option('--env', 'print the lines for a .env file').conflicts('json')

/** The end of every help. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`)
}

/** A repeatable option's values, in order. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
]

export const seconds = (text: string): number =>
  parseDuration(text) ?? invalid('Say it like 90s, 5m, 2h or 30d.')
export const time = (text: string): number =>
  parseTime(text) ?? invalid('Say it like 2026-12-31, 2026-12-31T18:00:00Z, or in epoch seconds.')

function serverUrl(text: string): string {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol)
    ? url.origin
    : invalid('It begins with http:// or https://.')
}

function invalid(expected: string): never {
  throw new InvalidArgumentError(expected)
}

/** A value that must be there. */
export function required(value: string | undefined, flag: string, env: CommandVariable): string {
  if (value === undefined || value === '') throw new UsageError(`${flag} is missing; give it, or set ${env}`)
  return value
}

/** A secret from the command line, the environment, standard input, or the person who sits there. */
export async function secretOf(
  cli: Cli,
  given: string | undefined,
  { flag, env, what }: { flag: string; env: CommandVariable; what: string },
): Promise<string> {
  const said = await orInputLine(cli, given, { flag, what })
  if (said !== undefined && said !== '') return said
  if (cli.interactive) return askSecret(cli, what)
  throw new UsageError(`${flag} is missing; set ${env}, or pipe it in with ${flag} -`)
}

export const clientSecretOf = (cli: Cli, given: string | undefined): Promise<string> =>
  secretOf(cli, given, { flag: '--client-secret', env: 'VALETKEY_CLIENT_SECRET', what: 'Client secret' })

/** What was given; where that is `-`, a line of standard input, or what the person who sits there answers. */
export async function orInputLine<Given extends string | undefined>(
  cli: Cli,
  given: Given,
  { flag, what }: { flag: string; what: string },
): Promise<Given | string> {
  if (given !== '-') return given
  return cli.interactive ? askSecret(cli, what) : cli.nextInputLine(flag)
}
