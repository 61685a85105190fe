import { clientListAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import { clientsCall, stateInWords } from '../clients-api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, printJson, printTable } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description('List your clients, oldest first.')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((options: SessionOptions) => list(cli, options))
  examples(command, 'valetkey client list', "valetkey client list --json | jq -r '.[].client_id'")
}

async function list(cli: Cli, options: SessionOptions): Promise<void> {
  const clients = await ask(await clientsCall(cli, options, { method: 'GET' }), clientListAnswer)
  if (options.json) {
    printJson(cli, clients)
    return
  }
  if (clients.length === 0) {
    cli.out.line('You have no clients yet. "valetkey client register" makes one.')
    return
  }
  printTable(
    cli,
    ['NAME', 'CLIENT_ID', 'STATE', 'KIND', 'REGISTERED', 'REDIRECT URIS'],
    clients.map(({ name, client_id, created_at, redirect_uris, ...client }) => [
      name,
      client_id,
      stateInWords(client),
      `${client.application_type}, ${client.token_endpoint_auth_method}`,
      created_at.slice(0, 10),
      redirect_uris.join(' '),
    ]),
  )
}
