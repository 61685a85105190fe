import { hash } from 'node:crypto'
import { parseAccessGrant } from '@valetkey/access-grant'
import { rowsOf, type Where } from '../e2e/testing/rows.ts'
import type { Breach, Entry, Invariant, Ledger } from './ledger.ts'
import { works } from './moves.ts'
import type { Door } from './wire.ts'

interface Looked {
  readonly where: Where
  readonly doors: readonly Door[]
  readonly ledger: Ledger
  /** How many grants are tried at the servers. */
  readonly tried?: number
}

/** Looks at the whole database and at everything that clients were told since the last look. Nothing may be under way. */
export async function lookAt({ where, doors, ledger, tried = 6 }: Looked): Promise<readonly Breach[]> {
  const touched = ledger.touched()
  return [
    ...(await structure(where)),
    ...(await told(where, touched)),
    ...(await atServers(ledger, doors, touched, tried)),
    ...ledger.breaches(),
  ]
}

/** In the database alone, whoever was told what. */
export async function structure(where: Where): Promise<readonly Breach[]> {
  const rules: readonly [Invariant, string, string][] = [
    [
      'orphans',
      'a live key without an active grant of a spent code',
      `select count(*) as n from api_keys k
       left join grants g on g.id = k.grant_id and g.state = 'active'
       left join authorization_codes c on c.grant_id = g.id and c.spent_at is not null
       where k.revoked_at is null and (g.id is null or c.id is null)`,
    ],
    [
      'orphans',
      'an active grant without a live key',
      `select count(*) as n from grants g left join api_keys k on k.grant_id = g.id and k.revoked_at is null
       where g.state = 'active' and k.id is null`,
    ],
    [
      'once',
      'an approval with more than one grant',
      'select count(*) as n from (select request_id from grants group by request_id having count(*) > 1) as twice',
    ],
    [
      'once',
      'a grant with more than one key',
      'select count(*) as n from (select grant_id from api_keys group by grant_id having count(*) > 1) as twice',
    ],
    [
      'once',
      'a spent code without its grant',
      `select count(*) as n from authorization_codes c left join grants g on g.id = c.grant_id
       where c.spent_at is not null and g.id is null`,
    ],
    [
      'once',
      'a refresh family with two tokens that can be used',
      `select count(*) as n from (select grant_id from refresh_tokens where rotated_at is null
       group by grant_id having count(*) > 1) as twice`,
    ],
    [
      'lost',
      'an active grant that could be refreshed and has no token left',
      `select count(*) as n from refresh_families f join grants g on g.id = f.grant_id and g.state = 'active'
       left join refresh_tokens t on t.grant_id = f.grant_id and t.rotated_at is null where t.token_hash is null`,
    ],
  ]
  const breaches: Breach[] = []
  for (const [invariant, words, query] of rules) {
    const found = Number((await rowsOf(where, query))[0]?.n)
    if (found > 0) breaches.push({ invariant, words: `${found} × ${words}` })
  }
  return breaches
}

interface CodeRow {
  readonly spent: boolean
  readonly revoked: boolean
  readonly state: unknown
  readonly head: unknown
  readonly live: boolean
}

/** What the database holds is what clients were told. */
async function told(where: Where, entries: readonly Entry[]): Promise<readonly Breach[]> {
  const rows = await codesOf(where, entries)
  return entries.flatMap((entry): Breach[] => {
    const row = rows.get(hashOf(entry))
    if (row === undefined) return [{ invariant: 'lost', words: 'a code that was answered is not there' }]
    const breach = (invariant: Invariant, words: string): Breach[] => [
      { invariant, words: `${words}: ${JSON.stringify(row)}` },
    ]
    if (entry.fate === 'fresh' && row.spent) return breach('lost', 'a code that nobody redeemed is spent')
    if (entry.fate === 'fresh' && entry.ended === 'no' && row.revoked)
      return breach('lost', 'a code that nobody ended is ended')
    if (entry.ended === 'yes' && (row.live || row.state === 'active' || !(row.spent || row.revoked)))
      return breach('revoked', 'access that was ended lives')
    if (entry.fate !== 'granted') return []
    const { api_key } = parseAccessGrant(entry.access_grant ?? '')
    if (!row.spent || row.head !== Buffer.from(api_key.head).toString('hex'))
      return breach('lost', 'a grant that was answered is not there')
    if (entry.ended === 'no' && !(row.live && row.state === 'active'))
      return breach('lost', 'a grant that was answered does not live')
    return []
  })
}

async function codesOf(where: Where, entries: readonly Entry[]): Promise<ReadonlyMap<string, CodeRow>> {
  const found = new Map<string, CodeRow>()
  for (let at = 0; at < entries.length; at += 500) {
    const hashes = entries.slice(at, at + 500).map((entry) => `'${hashOf(entry)}'`)
    const rows = await rowsOf(
      where,
      `select c.code_hash, c.spent_at, c.revoked_at, g.state, k.head, k.revoked_at as key_revoked_at
       from authorization_codes c left join grants g on g.id = c.grant_id left join api_keys k on k.grant_id = g.id
       where c.code_hash in (${hashes.join()})`,
    )
    for (const row of rows)
      found.set(String(row.code_hash), {
        spent: row.spent_at !== null,
        revoked: row.revoked_at !== null,
        state: row.state,
        head: row.head,
        live: row.head !== null && row.key_revoked_at === null,
      })
  }
  return found
}

const hashOf = ({ code }: Entry): string => hash('sha256', code.split('.')[0] ?? '', 'base64url')

/** What was granted works and what was ended does not, at every server. */
async function atServers(
  ledger: Ledger,
  doors: readonly Door[],
  touched: readonly Entry[],
  tried: number,
): Promise<readonly Breach[]> {
  const breaches: Breach[] = []
  if (tried === 0) return []
  const asked = doors.filter(({ standard }) => standard)
  const known = touched.filter(({ fate }) => fate === 'granted')
  const alive = known.filter(({ ended }) => ended === 'no').slice(-tried)
  const over = known.filter(({ ended }) => ended === 'yes').slice(-tried)
  for (const [at, entry] of [...alive, ...over].entries()) {
    const door = asked[at % asked.length]
    if (door === undefined) continue
    const active = await works(ledger, door, entry)
    if (active === undefined) continue
    if (active && entry.ended === 'yes') breaches.push({ invariant: 'revoked', words: 'ended access works' })
    if (!active && entry.ended === 'no')
      breaches.push({ invariant: 'lost', words: 'access that was granted does not work' })
  }
  return breaches
}
