import { describeAccessGrant, parseAccessGrant, timestampFromSeconds } from '@valetkey/access-grant'
import type { Command } from 'commander'
import { argumentOf, examples, jsonOption } from '../options.ts'
import { type Cli, printJson } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description('Say what an access grant allows, where and until when, offline. Its keys are not shown.')
    .argument('<grant>', 'the access grant; - reads a line from standard input')
    .addOption(jsonOption())
    .action((grant: string, options: { json?: true }) => inspect(cli, grant, options))
  examples(
    command,
    'valetkey access inspect - < grant.txt',
    'valetkey access inspect "$ACCESS_GRANT" --json | jq .paths',
  )
}

async function inspect(cli: Cli, given: string, { json }: { json?: true }): Promise<void> {
  const grant = parseAccessGrant(await argumentOf(cli, given, '<grant>'))
  const description = describeAccessGrant(grant, { now: timestampFromSeconds(cli.now()) })
  if (json) {
    printJson(cli, description)
    return
  }
  const { out } = cli
  for (const sentence of description.sentences) out.line(sentence)
  if (description.warnings.length > 0) out.line()
  for (const { message } of description.warnings) out.line(`${out.paint('yellow', '!')} ${message}`)
}
