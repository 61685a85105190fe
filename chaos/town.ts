import { hash, randomBytes } from 'node:crypto'
import { approve, type Holder, writeApprovals } from '../bench/seed.ts'
import { rowsOf, type Where } from '../e2e/testing/rows.ts'
import { aClient, aDeveloper, aUser, type Person, redirectUri } from '../e2e/testing/story.ts'
import { everyGrantType } from '../packages/server/src/testing/standard-scene.ts'
import type { App, Entry, Ledger } from './ledger.ts'

/** One user and one app: all access that the one gives the other. Belongs to one worker, who knows what was done to it. */
export interface Pair {
  readonly app: App
  readonly user: Person
  readonly holder: Holder
  /** Not yet sent. */
  readonly fresh: Entry[]
  /** Sent: what was granted or may have been, oldest first. */
  readonly held: Entry[]
}

/** A developer, apps of both dialects, and users; all of them came through the front. */
export interface Town {
  readonly where: Where
  readonly pairs: readonly Pair[]
  /** Codes for every pair that has fewer than this. Straight into the database, as there must be many. */
  refill(ledger: Ledger, atLeast: number): Promise<void>
}

const size = { apps: 4, users: 4 }

export async function createTown(
  server: { readonly url: string },
  where: Where,
  issuer: string,
  dialects: readonly App['dialect'][],
): Promise<Town> {
  const developer = await aDeveloper(server)
  const apps: App[] = []
  for (let n = 0; n < size.apps; n++) {
    const dialect = dialects[n % dialects.length] ?? 'storx'
    const form = dialect === 'storx' ? {} : { grant_types: everyGrantType }
    const { client_id, client_secret } = await aClient(server, form, developer)
    apps.push({ client_id, client_secret, redirect_uri: redirectUri, issuer, dialect })
  }
  const users = await Promise.all(Array.from({ length: size.users }, () => aUser(server)))
  const ids = await rowsOf(
    where,
    'select users.email, users.id as user_id, projects.id as project_id from users join projects on projects.user_id = users.id',
  )
  const pairs = users.flatMap((user) => {
    const row = ids.find(({ email }) => email === user.email)
    const owner = { user_id: String(row?.user_id), project_id: String(row?.project_id) }
    return apps.map((app): Pair => ({ app, user, holder: { ...app, ...owner }, fresh: [], held: [] }))
  })
  return {
    where,
    pairs,
    async refill(ledger, atLeast) {
      const rows = pairs
        .filter(({ fresh }) => fresh.length < atLeast)
        .flatMap((pair) =>
          Array.from({ length: atLeast }, () => {
            const { row, ...approval } = anApproval(pair)
            pair.fresh.push(ledger.add(approval))
            return row
          }),
        )
      if (rows.length > 0) await writeApprovals(where, rows)
    },
  }
}

/** Of codes, in seconds: longer than clocks jump. */
const longLife = 10 * 86_400

/** A code as the user's yes makes it, and the rows that hold it. */
export function anApproval(
  { app, user, holder }: Pick<Pair, 'app' | 'user' | 'holder'>,
  expires_at?: number,
) {
  const code = randomBytes(32).toString('base64url')
  const dated = { expires_at: expires_at ?? Math.floor(Date.now() / 1000) + longLife }
  const { dialect } = app
  if (dialect === 'storx') return { app, user, dialect, code, row: approve(holder, code, dated) }
  const code_verifier = randomBytes(32).toString('base64url')
  const code_challenge = hash('sha256', code_verifier, 'base64url')
  const row = approve(holder, code, { dialect, offline_access: true, code_challenge, ...dated })
  return { app, user, dialect, code, code_verifier, row }
}
