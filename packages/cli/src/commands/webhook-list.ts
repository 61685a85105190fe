import { webhookListAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, printJson, printTable } from '../terminal.ts'
import { stateInWords, webhooksCall } from '../webhooks-api.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description('List your webhooks, oldest first.')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((options: SessionOptions) => list(cli, options))
  examples(command, 'valetkey webhook list')
}

async function list(cli: Cli, options: SessionOptions): Promise<void> {
  const webhooks = await ask(await webhooksCall(cli, options, { method: 'GET' }), webhookListAnswer)
  if (options.json) {
    printJson(cli, webhooks)
    return
  }
  if (webhooks.length === 0) {
    cli.out.line('You have no webhooks yet. "valetkey webhook add" makes one.')
    return
  }
  printTable(
    cli,
    ['ID', 'URL', 'CLIENT', 'STATE', 'LAST SUCCESS'],
    webhooks.map((webhook) => [
      webhook.id,
      webhook.url,
      webhook.client_id ?? 'all',
      stateInWords(webhook),
      webhook.last_success_at ?? 'none yet',
    ]),
  )
}
