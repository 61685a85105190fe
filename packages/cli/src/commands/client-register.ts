import { credentialsAnswer, splitScopes } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import { clientsCall } from '../clients-api.ts'
import { printCredentials } from '../credentials.ts'
import type { SessionOptions } from '../developer-api.ts'
import { collect, envOption, examples, jsonOption, urlOption } from '../options.ts'
import type { Cli } from '../terminal.ts'

interface Options extends SessionOptions {
  readonly name: string
  readonly redirectUri: readonly string[]
  readonly scope?: readonly string[]
  readonly description?: string
  readonly env?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description('Register a client. Its secret is shown this once.')
    .requiredOption('--name <name>', 'what users read on the consent page')
    .requiredOption('--redirect-uri <uri>', 'where users come back to; repeat it for several', collect)
    .option('--scope <scope>', 'what it may ask for; repeat it for several; without it, anything', collect)
    .option('--description <text>', 'what it is for')
    .addOption(envOption())
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((options: Options) => register(cli, options))
  examples(
    command,
    "valetkey client register --name 'Photo Album' --redirect-uri http://localhost:3000/callback",
    "valetkey client register --name 'Photo Album' --redirect-uri https://photos.example/cb --scope read --scope list --env >> .env",
  )
}

async function register(cli: Cli, options: Options): Promise<void> {
  const { name, redirectUri: redirect_uris, scope = [], description } = options
  const body = {
    name,
    redirect_uris,
    scopes: scope.flatMap(scopesOf),
    ...(description === undefined ? {} : { description }),
  }
  const credentials = await ask(await clientsCall(cli, options, { method: 'POST', body }), credentialsAnswer)
  printCredentials(cli, credentials, options)
}

/** `read,list` is two; a prefix may hold spaces, so a place is taken whole. */
const scopesOf = (text: string): string[] => (text.startsWith('bucket:') ? [text] : splitScopes(text))
