import { type RedeemedCode, redeemCode, ValetkeyError } from '@valetkey/client'
import { durationInWords } from '@valetkey/protocol'
import type { Command } from 'commander'
import { reach } from '../api.ts'
import { curlOf } from '../curl.ts'
import { AnsweredNo } from '../errors.ts'
import {
  clientIdOption,
  clientSecretOf,
  clientSecretOption,
  codeOption,
  defaultUrl,
  examples,
  jsonOption,
  orInputLine,
  passphraseOption,
  required,
  secretOf,
  urlOption,
} from '../options.ts'
import { type Cli, printFields, printJson } from '../terminal.ts'
import { adviceOn } from '../token-advice.ts'

interface Options {
  readonly clientId?: string
  readonly clientSecret?: string
  readonly code?: string
  readonly redirectUri: string
  readonly passphrase?: string
  readonly url: string
  readonly json?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description('Redeem a code with a JWT made just now, and explain the answer. The code is spent by it.')
    .addOption(clientIdOption())
    .addOption(clientSecretOption())
    .addOption(codeOption())
    .requiredOption('--redirect-uri <uri>', 'the one of the authorization request')
    .addOption(passphraseOption())
    .addOption(urlOption().default(defaultUrl))
    .addOption(jsonOption())
    .action((options: Options) => test(cli, options))
  examples(
    command,
    'valetkey token test --client-id 0198c5f0-… --client-secret - --code "$CODE" --redirect-uri http://localhost:3000/callback',
    'valetkey token test --redirect-uri https://app.example/cb --url https://auth.example   # the rest from VALETKEY_… variables',
  )
}

async function test(cli: Cli, options: Options): Promise<void> {
  const { url, redirectUri: redirect_uri, passphrase: said, json } = options
  const client_id = required(options.clientId, '--client-id', 'VALETKEY_CLIENT_ID')
  const client_secret = await clientSecretOf(cli, options.clientSecret)
  const code = await secretOf(cli, options.code, {
    flag: '--code',
    env: 'VALETKEY_CODE',
    what: 'Authorization code',
  })
  const passphrase = await orInputLine(cli, said, '--passphrase')
  const form = { url, client_id, client_secret, code, redirect_uri, passphrase }
  try {
    const answer = await reach(url, () => redeemCode(form))
    if (json) printJson(cli, answer)
    else sayGranted(cli, answer)
  } catch (thrown) {
    if (!(thrown instanceof ValetkeyError) || json) throw thrown
    sayRefused(cli, thrown)
    sayCurl(cli, form)
    throw new AnsweredNo()
  }
  if (!json) sayCurl(cli, form)
}

/** The access grant alone on standard output, the words about it beside. */
function sayGranted({ out, err }: Cli, { access_grant, scopes, expires_in, trace_id }: RedeemedCode): void {
  err.line(
    `${err.paint('green', '✓')} The code was redeemed. This is the access grant; keep it like a password:`,
  )
  err.line()
  out.line(access_grant)
  err.line()
  const fields: [string, string][] = [
    ['scopes', scopes.join(', ')],
    ['ends', `in ${durationInWords(expires_in)}`],
    ['trace_id', trace_id],
  ]
  printFields(err, fields, '  ')
  err.line()
  err.line('"valetkey access inspect -" says what it allows.')
}

function sayRefused({ err }: Cli, thrown: ValetkeyError): void {
  const { status, error, error_description, trace_id, error_uri } = thrown
  const { means, next } = adviceOn(error)
  err.line(`${err.paint('red', '✗')} HTTP ${status}: ${means}`)
  err.line()
  const fields: [string, string][] = [
    ['error', error],
    ['description', error_description],
    ['trace_id', trace_id],
    ['error_uri', error_uri],
  ]
  printFields(
    err,
    fields.filter(([, value]) => value !== ''),
    '  ',
  )
  err.line()
  for (const step of next) err.line(`  ${err.paint('bold', '→')} ${step}`)
}

interface Form {
  readonly url: string
  readonly client_id: string
  readonly client_secret: string
  readonly code: string
  readonly redirect_uri: string
  readonly passphrase: string | undefined
}

/** The same by hand; the JWT is made anew, since the one sent is nobody's business. */
function sayCurl({ err }: Cli, { url, client_id, redirect_uri, passphrase }: Form): void {
  const secrets = new Map([
    ['<jwt>', 'JWT'],
    ['<code>', 'CODE'],
    ['<passphrase>', 'PASSPHRASE'],
  ])
  const body = {
    client_id,
    client_secret: '<jwt>',
    redirect_uri,
    code: '<code>',
    ...(passphrase === undefined ? {} : passphrase === '' ? { passphrase } : { passphrase: '<passphrase>' }),
  }
  err.line()
  err.line(err.paint('dim', 'The same by hand, with VALETKEY_CLIENT_SECRET set:'))
  err.line(`  JWT=$(valetkey jwt create --client-id ${client_id})`)
  err.line(`  ${curlOf({ method: 'POST', url: `${url}/api/v0/oauth2/token`, body }, secrets, '  ')}`)
}
