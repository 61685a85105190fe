import type { WebhookSecretAnswer } from '@valetkey/protocol'
import { type Cli, printJson } from './terminal.ts'

/** A secret that is shown once: as lines for people, JSON, or a `.env` file. */
export function printWebhookSecret(
  cli: Cli,
  { id, secret }: WebhookSecretAnswer,
  { json, env }: { readonly json?: true; readonly env?: true },
): void {
  if (json) {
    printJson(cli, { id, secret })
    return
  }
  if (env) {
    cli.out.line(`VALETKEY_WEBHOOK_SECRET=${secret}`)
    return
  }
  cli.out.line(`id      ${id}`)
  cli.out.line(`secret  ${secret}`)
  cli.err.line(
    cli.err.paint('dim', 'The secret is not shown again. "valetkey webhook test" sends a first event.'),
  )
}
