import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Refused } from './errors.ts'
import type { Cli } from './terminal.ts'

/** The developer session, kept between commands. Its token goes to `url` and nowhere else. */
export interface StoredSession {
  readonly url: string
  readonly email: string
  readonly token: string
  /** RFC 3339. */
  readonly expires_at: string
}

export function sessionPath({ env }: Pick<Cli, 'env'>): string {
  const config = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config')
  return join(config, 'valetkey', 'session.json')
}

/** Readable by its owner alone from the first byte on, and never half written. */
export async function saveSession(cli: Cli, session: StoredSession): Promise<void> {
  const path = sessionPath(cli)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${JSON.stringify(session, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(draft, path)
}

export async function forgetSession(cli: Cli): Promise<void> {
  await rm(sessionPath(cli), { force: true })
}

export async function findSession(cli: Cli): Promise<StoredSession | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(sessionPath(cli), 'utf8'))
    return isSession(content) ? content : undefined
  } catch {
    return undefined // not there, or not ours: either way, sign in anew
  }
}

function isSession(content: unknown): content is StoredSession {
  const fields = ['url', 'email', 'token', 'expires_at']
  return (
    typeof content === 'object' &&
    content !== null &&
    fields.every((field) => typeof Reflect.get(content, field) === 'string')
  )
}

/** The session for this server; without an address, the one there is. */
export async function getSession(cli: Cli, url: string | undefined): Promise<StoredSession> {
  const session = await findSession(cli)
  const login = `valetkey login${url === undefined ? '' : ` --url ${url}`}`
  if (session === undefined || (url !== undefined && session.url !== url)) {
    throw new Refused(
      'not_signed_in',
      `not signed in${url === undefined ? '' : ` at ${url}`}; run "${login}" first`,
    )
  }
  if (Date.parse(session.expires_at) <= cli.now() * 1000) {
    throw new Refused('not_signed_in', `the session at ${session.url} has ended; run "${login}" again`)
  }
  return session
}
