import { webhookDeliveryAnswer, webhookDeliveryListAnswer } from '@valetkey/protocol'
import { type Command, Option } from 'commander'
import { ask } from '../api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, plain, printJson, printTable } from '../terminal.ts'
import { outcomeInWords, webhookPathOf, webhooksCall } from '../webhooks-api.ts'

interface Options extends SessionOptions {
  readonly state?: string
  readonly again?: string
}

export function define(command: Command, cli: Cli): void {
  command
    .description('Show what was delivered or is on its way, newest first, and why something was not taken.')
    .argument('<id>', 'its id')
    .addOption(new Option('--state <state>', 'these alone').choices(['waiting', 'delivered', 'failed']))
    .option('--again <event>', 'deliver this event again')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((id: string, options: Options) =>
      options.again === undefined ? list(cli, id, options) : again(cli, id, options.again, options),
    )
  examples(
    command,
    'valetkey webhook deliveries 0198c5f0-… --state failed',
    'valetkey webhook deliveries 0198c5f0-… --again grant_revoked_0198c5f0-…',
  )
}

async function list(cli: Cli, id: string, options: Options): Promise<void> {
  const query = options.state === undefined ? '' : `&state=${options.state}`
  const path = webhookPathOf(id, `/deliveries?limit=50${query}`)
  const call = await webhooksCall(cli, options, { method: 'GET', path })
  const answer = await ask(call, webhookDeliveryListAnswer)
  if (options.json) {
    printJson(cli, answer)
    return
  }
  if (answer.deliveries.length === 0) {
    cli.out.line('Nothing was delivered yet. "valetkey webhook test" sends an event.')
    return
  }
  printTable(
    cli,
    ['AT', 'TYPE', 'EVENT', 'OUTCOME'],
    answer.deliveries.map((delivery) => [
      delivery.created_at,
      delivery.type,
      delivery.id,
      outcomeInWords(delivery),
    ]),
  )
}

async function again(cli: Cli, id: string, event: string, options: Options): Promise<void> {
  const path = webhookPathOf(id, `/deliveries/${encodeURIComponent(event)}/redeliver`)
  const call = await webhooksCall(cli, options, { method: 'POST', path })
  const delivery = await ask(call, webhookDeliveryAnswer)
  if (options.json) printJson(cli, delivery)
  else cli.out.line(`${plain(delivery.id)} is delivered again in a moment.`)
}
