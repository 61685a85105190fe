import { readFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { Command, CommanderError } from 'commander'
import { commands, groups } from './commands.ts'
import { AnsweredNo, type Told, toldOf } from './errors.ts'
import { type Cli, cliOf, plain, printFields, printJson, type System } from './terminal.ts'

/** Runs one command. Resolves with the exit code: 0 done, 1 refused, 2 wrong usage. */
export async function run(system: System): Promise<number> {
  const cli = cliOf(system)
  const args = system.argv.slice(2)
  // `help jwt create` is `jwt create --help`
  const words = args[0] === 'help' ? [...args.slice(1), '--help'] : args
  try {
    const program = await programFor(words, cli)
    await program.parseAsync(words, { from: 'user' })
    return 0
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    if (thrown instanceof AnsweredNo) return 1
    return tell(cli, thrown, { json: words.includes('--json') })
  }
}

/** The program with all names, and the options of the one command that is meant; the others are not even loaded. */
async function programFor(words: readonly string[], cli: Cli): Promise<Command> {
  const program = new Command('valetkey')
    .description('OAuth 2 for decentralised object storage: the server, the developer API and access grants.')
    .version(versionOf())
    .exitOverride()
    .helpCommand(false)
    .showHelpAfterError('Try it with --help.')
    .configureHelp({ styleTitle: (title) => styleText('bold', title, { validateStream: false }) })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused, 2 wrong usage. "valetkey <command> --help" has examples.',
    )
  const asked = words.filter((word) => word !== 'help')
  for (const { words: name, summary, load } of commands) {
    const [first = '', second] = name.split(' ')
    const command = second === undefined ? program.command(first) : groupOf(program, first).command(second)
    command.description(summary)
    if (name.split(' ').every((word, at) => asked[at] === word)) (await load()).define(command, cli)
  }
  return program
}

function groupOf(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name)
  return known ?? program.command(name).description(groups[name] ?? '')
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return String(version)
}

/** One sentence, the error's name, the trace; a bug with its stack. */
function tell(cli: Cli, thrown: unknown, { json }: { json: boolean }): number {
  const told = toldOf(thrown)
  const { err } = cli
  if (told === undefined) {
    err.line(
      `${err.paint('red', 'error')} this is a bug: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
    )
    return 1
  }
  const { exitCode, ...fields } = told
  if (json) printJson(cli, fields)
  else sayError(cli, told)
  return exitCode
}

function sayError({ err }: Cli, { error, error_description, trace_id }: Told): void {
  err.line(`${err.paint('red', 'error')} ${plain(error_description)}`)
  if (trace_id === undefined) return
  const fields: [string, string][] = [
    ['error', error],
    ...(trace_id === '' ? [] : [['trace_id', trace_id] as [string, string]]),
  ]
  printFields(err, fields, '  ')
}
