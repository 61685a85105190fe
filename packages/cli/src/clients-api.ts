import type { ApiCall } from './api.ts'
import { getSession } from './session-file.ts'
import type { Cli } from './terminal.ts'

export interface SessionOptions {
  readonly url?: string
  readonly json?: true
}

/** A call about clients in the name of the developer who is signed in. `path` is below `…/clients`. */
export async function clientsCall(
  cli: Cli,
  { url }: SessionOptions,
  call: Pick<ApiCall, 'method' | 'body'> & { path?: string },
): Promise<ApiCall> {
  const session = await getSession(cli, url)
  return {
    ...call,
    url: session.url,
    token: session.token,
    path: `/api/v0/developer/auth/oauth2/clients${call.path ?? ''}`,
  }
}

/** The path of one client, by its `id` or its `client_id`. */
export const clientPathOf = (client: string, below = ''): string => `/${encodeURIComponent(client)}${below}`
