import { managedClientAnswer, managedClientsAnswer, stateAnswer, suspensionAnswer } from '@valetkey/protocol'
import { type Command, Option } from 'commander'
import { type AdminOptions, admin, askAsOperator, confirm, tellAsOperator } from '../admin-api.ts'
import type { CommandModule } from '../commands.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, count, plain, printFields, printJson, printTable } from '../terminal.ts'
import type { SuspendOptions } from './admin-accounts.ts'

const common = (command: Command): Command => command.addOption(urlOption()).addOption(jsonOption())
const ofOne = (command: Command): Command => common(command).argument('<client>', 'its client_id or id')
const pathOf = (client: string, below = ''): string =>
  `${admin}/clients/${encodeURIComponent(client)}${below}`
const anExample = '0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11'

interface ListOptions extends AdminOptions {
  readonly search?: string
  readonly state?: string
  readonly developer?: string
  readonly page?: string
  readonly limit?: string
}

export const list: CommandModule = {
  define(command, cli) {
    common(command)
      .description('List clients, newest first, page by page, whoever registered them.')
      .option('--search <text>', 'in the name, or the client_id')
      .option('--developer <who>', 'only those of this developer, by address or id')
      .addOption(
        new Option('--state <state>', 'only those').choices(['active', 'inactive', 'suspended', 'deleted']),
      )
      .option('--page <number>', 'from 1')
      .option('--limit <number>', 'how many a page has, at most 500')
      .action((options: ListOptions) => listClients(cli, options))
    examples(
      command,
      'valetkey admin clients list --developer ada@example.com',
      'valetkey admin clients list --state suspended --json',
    )
  },
}

async function listClients(
  cli: Cli,
  { search = '', state = '', developer = '', page = '', limit = '', ...options }: ListOptions,
): Promise<void> {
  const query = new URLSearchParams({ search, state, developer, page, limit })
  const call = { method: 'GET', path: `${admin}/clients?${query}` } as const
  const answer = await askAsOperator(cli, options, call, managedClientsAnswer)
  if (options.json) return printJson(cli, answer)
  printTable(
    cli,
    ['NAME', 'CLIENT_ID', 'STATE', 'DEVELOPER', 'REGISTERED'],
    answer.clients.map((client) => [
      client.name,
      client.client_id,
      client.state,
      client.developer.email,
      client.created_at.slice(0, 10),
    ]),
  )
  cli.err.line(
    `${count(answer.total, 'client')}${answer.has_more ? `; --page ${answer.page + 1} shows more` : ''}`,
  )
}

export const show: CommandModule = {
  define(command, cli) {
    ofOne(command)
      .description('Show one client and whose it is.')
      .action(async (client: string, options: AdminOptions) => {
        const call = { method: 'GET', path: pathOf(client) } as const
        const answer = await askAsOperator(cli, options, call, managedClientAnswer)
        if (options.json) return printJson(cli, answer)
        printFields(cli.out, [
          ['name', answer.name],
          ['client_id', answer.client_id],
          ['state', answer.suspension === 'developer' ? 'suspended, with its developer' : answer.state],
          ['developer', `${answer.developer.email} (${answer.developer.state})`],
          ['redirect_uris', answer.redirect_uris.join(' ') || '–'],
          ['scopes', answer.scopes.join(' ') || 'any'],
          ['authentication', answer.token_endpoint_auth_method],
          ['registered', answer.created_at],
        ])
      })
    examples(command, `valetkey admin clients show ${anExample}`)
  },
}

export const suspend: CommandModule = {
  define(command, cli) {
    ofOne(command)
      .description(
        'Suspend a client: no proof of it counts, and its developer does not undo that. What it holds goes on, unless --end-access ends it.',
      )
      .option('--end-access', 'end what was handed out, with its API keys; that is never undone')
      .option('-y, --yes', 'do not ask')
      .action(async (client: string, { endAccess, yes, ...options }: SuspendOptions) => {
        if (endAccess) await confirm(cli, yes, `Suspend ${plain(client)} and end all access it holds?`)
        const body = { end_access: endAccess === true }
        const call = { method: 'POST', path: pathOf(client, '/suspend'), body, patient: true } as const
        const answer = await askAsOperator(cli, options, call, suspensionAnswer)
        if (options.json) printJson(cli, answer)
        else cli.out.line(`The client is suspended; ${count(answer.ended, 'grant')} ended.`)
      })
    examples(
      command,
      `valetkey admin clients suspend ${anExample}`,
      `valetkey admin clients suspend ${anExample} --end-access --yes`,
    )
  },
}

export const unsuspend: CommandModule = {
  define(command, cli) {
    ofOne(command)
      .description('Let a client work again, as it did. Access that was ended stays ended.')
      .action(async (client: string, options: AdminOptions) => {
        const call = { method: 'POST', path: pathOf(client, '/unsuspend') } as const
        const answer = await askAsOperator(cli, options, call, stateAnswer)
        if (options.json) return printJson(cli, answer)
        cli.out.line(
          answer.state === 'suspended'
            ? 'The client stays suspended as long as its developer is.'
            : `The client is ${answer.state}.`,
        )
      })
    examples(command, `valetkey admin clients unsuspend ${anExample}`)
  },
}

export const remove: CommandModule = {
  define(command, cli) {
    ofOne(command)
      .description('Delete a client for good, whoever registered it. All access it holds ends at once.')
      .option('-y, --yes', 'do not ask')
      .action(async (client: string, { yes, ...options }: SuspendOptions) => {
        await confirm(cli, yes, `Delete ${plain(client)} and end all access it holds?`)
        await tellAsOperator(cli, options, { method: 'DELETE', path: pathOf(client), patient: true })
        if (options.json) printJson(cli, { client, deleted: true })
        else cli.out.line('The client is deleted, and all access it held has ended.')
      })
    examples(command, `valetkey admin clients delete ${anExample}`)
  },
}
