import { auditCsv, exportedEvents } from '@valetkey/server'
import { type Command, Option } from 'commander'
import { withLocalStore } from '../local-store.ts'
import { examples, time } from '../options.ts'
import { type Cli, printJsonLine } from '../terminal.ts'

interface Options {
  readonly from?: number
  readonly to?: number
  readonly format: 'jsonl' | 'csv'
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Write audit events with their places in the chain, oldest first. With a time it is the stretch of the chain that holds all events of that time.',
    )
    .option('--from <time>', 'from then on', time)
    .option('--to <time>', 'up to then', time)
    .addOption(
      new Option('--format <format>', 'jsonl can be verified, csv is for a spreadsheet')
        .choices(['jsonl', 'csv'])
        .default('jsonl'),
    )
    .action((options: Options) => write(cli, options))
  examples(
    command,
    'valetkey audit export > audit.jsonl && valetkey audit verify --file audit.jsonl',
    'valetkey audit export --from 2026-11-01 --to 2026-12-01 --format csv > november.csv',
  )
}

const write = (cli: Cli, { from, to, format }: Options): Promise<void> =>
  withLocalStore(cli, async (store) => {
    const events = exportedEvents(store.audit.chain, { from, to })
    if (format === 'csv') for await (const lines of auditCsv(events)) cli.out.raw(lines.trimEnd())
    else
      for await (const event of events) {
        if (cli.gone.aborted) return
        printJsonLine(cli, event)
      }
  })
