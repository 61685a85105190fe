import type { Command } from 'commander'
import { tell } from '../api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { Refused, UsageError } from '../errors.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { askYes } from '../prompts.ts'
import { type Cli, plain, printJson } from '../terminal.ts'
import { webhookPathOf, webhooksCall } from '../webhooks-api.ts'

interface Options extends SessionOptions {
  readonly yes?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description('Delete a webhook for good; what is on its way to it is dropped.')
    .argument('<id>', 'its id')
    .option('-y, --yes', 'do not ask')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((id: string, options: Options) => remove(cli, id, options))
  examples(command, 'valetkey webhook delete 0198c5f0-… --yes')
}

async function remove(cli: Cli, id: string, options: Options): Promise<void> {
  if (!options.yes) {
    if (!cli.interactive) throw new UsageError('nobody is here to be asked; say --yes to delete the webhook')
    if (!(await askYes(cli, `Delete the webhook ${plain(id)}?`))) throw new Refused('cancelled', 'cancelled')
  }
  await tell(await webhooksCall(cli, options, { method: 'DELETE', path: webhookPathOf(id) }))
  if (options.json) printJson(cli, { id, deleted: true })
  else cli.out.line('The webhook is deleted.')
}
