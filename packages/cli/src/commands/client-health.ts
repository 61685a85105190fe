import { type ClientHealthAnswer, clientHealthAnswer, durationInWords } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import { clientPathOf, clientsCall } from '../clients-api.ts'
import { shellWord } from '../curl.ts'
import type { SessionOptions } from '../developer-api.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { printSnippet } from '../print-explanation.ts'
import { agoInWords } from '../print-token-request.ts'
import { type Cli, count, plain, printFields, printJson, printTable, printWrapped } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Say how the token requests of a client go: the last success, the failures of 24 hours, its clock, its secrets, and what to look after.',
    )
    .argument('<client>', 'its client_id or id')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((client: string, options: SessionOptions) => showHealth(cli, client, options))
  examples(
    command,
    'valetkey client health 0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11',
    "valetkey client health 0198c5f0-… --json | jq -e '.hints == []'",
  )
}

async function showHealth(cli: Cli, client: string, options: SessionOptions): Promise<void> {
  const call = await clientsCall(cli, options, { method: 'GET', path: clientPathOf(client, '/health') })
  const health = await ask(call, clientHealthAnswer)
  if (options.json) {
    printJson(cli, health)
    return
  }
  sayHints(cli, health)
  printFields(cli.out, [
    ['client_id', health.client_id],
    ['last success', lastSuccess(cli, health)],
    ['last 24 h', last24Hours(health)],
    ['clock', clockInWords(health)],
  ])
  cli.out.line()
  printTable(
    cli,
    ['SECRET OF', 'RETIRES', 'USE'],
    health.secrets.map(({ created_at, retires_at, means }) => [created_at, retires_at ?? 'current', means]),
  )
  sayFailures(cli, health)
  if (health.failures.length + health.hints.length > 0) return
  cli.out.line()
  cli.out.line(cli.out.paint('green', 'All is well.'))
}

function lastSuccess(cli: Cli, { last_success_at: at }: ClientHealthAnswer): string {
  return at === null ? 'none in 30 days' : `${at}${agoInWords(cli, at)}`
}

function last24Hours({ granted, failures }: ClientHealthAnswer): string {
  const refused = failures.reduce((sum, { requests }) => sum + requests, 0)
  return `${granted} granted, ${refused} refused`
}

function clockInWords({ clock_skew }: ClientHealthAnswer): string {
  if (clock_skew === null) return 'not known: its requests do not say what time it is there'
  const { seconds, samples } = clock_skew
  const words =
    seconds === 0
      ? "the same as the server's"
      : `${durationInWords(Math.abs(seconds))} ${seconds > 0 ? 'ahead of' : 'behind'} the server's`
  return `${words} (${count(samples, 'request')})`
}

function sayFailures({ out }: Cli, { client_id, failures }: ClientHealthAnswer): void {
  for (const { reason, requests, means, fix } of failures) {
    out.line()
    out.line(`${out.paint('red', '✗')} ${requests} × ${plain(reason)}`)
    printWrapped(out, means, { first: '  ' })
    printWrapped(out, fix, { first: `  ${out.paint('bold', '→')} ` })
  }
  if (failures.length === 0) return
  out.line()
  out.line('The newest of them, step by step:')
  printSnippet(out, `valetkey explain --last --client-id ${shellWord(client_id)}`, '  ')
}

function sayHints({ out }: Cli, { hints }: ClientHealthAnswer): void {
  for (const hint of hints) printWrapped(out, hint, { first: `${out.paint('yellow', '!')} ` })
  if (hints.length > 0) out.line()
}
