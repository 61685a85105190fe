import {
  type ClientDetailAnswer,
  clientDetailAnswer,
  grantTypeInWords,
  suspendedInWords,
} from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import { clientPathOf, clientsCall, stateInWords } from '../clients-api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, plain, printFields, printJson, printTable } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description('Show one client and the dates of its secrets. The secrets themselves cannot be read back.')
    .argument('<client>', 'its client_id or id')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((client: string, options: SessionOptions) => show(cli, client, options))
  examples(command, 'valetkey client show 0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11')
}

async function show(cli: Cli, id: string, options: SessionOptions): Promise<void> {
  const call = await clientsCall(cli, options, { method: 'GET', path: clientPathOf(id) })
  const client = await ask(call, clientDetailAnswer)
  if (options.json) {
    printJson(cli, client)
    return
  }
  const profile = client.storx_profile ? 'on: a JWT of client_id and exp will do' : 'off: RFC 7523 only'
  printFields(cli.out, [
    ['name', client.name],
    ['client_id', client.client_id],
    ['state', client.suspended ? `suspended. ${suspendedInWords.whole}` : stateInWords(client)],
    ['description', client.description || '–'],
    ['redirect_uris', client.redirect_uris.join(' ') || '–'],
    ['scopes', client.scopes.join(' ') || 'any'],
    ['authentication', authenticationInWords(client)],
    ...(client.token_endpoint_auth_method === 'client_secret_jwt'
      ? [['storx_profile', profile] as const]
      : []),
    ['application_type', client.application_type],
    ['grant_types', client.grant_types.map(grantTypeInWords).join(' ')],
    ...(client.require_pushed_authorization_requests ? [['requests', 'pushed ones only'] as const] : []),
    ['registered', client.created_at],
    ['changed', client.updated_at],
  ])
  if (client.token_endpoint_auth_method === 'client_secret_jwt') {
    cli.out.line()
    printTable(cli, ['SECRET OF', 'RETIRES', 'LAST USED', 'ID'], client.secrets.map(secretRow))
  }
  if (cli.interactive)
    cli.err.line(
      cli.err.paint(
        'dim',
        `"valetkey client health ${plain(client.client_id)}" says how its token requests go.`,
      ),
    )
}

function authenticationInWords({ token_endpoint_auth_method: method, jwks_uri }: ClientDetailAnswer): string {
  if (method === 'none') return 'none: PKCE alone'
  if (method === 'client_secret_jwt') return 'client_secret_jwt: a JWT made from its secret'
  return `private_key_jwt: a JWT signed by a key ${jwks_uri === null ? 'that is registered' : `at ${jwks_uri}`}`
}

function secretRow({
  id,
  created_at,
  retires_at,
  last_used_at,
}: ClientDetailAnswer['secrets'][number]): string[] {
  return [created_at, retires_at ?? 'current', last_used_at ?? 'never', id]
}
