import { webhookSecretAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { envOption, examples, jsonOption, seconds, urlOption } from '../options.ts'
import { printWebhookSecret } from '../print-webhook-secret.ts'
import type { Cli } from '../terminal.ts'
import { webhookPathOf, webhooksCall } from '../webhooks-api.ts'

interface Options extends SessionOptions {
  readonly keepPreviousFor?: number
  readonly env?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Make a new secret, shown this once. The present one signs beside it for a day, or as long as you say.',
    )
    .argument('<id>', 'its id')
    .option(
      '--keep-previous-for <duration>',
      'how long both sign: 2h, 7d; 0s ends the present one now',
      seconds,
    )
    .addOption(envOption())
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((id: string, options: Options) => rotate(cli, id, options))
  examples(command, 'valetkey webhook rotate-secret 0198c5f0-… --keep-previous-for 7d')
}

async function rotate(cli: Cli, id: string, options: Options): Promise<void> {
  const { keepPreviousFor: keep_previous_for } = options
  const call = await webhooksCall(cli, options, {
    method: 'POST',
    path: webhookPathOf(id, '/rotate-secret'),
    body: keep_previous_for === undefined ? {} : { keep_previous_for },
  })
  printWebhookSecret(cli, await ask(call, webhookSecretAnswer), options)
}
