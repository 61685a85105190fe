import { credentialsAnswer, durationInWords } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import { clientPathOf, clientsCall, type SessionOptions } from '../clients-api.ts'
import { printCredentials } from '../credentials.ts'
import { envOption, examples, jsonOption, seconds, urlOption } from '../options.ts'
import type { Cli } from '../terminal.ts'

interface Options extends SessionOptions {
  readonly keepPreviousFor?: number
  readonly env?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Make a new secret, shown this once. The present one ends at once, unless it is kept for a while.',
    )
    .argument('<client>', 'its client_id or id')
    .option(
      '--keep-previous-for <duration>',
      'how long the present secret works beside the new one: 2h, 1d; at most 30d',
      seconds,
    )
    .addOption(envOption())
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((client: string, options: Options) => rotate(cli, client, options))
  examples(
    command,
    'valetkey client rotate-secret 0198c5f0-… --keep-previous-for 1d',
    'valetkey client rotate-secret 0198c5f0-… --env > .env.new',
  )
}

async function rotate(cli: Cli, id: string, options: Options): Promise<void> {
  const { keepPreviousFor: keep_previous_for } = options
  const body = keep_previous_for === undefined ? {} : { keep_previous_for }
  const call = await clientsCall(cli, options, {
    method: 'POST',
    path: clientPathOf(id, '/regenerate-secret'),
    body,
  })
  printCredentials(cli, await ask(call, credentialsAnswer), options)
  if (options.json) return
  const { err } = cli
  err.line(
    err.paint(
      'dim',
      keep_previous_for
        ? `The previous secret works for another ${durationInWords(keep_previous_for)}.`
        : 'The previous secret works no more.',
    ),
  )
}
