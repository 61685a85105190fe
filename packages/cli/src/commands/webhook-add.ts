import { type WebhookEvent, webhookEventNames, webhookSecretAnswer } from '@valetkey/protocol'
import { type Command, Option } from 'commander'
import { ask } from '../api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { UsageError } from '../errors.ts'
import { collect, envOption, examples, jsonOption, urlOption } from '../options.ts'
import { printWebhookSecret } from '../print-webhook-secret.ts'
import type { Cli } from '../terminal.ts'
import { webhooksCall } from '../webhooks-api.ts'

interface Options extends SessionOptions {
  readonly client?: string
  readonly event?: readonly string[]
  readonly description?: string
  readonly env?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description('Add an endpoint that hears of your clients. Its secret is shown this once.')
    .argument('<address>', 'an https URL that the internet reaches')
    .option('--client <client_id>', 'hear of this client alone')
    .addOption(
      new Option(
        '--event <type>',
        `hear of this alone; may be repeated: ${webhookEventNames.join(', ')}`,
      ).argParser(collect),
    )
    .option('--description <words>', 'for yourself')
    .addOption(envOption())
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((address: string, options: Options) => add(cli, address, options))
  examples(
    command,
    'valetkey webhook add https://app.example/hooks/valetkey',
    'valetkey webhook add https://app.example/hooks --event grant.revoked --env >> .env',
  )
}

async function add(cli: Cli, address: string, options: Options): Promise<void> {
  const { client: client_id, event: events, description } = options
  const strange = events?.find((event) => !webhookEventNames.includes(event as WebhookEvent))
  if (strange !== undefined)
    throw new UsageError(`there is no such event; --event takes ${webhookEventNames.join(', ')}`)
  const body = { url: address, client_id, events, description }
  const call = await webhooksCall(cli, options, { method: 'POST', body })
  printWebhookSecret(cli, await ask(call, webhookSecretAnswer), options)
}
