import type { Command } from 'commander'
import { tell } from '../api.ts'
import { clientPathOf, clientsCall } from '../clients-api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { Refused, UsageError } from '../errors.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { askYes } from '../prompts.ts'
import { type Cli, plain, printJson } from '../terminal.ts'

interface Options extends SessionOptions {
  readonly yes?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description('Delete a client for good. All access it holds ends at once.')
    .argument('<client>', 'its client_id or id')
    .option('-y, --yes', 'do not ask')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((client: string, options: Options) => remove(cli, client, options))
  examples(
    command,
    'valetkey client delete 0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11',
    'valetkey client delete 0198c5f0-… --yes',
  )
}

async function remove(cli: Cli, client: string, options: Options): Promise<void> {
  if (!options.yes) {
    if (!cli.interactive) throw new UsageError('nobody is here to be asked; say --yes to delete the client')
    if (!(await askYes(cli, `Delete ${plain(client)} and end all access it holds?`)))
      throw new Refused('cancelled', 'cancelled')
  }
  await tell(await clientsCall(cli, options, { method: 'DELETE', path: clientPathOf(client) }))
  if (options.json) printJson(cli, { client, deleted: true })
  else cli.out.line('The client is deleted, and all access it held has ended.')
}
