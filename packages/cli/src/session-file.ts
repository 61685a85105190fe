import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { shellWord } from './curl.ts'
import { Refused, SessionEnded } from './errors.ts'
import { defaultUrl } from './options.ts'
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

/** The server that is meant: the one named, else the one of the session, ended or not, else the one of this machine. */
export async function serverOf(cli: Cli, url: string | undefined): Promise<string> {
  return url ?? (await findSession(cli))?.url ?? defaultUrl
}

/**
 * The session for this server; without an address, the one there is.
 *
 * @throws NotSignedIn, SessionEnded
 */
export async function getSession(cli: Cli, url: string | undefined): Promise<StoredSession> {
  const session = await findSession(cli)
  if (session === undefined || (url !== undefined && session.url !== url)) throw new NotSignedIn(url)
  if (hasEnded(cli, session)) throw new SessionEnded(session.url, 'not_signed_in')
  return session
}

/** Nobody has signed in here, or at this server. */
export class NotSignedIn extends Refused {
  constructor(url: string | undefined) {
    const [where, named] = url === undefined ? ['', ''] : [` at ${url}`, ` --url ${shellWord(url)}`]
    super('not_signed_in', `not signed in${where}; run "valetkey login${named}" first`)
  }
}

const hasEnded = ({ now }: Cli, { expires_at }: StoredSession): boolean =>
  Date.parse(expires_at) <= now() * 1000
