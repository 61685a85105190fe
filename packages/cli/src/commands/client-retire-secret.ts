import { type ClientHealthAnswer, clientDetailAnswer, clientHealthAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import { clientPathOf, clientsCall } from '../clients-api.ts'
import { shellWord } from '../curl.ts'
import type { SessionOptions } from '../developer-api.ts'
import { Refused } from '../errors.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { askYes } from '../prompts.ts'
import { type Cli, printJson, printWrapped } from '../terminal.ts'

interface Options extends SessionOptions {
  readonly secret?: string
  readonly yes?: true
}

type Secret = ClientHealthAnswer['secrets'][number]

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'End a secret that a newer one has replaced, before its time. Says first whether something still signs with it.',
    )
    .argument('<client>', 'its client_id or id')
    .option(
      '--secret <id>',
      'which one, by the id that client show prints; without it, the older one that works',
    )
    .option('-y, --yes', 'do not ask')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((client: string, options: Options) => retire(cli, client, options))
  examples(
    command,
    'valetkey client retire-secret 0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11',
    'valetkey client retire-secret 0198c5f0-… --secret 0198c5f1-… --yes',
  )
}

async function retire(cli: Cli, client: string, options: Options): Promise<void> {
  const { id, use } = await secretToRetire(cli, client, options)
  if (use !== undefined) await mayEnd(cli, use, options)
  const path = clientPathOf(client, `/secrets/${encodeURIComponent(id)}`)
  const answer = await ask(await clientsCall(cli, options, { method: 'DELETE', path }), clientDetailAnswer)
  if (options.json) printJson(cli, answer)
  else cli.out.line('The secret verifies nothing any more.')
}

/** The one that was named, or the older one that works; with what is known of its use while it works. */
async function secretToRetire(
  cli: Cli,
  client: string,
  options: Options,
): Promise<{ id: string; use?: string }> {
  const call = await clientsCall(cli, options, { method: 'GET', path: clientPathOf(client, '/health') })
  const { secrets } = await ask(call, clientHealthAnswer)
  const [, ...older] = secrets
  const { secret: id } = options
  const chosen = id === undefined ? older.at(-1) : older.find((secret) => secret.id === id)
  if (chosen !== undefined) return { id: chosen.id, use: useInWords(chosen) }
  // The newest, one that has retired, or none of this client: the server knows, and says so.
  if (id !== undefined) return { id }
  throw new Refused(
    'nothing_to_retire',
    'No older secret of this client works, and the newest ends by rotating.',
    [`valetkey client rotate-secret ${shellWord(client)}`],
  )
}

const useInWords = ({ created_at, means }: Secret): string => `The secret of ${created_at} was ${means}.`

/** Says it to everybody, and asks whoever sits there; a script is taken at its word. */
async function mayEnd(cli: Cli, use: string, { yes, json }: Options): Promise<void> {
  if (cli.interactive || !json) printWrapped(cli.err, use, { first: `${cli.err.paint('yellow', '!')} ` })
  if (yes || !cli.interactive) return
  if (!(await askYes(cli, 'End it now?'))) throw new Refused('cancelled', 'cancelled')
}
