import {
  accountStates,
  type ManagedAccountAnswer,
  managedAccountAnswer,
  managedAccountsAnswer,
  stateAnswer,
  suspensionAnswer,
} from '@valetkey/protocol'
import { type Command, Option } from 'commander'
import { type AdminOptions, admin, askAsOperator, confirm, tellAsOperator } from '../admin-api.ts'
import type { CommandModule } from '../commands.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, count, plain, printFields, printJson, printTable } from '../terminal.ts'

type Kind = 'developer' | 'user'
type Define = (kind: Kind, command: Command, cli: Cli) => void

/** `valetkey admin developers …` and `valetkey admin users …` are the same commands, of two lists. */
export function accountCommand(kind: Kind, verb: keyof typeof verbs): CommandModule {
  return {
    define: (command, cli) => verbs[verb](kind, command.addOption(urlOption()).addOption(jsonOption()), cli),
  }
}

interface ListOptions extends AdminOptions {
  readonly search?: string
  readonly state?: string
  readonly page?: string
  readonly limit?: string
}

const list: Define = (kind, command, cli) => {
  command
    .description(`List ${kind}s, newest first, page by page.`)
    .option('--search <text>', 'in the address or the name')
    .addOption(new Option('--state <state>', 'only those').choices([...accountStates]))
    .option('--page <number>', 'from 1')
    .option('--limit <number>', 'how many a page has, at most 500')
    .action(async ({ search = '', state = '', page = '', limit = '', ...options }: ListOptions) => {
      const query = new URLSearchParams({ search, state, page, limit })
      const call = { method: 'GET', path: `${admin}/${kind}s?${query}` } as const
      const answer = await askAsOperator(cli, options, call, managedAccountsAnswer)
      if (options.json) return printJson(cli, answer)
      printTable(
        cli,
        ['E-MAIL', 'NAME', 'STATE', 'SINCE', 'SESSIONS', kind === 'user' ? 'GRANTS' : 'CLIENTS', 'ID'],
        answer.accounts.map((account) => [
          account.email || '–',
          account.full_name,
          account.state,
          account.created_at.slice(0, 10),
          String(account.sessions),
          String(account.grants ?? account.clients ?? 0),
          account.id,
        ]),
      )
      cli.err.line(
        `${count(answer.total, kind)}${answer.has_more ? `; --page ${answer.page + 1} shows more` : ''}`,
      )
    })
  examples(
    command,
    `valetkey admin ${kind}s list --search example.com`,
    `valetkey admin ${kind}s list --state suspended --json`,
  )
}

const show: Define = (kind, command, cli) => {
  command
    .description(`Show one ${kind}: state, sessions and what it holds.`)
    .argument(`<${kind}>`, 'the e-mail address or the id')
    .action(async (who: string, options: AdminOptions) => {
      const answer = await askAsOperator(
        cli,
        options,
        { method: 'GET', path: pathOf(kind, who) },
        managedAccountAnswer,
      )
      if (options.json) printJson(cli, answer)
      else printFields(cli.out, fieldsOf(answer))
    })
  examples(command, `valetkey admin ${kind}s show ada@example.com`)
}

const suspend: Define = (kind, command, cli) => {
  command
    .description(
      kind === 'user'
        ? 'Suspend a user: the sessions end at once, and nothing is handed out any more. What apps hold goes on, unless --end-access ends it.'
        : 'Suspend a developer with all clients: the sessions end at once, and no proof of a client counts. What the clients hold goes on, unless --end-access ends it.',
    )
    .argument(`<${kind}>`, 'the e-mail address or the id')
    .option('--end-access', 'end what was handed out, with its API keys; that is never undone')
    .option('-y, --yes', 'do not ask')
    .action(async (who: string, { endAccess, yes, ...options }: SuspendOptions) => {
      if (endAccess) await confirm(cli, yes, `Suspend ${plain(who)} and end all access for good?`)
      const body = { end_access: endAccess === true }
      const call = { method: 'POST', path: pathOf(kind, who, '/suspend'), body, patient: true } as const
      const answer = await askAsOperator(cli, options, call, suspensionAnswer)
      if (options.json) printJson(cli, answer)
      else cli.out.line(`The ${kind} is suspended; ${count(answer.ended, 'grant')} ended.`)
    })
  examples(
    command,
    `valetkey admin ${kind}s suspend ada@example.com`,
    `valetkey admin ${kind}s suspend ada@example.com --end-access --yes`,
  )
}

export interface SuspendOptions extends AdminOptions {
  readonly endAccess?: true
  readonly yes?: true
}

const unsuspend: Define = (kind, command, cli) => {
  command
    .description(`Let a ${kind} in again. Access that was ended stays ended.`)
    .argument(`<${kind}>`, 'the e-mail address or the id')
    .action(async (who: string, options: AdminOptions) => {
      const call = { method: 'POST', path: pathOf(kind, who, '/unsuspend') } as const
      const answer = await askAsOperator(cli, options, call, stateAnswer)
      if (options.json) printJson(cli, answer)
      else cli.out.line(`The ${kind} is ${answer.state}.`)
    })
  examples(command, `valetkey admin ${kind}s unsuspend ada@example.com`)
}

const remove: Define = (kind, command, cli) => {
  command
    .description(
      `Delete a ${kind} for good: sessions, all access with its API keys, ${kind === 'user' ? 'projects' : 'clients'}, and what says who it was.`,
    )
    .argument(`<${kind}>`, 'the e-mail address or the id')
    .option('-y, --yes', 'do not ask')
    .action(async (who: string, { yes, ...options }: SuspendOptions) => {
      await confirm(cli, yes, `Delete the ${kind} ${plain(who)} and end all access for good?`)
      await tellAsOperator(cli, options, { method: 'DELETE', path: pathOf(kind, who), patient: true })
      if (options.json) printJson(cli, { [kind]: who, deleted: true })
      else cli.out.line(`The ${kind} is deleted, and all access has ended.`)
    })
  examples(command, `valetkey admin ${kind}s delete ada@example.com`)
}

const verbs = { list, show, suspend, unsuspend, delete: remove }

const pathOf = (kind: Kind, who: string, below = ''): string =>
  `${admin}/${kind}s/${encodeURIComponent(who)}${below}`

const fieldsOf = (account: ManagedAccountAnswer): [string, string][] => [
  ['e-mail', account.email],
  ['name', account.full_name],
  ...(account.company_name === '' ? [] : [['company', account.company_name] as [string, string]]),
  ['state', account.state],
  ['since', account.created_at],
  ['sessions', String(account.sessions)],
  ...(account.clients === undefined ? [] : [['clients', String(account.clients)] as [string, string]]),
  ...(account.grants === undefined ? [] : [['grants', String(account.grants)] as [string, string]]),
  ['id', account.id],
]
