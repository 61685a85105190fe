import { webhookDeliveryAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { Refused } from '../errors.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, plain, printJson } from '../terminal.ts'
import { webhookPathOf, webhooksCall } from '../webhooks-api.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description('Send a test event now and say what came of it; exit code 1 when it was not taken.')
    .argument('<id>', 'its id')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((id: string, options: SessionOptions) => test(cli, id, options))
  examples(command, 'valetkey webhook test 0198c5f0-…')
}

async function test(cli: Cli, id: string, options: SessionOptions): Promise<void> {
  const call = await webhooksCall(cli, options, { method: 'POST', path: webhookPathOf(id, '/test') })
  const delivery = await ask(call, webhookDeliveryAnswer)
  if (options.json) printJson(cli, delivery)
  if (delivery.state !== 'delivered')
    throw new Refused('webhook_failed', plain(delivery.explanation ?? 'The event was not delivered.'))
  if (!options.json) cli.out.line(`Delivered: ${delivery.status} in ${delivery.duration_ms} ms.`)
}
