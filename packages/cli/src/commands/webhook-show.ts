import { webhookAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, plain, printJson } from '../terminal.ts'
import { stateInWords, webhookPathOf, webhooksCall } from '../webhooks-api.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description('Show one webhook, how it stands, and the dates of its secrets.')
    .argument('<id>', 'its id')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((id: string, options: SessionOptions) => show(cli, id, options))
  examples(command, 'valetkey webhook show 0198c5f0-…')
}

async function show(cli: Cli, id: string, options: SessionOptions): Promise<void> {
  const call = await webhooksCall(cli, options, { method: 'GET', path: webhookPathOf(id) })
  const webhook = await ask(call, webhookAnswer)
  if (options.json) {
    printJson(cli, webhook)
    return
  }
  const rows = [
    ['id', webhook.id],
    ['url', webhook.url],
    ['description', webhook.description],
    ['client', webhook.client_id ?? 'all of yours'],
    ['events', webhook.events.join(' ')],
    ['state', stateInWords(webhook)],
    ['added', webhook.created_at],
    ['last attempt', webhook.last_attempt_at ?? 'none yet'],
    ['last success', webhook.last_success_at ?? 'none yet'],
    ...webhook.secrets.map(({ created_at, retires_at }) => [
      'secret',
      `of ${created_at}${retires_at === null ? '' : `, signs until ${retires_at}`}`,
    ]),
  ] as const
  for (const [name = '', value = ''] of rows)
    if (value !== '') cli.out.line(`${name.padEnd(14)}${plain(value)}`)
}
