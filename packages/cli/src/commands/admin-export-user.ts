import { personalDataAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { type AdminOptions, admin, askAsOperator } from '../admin-api.ts'
import { examples, urlOption } from '../options.ts'
import { type Cli, printJson } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description('Print everything that is kept about a user, as JSON. It holds no hash, no key and no code.')
    .argument('<user>', 'the e-mail address or the id')
    .addOption(urlOption())
    .option('--json', 'JSON it is anyway')
    .action(async (who: string, options: AdminOptions) => {
      const path = `${admin}/users/${encodeURIComponent(who)}/export`
      printJson(
        cli,
        await askAsOperator(cli, options, { method: 'GET', path, patient: true }, personalDataAnswer),
      )
    })
  examples(command, 'valetkey admin export-user ada@example.com > ada.json')
}
