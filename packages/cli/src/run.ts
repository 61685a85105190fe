import { styleText } from 'node:util'
import { Command, CommanderError, type OutputConfiguration } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { commands, groups } from './commands.ts'
import { AnsweredNo, type Told, toldOf, Unreachable } from './errors.ts'
import { findSession } from './session-file.ts'
import { spellingOf } from './spelling.ts'
import { type Cli, cliOf, printFields, printJson, printWrapped, type System } from './terminal.ts'

/** Runs one command. Resolves with the exit code: 0 done, 1 refused, 2 wrong usage. */
export async function run(system: System): Promise<number> {
  const spelled = spellingOf(system.env)
  const cli = cliOf(system, spelled)
  const args = system.argv.slice(2)
  // `help jwt create` is `jwt create --help`
  const words = args[0] === 'help' ? [...args.slice(1), '--help'] : args
  try {
    const program = await programFor(words, cli, {
      writeOut: (text) => system.stdout.write(spelled(text)),
      writeErr: (text) => system.stderr.write(spelled(text)),
    })
    await program.parseAsync(words, { from: 'user' })
    return 0
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    if (thrown instanceof AnsweredNo) return 1
    return tell(cli, thrown, { json: words.includes('--json') })
  }
}

/** The program with all names, and the options of the one command that is meant; the others are not even loaded. */
async function programFor(words: readonly string[], cli: Cli, output: OutputConfiguration): Promise<Command> {
  const program = new Command('valetkey')
    .description('OAuth 2 for decentralised object storage: the server, the developer API and access grants.')
    .version(manifest.version)
    .exitOverride()
    .configureOutput(output)
    .helpCommand(false)
    .showHelpAfterError('Try it with --help.')
    .configureHelp({
      minWidthToWrap: 20,
      styleTitle: (title) => styleText('bold', title, { validateStream: false }),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused, 2 wrong usage. "valetkey <command> --help" has examples.',
    )
  const asked = words.filter((word) => word !== 'help')
  for (const { words: name, summary, load } of commands) {
    const path = name.split(' ')
    const command = path
      .slice(0, -1)
      .reduce(groupOf, program)
      .command(path.at(-1) ?? '')
    command.description(summary)
    if (path.every((word, at) => asked[at] === word)) (await load()).define(command, cli)
  }
  return program
}

function groupOf(parent: Command, name: string): Command {
  const known = parent.commands.find((command) => command.name() === name)
  return known ?? parent.command(name).description(groups[name] ?? '')
}

/** One sentence, the error's name, the trace, what to do next; a bug with its stack. */
async function tell(cli: Cli, thrown: unknown, { json }: { json: boolean }): Promise<number> {
  const told = toldOf(thrown)
  const { err } = cli
  if (told === undefined) {
    err.line(
      `${err.paint('red', 'error')} this is a bug: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
    )
    return 1
  }
  const { exitCode, next = [], ...fields } = told
  if (json) printJson(cli, fields)
  else sayError(cli, { ...told, next: [...next, ...(await whereSignedIn(cli, thrown))] })
  return exitCode
}

function sayError({ err }: Cli, { error, error_description, trace_id, next = [] }: Told): void {
  printWrapped(err, error_description, { first: `${err.paint('red', 'error')} ` })
  if (trace_id !== undefined) {
    const fields: [string, string][] = [
      ['error', error],
      ...(trace_id === '' ? [] : [['trace_id', trace_id] as [string, string]]),
    ]
    printFields(err, fields, '  ')
  }
  for (const line of next) printWrapped(err, line, { first: '  ' })
}

/** Who asks where nothing listens may have meant the server of the session. */
async function whereSignedIn(cli: Cli, thrown: unknown): Promise<readonly string[]> {
  if (!(thrown instanceof Unreachable)) return []
  const session = await findSession(cli)
  if (session === undefined || session.url === thrown.url) return []
  return [`You are signed in at ${session.url}: add --url ${session.url}, or set VALETKEY_URL.`]
}
