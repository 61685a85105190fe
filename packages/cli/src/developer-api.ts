import type { ApiCall } from './api.ts'
import { getSession, type StoredSession } from './session-file.ts'
import type { Cli } from './terminal.ts'

export interface SessionOptions {
  readonly url?: string
  readonly json?: true
}

/** A call of the developer API, without who makes it. `path` is below `/api/v0/developer/auth`. */
export type DeveloperCall = Pick<ApiCall, 'method' | 'path' | 'body'>

/** A call in the name of the developer who is signed in. */
export async function developerCall(
  cli: Cli,
  { url }: SessionOptions,
  call: DeveloperCall,
): Promise<ApiCall> {
  return callAs(await getSession(cli, url), call)
}

export function callAs({ url, token }: Pick<StoredSession, 'url' | 'token'>, call: DeveloperCall): ApiCall {
  return { ...call, url, token, path: `/api/v0/developer/auth${call.path}` }
}
