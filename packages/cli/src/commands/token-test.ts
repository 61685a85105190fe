import { type RedeemedCode, redeemCode, ValetkeyError } from '@valetkey/client'
import { durationInWords, type ExplainedTokenRequestAnswer, type FindingAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { reach } from '../api.ts'
import { curlOf, shellWord } from '../curl.ts'
import { doubtAboutSecret } from '../doubt-about-secret.ts'
import { AnsweredNo } from '../errors.ts'
import { lookUp } from '../look-up.ts'
import {
  clientIdOption,
  clientSecretOf,
  clientSecretOption,
  codeOption,
  examples,
  jsonOption,
  orInputLine,
  passphraseOption,
  required,
  secretOf,
  usualUrlOption,
} from '../options.ts'
import { printExplanation, printFinding, printSnippet } from '../print-explanation.ts'
import { clientInWords } from '../print-token-request.ts'
import { serverOf } from '../session-file.ts'
import { type Cli, plain, printFields, printJson, printWrapped } from '../terminal.ts'
import { isTraceId } from '../token-requests-api.ts'

interface Options {
  readonly clientId?: string
  readonly clientSecret?: string
  readonly code?: string
  readonly redirectUri: string
  readonly passphrase?: string
  readonly url?: string
  readonly curl?: true
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
    .option('--curl', 'after a refusal, show the same request as a curl command')
    .addOption(usualUrlOption())
    .addOption(jsonOption())
    .action((options: Options) => test(cli, options))
  examples(
    command,
    'valetkey token test --client-id 0198c5f0-… --client-secret - --code "$CODE" --redirect-uri http://localhost:3000/callback',
    'valetkey token test --redirect-uri https://app.example/cb --url https://auth.example   # the rest from VALETKEY_… variables',
  )
}

async function test(cli: Cli, options: Options): Promise<void> {
  const { redirectUri: redirect_uri, passphrase: said, json } = options
  const url = await serverOf(cli, options.url)
  const client_id = required(options.clientId, '--client-id', 'VALETKEY_CLIENT_ID')
  const client_secret = await clientSecretOf(cli, options.clientSecret)
  const code = await secretOf(cli, options.code, {
    flag: '--code',
    env: 'VALETKEY_CODE',
    what: 'Authorization code',
  })
  const passphrase = await orInputLine(cli, said, { flag: '--passphrase', what: 'Passphrase' })
  const form = { url, client_id, client_secret, code, redirect_uri, passphrase }
  try {
    const answer = await reach(url, () => redeemCode(form))
    if (json) printJson(cli, answer)
    else sayGranted(cli, answer)
  } catch (thrown) {
    // What answers without a trace is no Valetkey server; it has nothing to explain. Nor has one that did not refuse.
    if (!(thrown instanceof ValetkeyError) || !isTraceId(thrown.trace_id) || thrown.status < 400) throw thrown
    if (json) await printRefused(cli, form, thrown)
    else await sayRefused(cli, form, thrown)
    if (options.curl && !json) sayCurl(cli, form)
    throw new AnsweredNo()
  }
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

/** Why, as far as that can be found out from here, and what the server answered. */
async function sayRefused(cli: Cli, form: Form, refusal: ValetkeyError): Promise<void> {
  const { err } = cli
  const { status, error, error_description, trace_id } = refusal
  const found = await lookUp(cli, { ...form, trace_id })
  const { answer } = found
  const doubt = doubtFor(form, refusal, answer)
  if (answer !== undefined) {
    const facts: [string, string][] = [
      ['answer', `HTTP ${status} ${error}`],
      ['client', clientInWords(answer.client_id, answer.client_name)],
      ['trace_id', trace_id],
    ]
    return printExplanation(err, answer.explanation, { doubt, facts: () => printFields(err, facts) })
  }
  err.line(`${err.paint('red', '✗')} The server refused: HTTP ${status} ${plain(error)}`)
  const told: [string, string][] = [
    ['description', error_description],
    ['trace_id', trace_id],
  ]
  printFields(err, told, '  ')
  err.line()
  if (doubt !== undefined) {
    err.line('Look at the secret:')
    printFinding(err, doubt, '  ')
    err.line()
  }
  for (const line of found.instead.split('\n')) printWrapped(err, line)
  printSnippet(err, found.snippet, '  ')
}

/** The one thing that is known here and not on the server: what the secret looks like. */
function doubtFor(
  { client_id, client_secret }: Form,
  { error }: ValetkeyError,
  answer: ExplainedTokenRequestAnswer | undefined,
): FindingAnswer | undefined {
  const maybe = answer === undefined ? error === 'invalid_client' : answer.cause === 'secret_differs'
  return maybe ? doubtAboutSecret(client_secret, client_id) : undefined
}

async function printRefused(cli: Cli, form: Form, refusal: ValetkeyError): Promise<void> {
  const { status, error, error_description, trace_id, error_uri } = refusal
  const { answer: token_request = null } = await lookUp(cli, { ...form, trace_id })
  printJson(cli, { error, error_description, trace_id, error_uri, status, token_request })
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
  err.line(
    err.paint(
      'dim',
      'The same by hand, with VALETKEY_CLIENT_SECRET and CODE set; it takes a new code where this one was spent:',
    ),
  )
  err.line(`  JWT=$(valetkey jwt create --client-id ${shellWord(client_id)})`)
  err.line(`  ${curlOf({ method: 'POST', url: `${url}/api/v0/oauth2/token`, body }, secrets, '  ')}`)
}
