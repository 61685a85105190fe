import { sessionAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import { UsageError } from '../errors.ts'
import { emailOption, examples, jsonOption, usualUrlOption } from '../options.ts'
import { askSecret, askText } from '../prompts.ts'
import { saveSession, serverOf, sessionPath } from '../session-file.ts'
import { type Cli, plain, printJson } from '../terminal.ts'

interface Options {
  readonly url?: string
  readonly email?: string
  readonly passwordStdin?: true
  readonly json?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Sign in as a developer. The session is kept in a file that only you can read; the password is not.',
    )
    .addOption(usualUrlOption())
    .addOption(emailOption())
    .option(
      '--password-stdin',
      'read the password from standard input instead of asking (or set VALETKEY_PASSWORD)',
    )
    .addOption(jsonOption())
    .action((options: Options) => login(cli, options))
  examples(
    command,
    'valetkey login --email ada@example.com',
    'valetkey login --url https://auth.example --email ada@example.com --password-stdin < password.txt',
  )
}

async function login(cli: Cli, options: Options): Promise<void> {
  const { email: given, passwordStdin, json } = options
  const url = await serverOf(cli, options.url)
  const email =
    given ||
    (cli.interactive
      ? await askText(cli, 'E-mail address')
      : missing('--email is missing; give it, or set VALETKEY_EMAIL'))
  const password = await passwordOf(cli, passwordStdin)
  const path = '/api/v0/developer/auth/token'
  const { token, expiresAt: expires_at } = await ask(
    { url, method: 'POST', path, body: { email, password } },
    sessionAnswer,
  )
  await saveSession(cli, { url, email, token, expires_at })
  if (json) {
    printJson(cli, { url, email, expires_at })
    return
  }
  cli.out.line(`Signed in at ${url} as ${plain(email)} until ${plain(expires_at)}.`)
  if (cli.interactive)
    cli.err.line(cli.err.paint('dim', `The session is in ${sessionPath(cli)}; "valetkey logout" ends it.`))
}

async function passwordOf(cli: Cli, fromStdin: true | undefined): Promise<string> {
  if (fromStdin) return cli.nextInputLine('--password-stdin')
  if (cli.env.VALETKEY_PASSWORD) return cli.env.VALETKEY_PASSWORD
  return cli.interactive
    ? askSecret(cli, 'Password')
    : missing('the password is missing; use --password-stdin, or set VALETKEY_PASSWORD')
}

function missing(what: string): never {
  throw new UsageError(what)
}
