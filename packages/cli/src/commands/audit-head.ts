import type { Command } from 'commander'
import { withLocalStore } from '../local-store.ts'
import { examples, jsonOption } from '../options.ts'
import { type Cli, printJsonLine } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Print the number and the hash of the newest audit event. Kept where whoever can write to the database cannot reach it, it shows later that nothing up to there was changed or removed.',
    )
    .addOption(jsonOption())
    .action((options: { json?: true }) => print(cli, options))
  examples(command, 'valetkey audit head >> /media/notebook/heads', 'valetkey audit head --json')
}

async function print(cli: Cli, { json }: { json?: true }): Promise<void> {
  const head = await withLocalStore(cli, (store) => store.audit.chain.head())
  if (json) printJsonLine(cli, head)
  else cli.out.raw(`${head.seq}:${head.chain_hash}`)
}
