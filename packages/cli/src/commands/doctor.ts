import type { Command } from 'commander'
import { diagnose } from '../diagnose.ts'
import type { Check } from '../doctor/check.ts'
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
      'Check what a server needs, with the settings of this environment: machine, files, database, master key, mail, the way to it from outside, metrics and traces. It changes nothing. With --url it compares the clocks.',
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
  const marks = {
    fine: out.paint('green', '✓'),
    doubtful: out.paint('yellow', '!'),
    wrong: out.paint('red', '✗'),
    open: out.paint('dim', '–'),
  }
  const width = Math.max(...checks.map(({ name }) => name.length))
  for (const { name, result, said, fix } of checks) {
    out.line(`${marks[result]} ${padded(name, width)}  ${result === 'open' ? out.paint('dim', said) : said}`)
    if (fix !== undefined) out.line(`  ${padded('', width)}  ${out.paint('dim', `→ ${fix}`)}`)
  }
  out.line()
  out.line(
    wrong > 0
      ? out.paint('red', `${count(wrong, 'thing')} to mend.`)
      : out.paint('green', doubts(checks) ? 'Nothing to mend; mind what is marked with !.' : 'All is well.'),
  )
}

const doubts = (checks: readonly Check[]): boolean => checks.some(({ result }) => result === 'doubtful')
