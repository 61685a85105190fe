import type { CredentialsAnswer } from '@valetkey/protocol'
import { type Cli, printFields, printJson } from './terminal.ts'

/** Shows a new secret, this once, in the form that was asked for; without one, the client_id. */
export function printCredentials(
  cli: Cli,
  { client_id, client_secret }: CredentialsAnswer,
  { json, env }: { json?: true; env?: true },
): void {
  const { out, err } = cli
  if (json) {
    printJson(cli, { client_id, ...(client_secret === undefined ? {} : { client_secret }) })
    return
  }
  if (env) {
    out.line(`VALETKEY_CLIENT_ID=${client_id}`)
    if (client_secret !== undefined) out.line(`VALETKEY_CLIENT_SECRET=${client_secret}`)
    return
  }
  printFields(out, [
    ['client_id', client_id],
    ...(client_secret === undefined ? [] : [['client_secret', client_secret] as const]),
  ])
  if (client_secret === undefined) return
  err.line(
    err.paint(
      'dim',
      'The secret is shown this once and cannot be read back. Keep it where your app finds it, and nowhere else.',
    ),
  )
}
