import type { Command } from 'commander'
import { tell } from '../api.ts'
import { SessionEnded } from '../errors.ts'
import { examples, jsonOption } from '../options.ts'
import { findSession, forgetSession } from '../session-file.ts'
import { type Cli, printJson } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description('End the session at the server and remove it from this machine.')
    .addOption(jsonOption())
    .action((options: { json?: true }) => logout(cli, options))
  examples(command, 'valetkey logout')
}

async function logout(cli: Cli, { json }: { json?: true }): Promise<void> {
  const session = await findSession(cli)
  await forgetSession(cli)
  if (session !== undefined) await endAtServer(session)
  if (json) printJson(cli, { url: session?.url ?? null })
  else cli.out.line(session === undefined ? 'There was no session.' : `Signed out of ${session.url}.`)
}

/** One that has ended there already is ended all the same. */
async function endAtServer({ url, token }: { url: string; token: string }): Promise<void> {
  try {
    await tell({ url, token, method: 'POST', path: '/api/v0/developer/auth/logout' })
  } catch (thrown) {
    if (!(thrown instanceof SessionEnded)) throw thrown
  }
}
