import type { Command } from 'commander'
import type { Cli } from './terminal.ts'

/** A file in `commands/`: options, examples and action of one command. */
export interface CommandModule {
  define(command: Command, cli: Cli): void
}

export interface CommandRow {
  readonly words: string
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

export const groups: Readonly<Record<string, string>> = {
  jwt: 'Make and examine the JWT that goes into client_secret',
  token: 'Try the token endpoint',
  client: 'Look after your clients',
  webhook: 'Have your programs told of what happens',
  access: 'Look into access grants, and narrow them, offline',
  'master-key': 'Look at the master key, and replace it',
  audit: 'Verify, note and export the chain of audit events',
  admin: 'For the operator of a server: accounts, clients, import',
  developers: 'Developers of a server',
  users: 'Users of a server',
  clients: 'Clients of a server, whoever registered them',
}

/** Every command, in the order of the help. */
export const commands: readonly CommandRow[] = [
  { words: 'serve', summary: 'Run the server', load: () => import('./commands/serve.ts') },
  {
    words: 'demo',
    summary: 'Play the whole story against a server of its own',
    load: () => import('./commands/demo.ts'),
  },
  {
    words: 'settings',
    summary: 'List every setting of the server, with the value in force',
    load: () => import('./commands/settings.ts'),
  },
  {
    words: 'doctor',
    summary: 'Check all that a server needs: settings, files, database, keys, mail, the way to it',
    load: () => import('./commands/doctor.ts'),
  },
  {
    words: 'backup',
    summary: 'Copy the SQLite database into a file, while the server runs',
    load: () => import('./commands/backup.ts'),
  },
  {
    words: 'restore',
    summary: 'Put a backup in place, and end what must not come to life again',
    load: () => import('./commands/restore.ts'),
  },
  {
    words: 'master-key show',
    summary: 'Say which master keys there are, and what is sealed under each',
    load: () => import('./commands/master-key-show.ts'),
  },
  {
    words: 'master-key rotate',
    summary: 'Seal everything under a new master key, while servers run',
    load: () => import('./commands/master-key-rotate.ts'),
  },
  {
    words: 'master-key retire',
    summary: 'Take old master keys away, once nothing is sealed under them',
    load: () => import('./commands/master-key-retire.ts'),
  },
  {
    words: 'audit verify',
    summary: 'Check that no audit event was changed or removed',
    load: () => import('./commands/audit-verify.ts'),
  },
  {
    words: 'audit head',
    summary: 'Print the end of the chain, to be noted elsewhere',
    load: () => import('./commands/audit-head.ts'),
  },
  {
    words: 'audit export',
    summary: 'Write audit events as lines of JSON or as CSV',
    load: () => import('./commands/audit-export.ts'),
  },
  { words: 'login', summary: 'Sign in as a developer', load: () => import('./commands/login.ts') },
  { words: 'logout', summary: 'End the session and forget it', load: () => import('./commands/logout.ts') },
  {
    words: 'jwt create',
    summary: 'Make a JWT with the client secret',
    load: () => import('./commands/jwt-create.ts'),
  },
  {
    words: 'jwt debug',
    summary: 'Check a JWT as the server does, step by step, offline',
    load: () => import('./commands/jwt-debug.ts'),
  },
  {
    words: 'token test',
    summary: 'Redeem a code and explain the answer',
    load: () => import('./commands/token-test.ts'),
  },
  {
    words: 'token diagnose',
    summary: 'Explain a token request without sending it',
    load: () => import('./commands/token-diagnose.ts'),
  },
  {
    words: 'explain',
    summary: 'Explain a token request that was sent, by its trace_id, the last, or live',
    load: () => import('./commands/explain.ts'),
  },
  {
    words: 'client register',
    summary: 'Register a client; shows its secret this once',
    load: () => import('./commands/client-register.ts'),
  },
  { words: 'client list', summary: 'List your clients', load: () => import('./commands/client-list.ts') },
  {
    words: 'client show',
    summary: 'Show one client and the dates of its secrets',
    load: () => import('./commands/client-show.ts'),
  },
  {
    words: 'client health',
    summary: 'Say how its token requests go, and what to look after',
    load: () => import('./commands/client-health.ts'),
  },
  {
    words: 'client rotate-secret',
    summary: 'Make a new secret; shows it this once',
    load: () => import('./commands/client-rotate-secret.ts'),
  },
  {
    words: 'client retire-secret',
    summary: 'End an older secret before its time',
    load: () => import('./commands/client-retire-secret.ts'),
  },
  {
    words: 'client disable',
    summary: 'Deactivate a client and end all access it holds',
    load: () => import('./commands/client-disable.ts'),
  },
  {
    words: 'client enable',
    summary: 'Activate a client again',
    load: () => import('./commands/client-enable.ts'),
  },
  {
    words: 'client delete',
    summary: 'Delete a client and end all access it holds',
    load: () => import('./commands/client-delete.ts'),
  },
  {
    words: 'webhook add',
    summary: 'Add an endpoint; shows its secret this once',
    load: () => import('./commands/webhook-add.ts'),
  },
  {
    words: 'webhook list',
    summary: 'List your webhooks',
    load: () => import('./commands/webhook-list.ts'),
  },
  {
    words: 'webhook show',
    summary: 'Show one webhook and how it stands',
    load: () => import('./commands/webhook-show.ts'),
  },
  {
    words: 'webhook test',
    summary: 'Send a test event and say what came of it',
    load: () => import('./commands/webhook-test.ts'),
  },
  {
    words: 'webhook deliveries',
    summary: 'Show what was delivered, and why not; deliver again',
    load: () => import('./commands/webhook-deliveries.ts'),
  },
  {
    words: 'webhook rotate-secret',
    summary: 'Make a new secret; shows it this once',
    load: () => import('./commands/webhook-rotate-secret.ts'),
  },
  {
    words: 'webhook delete',
    summary: 'Delete a webhook',
    load: () => import('./commands/webhook-delete.ts'),
  },
  {
    words: 'access inspect',
    summary: 'Say what an access grant allows',
    load: () => import('./commands/access-inspect.ts'),
  },
  {
    words: 'access restrict',
    summary: 'Make a narrower access grant',
    load: () => import('./commands/access-restrict.ts'),
  },
  {
    words: 'access verify',
    summary: 'Ask whether an access grant allows one action',
    load: () => import('./commands/access-verify.ts'),
  },
  {
    words: 'admin stats',
    summary: 'Say how much there is of everything',
    load: () => import('./commands/admin-stats.ts'),
  },
  ...(['developer', 'user'] as const).flatMap(accountCommands),
  {
    words: 'admin clients list',
    summary: 'List clients, newest first',
    load: () => import('./commands/admin-clients.ts').then(({ list }) => list),
  },
  {
    words: 'admin clients show',
    summary: 'Show one client',
    load: () => import('./commands/admin-clients.ts').then(({ show }) => show),
  },
  {
    words: 'admin clients suspend',
    summary: 'Suspend a client; its developer does not undo that',
    load: () => import('./commands/admin-clients.ts').then(({ suspend }) => suspend),
  },
  {
    words: 'admin clients unsuspend',
    summary: 'Let a client work again',
    load: () => import('./commands/admin-clients.ts').then(({ unsuspend }) => unsuspend),
  },
  {
    words: 'admin clients delete',
    summary: 'Delete a client and end all access it holds',
    load: () => import('./commands/admin-clients.ts').then(({ remove }) => remove),
  },
  {
    words: 'admin import-clients',
    summary: 'Bring in clients with their secrets from another server',
    load: () => import('./commands/admin-import-clients.ts'),
  },
  {
    words: 'admin export-user',
    summary: 'Print everything that is kept about a user',
    load: () => import('./commands/admin-export-user.ts'),
  },
]

/** What is done to developers and to users alike. */
function accountCommands(kind: 'developer' | 'user'): readonly CommandRow[] {
  const row = (verb: 'list' | 'show' | 'suspend' | 'unsuspend' | 'delete', summary: string): CommandRow => ({
    words: `admin ${kind}s ${verb}`,
    summary,
    load: async () => (await import('./commands/admin-accounts.ts')).accountCommand(kind, verb),
  })
  return [
    row('list', `List ${kind}s, newest first`),
    row('show', `Show one ${kind}`),
    row('suspend', `Suspend a ${kind}; the sessions end at once`),
    row('unsuspend', `Let a ${kind} in again`),
    row('delete', `Delete a ${kind} for good, with all access`),
  ]
}
