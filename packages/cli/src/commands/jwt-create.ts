import { createClientSecretJwt } from '@valetkey/client'
import { durationInWords, rfc3339 } from '@valetkey/protocol'
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import {
  clientIdOption,
  clientSecretOf,
  clientSecretOption,
  examples,
  jsonOption,
  required,
  seconds,
} from '../options.ts'
import { type Cli, printJson } from '../terminal.ts'

interface Options {
  readonly clientId?: string
  readonly clientSecret?: string
  readonly expiresIn: number
  readonly json?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Make the JWT that goes into client_secret of a token request: {client_id, exp}, signed HS256 with the client secret.',
    )
    .addOption(clientIdOption())
    .addOption(clientSecretOption())
    .option('--expires-in <duration>', 'how long it lives: 90s, 5m, 1h', seconds, 300)
    .addOption(jsonOption())
    .action((options: Options) => create(cli, options))
  examples(
    command,
    'valetkey jwt create --client-id 0198c5f0-… --client-secret - < secret.txt',
    'VALETKEY_CLIENT_ID=… VALETKEY_CLIENT_SECRET=… valetkey jwt create --expires-in 1m',
    'valetkey jwt create --json | jq .payload',
  )
}

async function create(cli: Cli, options: Options): Promise<void> {
  const { expiresIn: expires_in, json } = options
  if (expires_in < 1) throw new UsageError('--expires-in must be at least 1s')
  const client_id = required(options.clientId, '--client-id', 'VALETKEY_CLIENT_ID')
  const client_secret = await clientSecretOf(cli, options.clientSecret)
  const now = cli.now()
  const jwt = await createClientSecretJwt({ client_id, client_secret, expires_in, now })
  const exp = now + expires_in
  if (json) {
    printJson(cli, { jwt, payload: { client_id, exp }, expires_at: rfc3339(exp), expires_in })
    return
  }
  cli.out.line(jwt)
  if (cli.interactive)
    cli.err.line(cli.err.paint('dim', `Good for ${durationInWords(expires_in)}, until ${rfc3339(exp)}.`))
}
