import { serverStatisticsAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { type AdminOptions, admin, askAsOperator } from '../admin-api.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, printFields, printJson } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Say how many developers, users and clients there are, by state, and how much access is held.',
    )
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((options: AdminOptions) => stats(cli, options))
  examples(command, 'VALETKEY_ADMIN_TOKEN=… valetkey admin stats --url https://keys.example.org')
}

async function stats(cli: Cli, options: AdminOptions): Promise<void> {
  const call = { method: 'GET', path: `${admin}/statistics` } as const
  const answer = await askAsOperator(cli, options, call, serverStatisticsAnswer)
  if (options.json) return printJson(cli, answer)
  const inWords = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([state, many]) => `${many} ${state}`)
      .join(', ') || 'none'
  printFields(cli.out, [
    ['developers', inWords(answer.developers)],
    ['users', inWords(answer.users)],
    ['clients', inWords(answer.clients)],
    ['active grants', String(answer.active_grants)],
  ])
}
