import { describeAccessGrant, timestampFromSeconds } from '@valetkey/access-grant'
import type { Command } from 'commander'
import { accessGrantArgument, accessGrantOf } from '../access-grant-argument.ts'
import { examples, jsonOption } from '../options.ts'
import { type Cli, printJson } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description('Say what an access grant allows, where and until when, offline. Its keys are not shown.')
    .addArgument(accessGrantArgument())
    .addOption(jsonOption())
    .action((accessGrant: string, options: { json?: true }) => inspect(cli, accessGrant, options))
  examples(
    command,
    'valetkey access inspect - < access-grant.txt',
    'valetkey access inspect "$ACCESS_GRANT" --json | jq .paths',
  )
}

async function inspect(cli: Cli, given: string, { json }: { json?: true }): Promise<void> {
  const accessGrant = await accessGrantOf(cli, given)
  const description = describeAccessGrant(accessGrant, { now: timestampFromSeconds(cli.now()) })
  if (json) {
    printJson(cli, description)
    return
  }
  const { out } = cli
  for (const sentence of description.sentences) out.line(sentence)
  if (description.warnings.length > 0) out.line()
  for (const { message } of description.warnings) out.line(`${out.paint('yellow', '!')} ${message}`)
}
