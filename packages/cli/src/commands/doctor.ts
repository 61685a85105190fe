import type { Command } from 'commander'
import { type Check, diagnose } from '../diagnose.ts'
import { AnsweredNo } from '../errors.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, count, padded, printJson } from '../terminal.ts'

interface Options {
  readonly url?: string
  readonly json?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Check what a server needs, with the settings of this environment: data folder, database, master key, satellite; with --url also its clock.',
    )
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((options: Options) => examine(cli, options))
  examples(
    command,
    'valetkey doctor',
    'VALETKEY_DATA=/var/lib/valetkey valetkey doctor --url https://auth.example',
  )
}

async function examine(cli: Cli, { url, json }: Options): Promise<void> {
  const checks = await diagnose(cli, url)
  const wrong = checks.filter(({ result }) => result === 'wrong')
  if (json) printJson(cli, { ok: wrong.length === 0, checks })
  else print(cli, checks, wrong.length)
  if (wrong.length > 0) throw new AnsweredNo()
}

function print({ out }: Cli, checks: readonly Check[], wrong: number): void {
  const marks = { fine: out.paint('green', '✓'), wrong: out.paint('red', '✗'), open: out.paint('dim', '–') }
  const width = Math.max(...checks.map(({ name }) => name.length))
  for (const { name, result, said } of checks)
    out.line(`${marks[result]} ${padded(name, width)}  ${result === 'open' ? out.paint('dim', said) : said}`)
  out.line()
  out.line(
    wrong === 0 ? out.paint('green', 'All is well.') : out.paint('red', `${count(wrong, 'thing')} to mend.`),
  )
}
