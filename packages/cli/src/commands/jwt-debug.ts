import {
  type AssertionExplanation,
  type ExplainedStep,
  explainAssertion,
  settingRows,
} from '@valetkey/server'
import type { Command } from 'commander'
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
import { stepNames } from '../step-names.ts'
import { type Cli, count, printJson } from '../terminal.ts'

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
    .argument('<jwt>', 'what was sent as client_secret; - reads a line from standard input')
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
  const jwt = await orInputLine(cli, given, '<jwt>')
  const client_id = required(options.clientId, '--client-id', 'VALETKEY_CLIENT_ID')
  const client_secret = await clientSecretOf(cli, options.clientSecret)
  const rules = {
    now: options.now ?? cli.now(),
    skew: settingRows.clock_skew.default,
    max_ttl: settingRows.assertion_max_ttl.default,
    issuer: options.url ?? defaultUrl,
  }
  const explanation = explainAssertion(jwt, { client_id, client_secret, rules })
  if (options.json) printJson(cli, { ok: explanation.first_failure === undefined, ...explanation })
  else printExplanation(cli, explanation)
  if (explanation.first_failure !== undefined) throw new AnsweredNo()
}

/** The six steps below each other; under each failure its causes and fixes. */
export function printExplanation(
  cli: Cli,
  { steps, first_failure }: AssertionExplanation,
  indent = '',
): void {
  const { out } = cli
  for (const [at, step] of steps.entries()) {
    const name = stepNames[step.step].padEnd(26)
    const first = step.step === first_failure ? out.paint('red', '  ← the server stops here') : ''
    const note = step.result === 'failed' ? '' : out.paint('dim', step.note)
    out.line(`${indent}${markOf(cli, step)} ${at + 1}  ${name} ${note}${first}`.trimEnd())
    for (const { found, means, fix } of step.findings) {
      out.line(`${indent}     ${out.paint('dim', found)}`)
      out.line(`${indent}     ${means}`)
      out.line(`${indent}     ${out.paint('bold', '→')} ${fix}`)
    }
  }
  const findings = steps.flatMap((step) => step.findings)
  out.line()
  out.line(
    findings.length === 0
      ? `${indent}${out.paint('green', 'Nothing is wrong with this JWT.')} If the server still says invalid_client, it does not know the client, or knows another secret.`
      : `${indent}${out.paint('red', `${count(findings.length, 'thing')} to mend.`)}`,
  )
}

function markOf({ out }: Cli, { result }: ExplainedStep): string {
  if (result === 'passed') return out.paint('green', '✓')
  return result === 'failed' ? out.paint('red', '✗') : out.paint('dim', '–')
}
