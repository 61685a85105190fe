import type { Command } from 'commander'
import { tell } from './api.ts'
import { clientPathOf, clientsCall } from './clients-api.ts'
import type { SessionOptions } from './developer-api.ts'
import { jsonOption, urlOption } from './options.ts'
import { type Cli, printJson } from './terminal.ts'

/** What `client enable` and `client disable` share. 1 active, 0 deactivated. */
export function defineStatus(
  command: Command,
  cli: Cli,
  { status, done }: { status: 0 | 1; done: string },
): Command {
  return command
    .argument('<client>', 'its client_id or id')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action(async (client: string, options: SessionOptions) => {
      await tell(
        await clientsCall(cli, options, {
          method: 'PATCH',
          path: clientPathOf(client, '/status'),
          body: { status },
        }),
      )
      if (options.json) printJson(cli, { client, status })
      else cli.out.line(done)
    })
}
