import { type ClientAnswer, clientListAnswer } from '@valetkey/protocol'
import { type ApiCall, ask } from './api.ts'
import { callAs, type DeveloperCall, developerCall, type SessionOptions } from './developer-api.ts'
import type { StoredSession } from './session-file.ts'
import { type Cli, plain } from './terminal.ts'

/** A call about clients in the name of the developer who is signed in. `path` is below `…/clients`. */
export function clientsCall(
  cli: Cli,
  options: SessionOptions,
  call: Omit<DeveloperCall, 'path'> & { path?: string },
): Promise<ApiCall> {
  return developerCall(cli, options, { ...call, path: `/oauth2/clients${call.path ?? ''}` })
}

/** The path of one client, by its `id` or its `client_id`. */
export const clientPathOf = (client: string, below = ''): string => `/${encodeURIComponent(client)}${below}`

export const clientsOf = (session: StoredSession): Promise<ClientAnswer[]> =>
  ask(callAs(session, { method: 'GET', path: '/oauth2/clients' }), clientListAnswer)

/** The state of a client, in one word. */
export function stateInWords({ status, suspended }: Pick<ClientAnswer, 'status' | 'suspended'>): string {
  if (suspended) return 'suspended'
  return status === 1 ? 'active' : 'inactive'
}

/** As many as a glance takes in. */
const named = 5

/** `Yours: 302b… (Photos), c92a… (Backup).` */
export function yoursInWords(clients: readonly ClientAnswer[]): string {
  if (clients.length === 0) return 'You have no clients yet.'
  const names = clients.slice(0, named).map(({ client_id, name }) => `${client_id} (${plain(name)})`)
  const more = clients.length > named ? ` and ${clients.length - named} more` : ''
  return `Yours: ${names.join(', ')}${more}.`
}
