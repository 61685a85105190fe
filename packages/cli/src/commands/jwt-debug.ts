import type { FindingAnswer } from '@valetkey/protocol'
import { explainAssertion, settingRows } from '@valetkey/server'
import type { Command } from 'commander'
import { doubtAboutSecret } from '../doubt-about-secret.ts'
import { AnsweredNo } from '../errors.ts'
import {
  clientIdOption,
  clientSecretOf,
  clientSecretOption,
  defaultUrl,
  examples,
  jsonOption,
  orInputLine,
  required,
  time,
  urlOption,
} from '../options.ts'
import { printExplanation, printSnippet } from '../print-explanation.ts'
import { type Cli, printJson, printWrapped } from '../terminal.ts'

interface Options {
  readonly clientId?: string
  readonly clientSecret?: string
  readonly now?: number
  readonly url?: string
  readonly json?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Check a JWT as the server does: the six steps of client authentication, offline, every failure with its cause and fix.',
    )
    .argument(
      '<jwt>',
      'what was sent as client_secret; - reads a line from standard input: the JWT first, then, with --client-secret -, the secret',
    )
    .addOption(clientIdOption())
    .addOption(clientSecretOption())
    .option('--now <time>', 'check it as of then, instead of now', time)
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((jwt: string, options: Options) => debug(cli, jwt, options))
  examples(
    command,
    'valetkey jwt debug eyJhbGciOiJIUzI1NiJ9.… --client-id 0198c5f0-… --client-secret -',
    'my-app --print-jwt | valetkey jwt debug -      # with VALETKEY_CLIENT_ID and VALETKEY_CLIENT_SECRET set',
    'valetkey jwt debug "$JWT" --now 2026-03-01T12:00:00Z',
  )
}

async function debug(cli: Cli, given: string, options: Options): Promise<void> {
  const jwt = await orInputLine(cli, given, {
    flag: '<jwt>',
    what: 'The JWT your app sent as client_secret',
  })
  const client_id = required(options.clientId, '--client-id', 'VALETKEY_CLIENT_ID')
  const client_secret = await clientSecretOf(cli, options.clientSecret)
  const rules = {
    now: options.now ?? cli.now(),
    skew: settingRows.clock_skew.default,
    max_ttl: settingRows.assertion_max_ttl.default,
    issuer: options.url ?? defaultUrl,
  }
  const explanation = explainAssertion(jwt, { client_id, client_secret, rules })
  const fits = explanation.first_failure === null
  const causes = explanation.steps.flatMap(({ findings }) => findings.map(({ cause }) => cause))
  const doubt = fits || causes.some(isOfTheSecret) ? doubtAboutSecret(client_secret, client_id) : undefined
  const ok = fits && (doubt === undefined || doubt.imported)
  if (options.json) printJson(cli, { ok, ...explanation, ...(doubt === undefined ? {} : { doubt }) })
  else {
    printExplanation(cli.out, explanation, { fine: 'Nothing is wrong with this JWT.', doubt })
    if (fits) sayNext(cli, client_id, doubt)
  }
  if (!ok) throw new AnsweredNo()
}

/** Whether it is about the secret given here, which may not be what it should. */
const isOfTheSecret = (cause: string): boolean => /^secret_(?:given_)?differs$/.test(cause)

/** Where it goes on when all fits together: the server knows the rest. */
function sayNext({ out }: Cli, client_id: string, doubt: FindingAnswer | undefined): void {
  out.line()
  const onTheServer =
    doubt === undefined
      ? `If the server refuses it all the same with signature_wrong, this is not the secret of ${client_id}: take the one shown at registration, or rotate it. Else ask what it saw:`
      : 'That says nothing of the server, which has the secret itself. Ask what it saw:'
  printWrapped(out, `JWT and secret fit together. ${onTheServer}`)
  printSnippet(out, 'valetkey explain <trace_id>', '  ')
}
