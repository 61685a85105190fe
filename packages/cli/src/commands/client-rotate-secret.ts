import { credentialsAnswer, durationInWords } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import { clientPathOf, clientsCall } from '../clients-api.ts'
import { printCredentials } from '../credentials.ts'
import type { SessionOptions } from '../developer-api.ts'
import { Refused } from '../errors.ts'
import { envOption, examples, jsonOption, seconds, urlOption } from '../options.ts'
import { askYes } from '../prompts.ts'
import { type Cli, plain, printWrapped } from '../terminal.ts'

interface Options extends SessionOptions {
  readonly keepPreviousFor?: number
  readonly env?: true
  readonly yes?: true
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
    .option('-y, --yes', 'do not ask')
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
  if (keep_previous_for === undefined && !options.yes) await mayEndNow(cli, id)
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

/** Asks whoever sits there; a script is taken at its word. */
async function mayEndNow(cli: Cli, id: string): Promise<void> {
  if (!cli.interactive) return
  printWrapped(
    cli.err,
    'The present secret ends at once: your app is refused until it has the new one. --keep-previous-for 1d lets both work for a day.',
  )
  if (!(await askYes(cli, `End the present secret of ${plain(id)} now?`)))
    throw new Refused('cancelled', 'cancelled')
}
