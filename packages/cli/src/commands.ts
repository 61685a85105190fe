import type { Command } from 'commander'
import type { Cli } from './terminal.ts'

/** A file in `commands/`: options, examples and action of one command. */
interface CommandModule {
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
  access: 'Look into access grants, and narrow them, offline',
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
    summary: 'Check settings, data folder, database, master key and clock',
    load: () => import('./commands/doctor.ts'),
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
]
