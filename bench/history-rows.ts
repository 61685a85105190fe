import type { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

// What years of use leave behind, written by the database itself: rows of a thousand users and as many clients, with
// ids that are older than those of the run.

const users = 1000
const atOnce = 100_000

/** An API key sealed for the row of this id, as the server looks for it at the ends of the table when it starts. */
export type Seal = (row_id: string) => string

/** Fills each table with so many rows. */
export function fillSqlite(database: DatabaseSync, rows: number, seal: Seal): void {
  // Nobody else is there, and what a crash would lose is written anew.
  database.exec('pragma synchronous = off; pragma cache_size = -1000000; pragma foreign_keys = off')
  const words = {
    hex: (n: string) => `printf('%012x', ${n})`,
    unique: (n: string) => `printf('%08x', ${n} * 2654435761 % 4294967296) || printf('%032x', ${n})`,
    text: (length: number) => `substr(hex(zeroblob(${Math.ceil(length / 2)})), 1, ${length})`,
  }
  const series = (from: number, to: number) =>
    `with recursive series (n) as (select ${from} union all select n + 1 from series where n < ${to})`
  database.exec(`${series(1, users)} ${addUsers} select ${userValues(words)} from series`)
  for (let from = 1; from <= rows; from += atOnce) {
    database.exec('begin')
    for (const { into, values } of tables(words))
      database.exec(
        `insert into ${into} ${series(from, Math.min(rows, from + atOnce - 1))} select ${values} from series`,
      )
    database.exec('commit')
  }
  const sealing = database.prepare('update api_keys set sealed_secret = ? where id = ?')
  for (const row_id of endsOf(rows)) sealing.run(seal(row_id), row_id)
  database.exec('analyze; pragma wal_checkpoint(truncate)')
}

export async function fillPostgres(connectionString: string, rows: number, seal: Seal): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query('set synchronous_commit = off')
  const words = {
    hex: (n: string) => `lpad(to_hex(${n}), 12, '0')`,
    unique: (n: string) => `md5((${n})::text) || lpad(to_hex(${n}), 12, '0')`,
    text: (length: number) => `repeat('0', ${length})`,
  }
  const series = (from: number, to: number) => `from generate_series(${from}, ${to}) as series (n)`
  await client.query(`${addUsers} select ${userValues(words)} ${series(1, users)}`)
  for (let from = 1; from <= rows; from += atOnce) {
    for (const { into, values } of tables(words))
      await client.query(
        `insert into ${into} select ${values} ${series(from, Math.min(rows, from + atOnce - 1))}`,
      )
  }
  for (const row_id of endsOf(rows))
    await client.query('update api_keys set sealed_secret = $1 where id = $2', [seal(row_id), row_id])
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  await client.end()
}

/** What the two databases do not say in the same words. */
interface Words {
  hex(n: string): string
  /** As long as a hash, and in no order. */
  unique(n: string): string
  text(length: number): string
}

const id = (kind: string, words: Words, n = 'n') => `'0000${kind}-0000-7000-8000-' || ${words.hex(n)}`
/** The first and the last API key. */
const endsOf = (rows: number): readonly string[] =>
  [1, rows].map((n) => `00000005-0000-7000-8000-${n.toString(16).padStart(12, '0')}`)
const user = (words: Words) => id('0001', words, `1 + n % ${users}`)
const client = '(select client_id from clients order by id limit 1)'
/** All of the last hour, so that nothing is old enough to be swept while it is measured. */
const at = `${Math.floor(Date.now() / 1000) - 3600} + n % 3600`
const later = `${Math.floor(Date.now() / 1000) + 86_400}`

const addUsers = 'insert into users (id, email, full_name, company_name, password_hash, state, created_at)'
const userValues = (words: Words) =>
  `${id('0001', words)}, ${words.hex('n')} || '@old.example', 'Old', '', '', 'active', ${at}`

const tables = (words: Words): readonly { readonly into: string; readonly values: string }[] => [
  {
    into: 'authorization_requests (id, client_id, user_id, redirect_uri, scopes, state, created_at, expires_at, decided_at, approved_scopes, rejected_scopes)',
    values: `${id('0002', words)}, ${client}, ${user(words)}, 'https://app.example/callback', '["read"]', 'approved', ${at}, ${later}, ${at}, '["read"]', '[]'`,
  },
  {
    into: 'authorization_codes (id, code_hash, request_id, client_id, user_id, project_id, redirect_uri, approved_scopes, not_after, created_at, expires_at, spent_at, grant_id)',
    values: `${id('0003', words)}, ${words.unique('n')}, ${id('0002', words)}, ${client}, ${user(words)}, ${user(words)}, 'https://app.example/callback', '["read"]', ${later}, ${at}, ${later}, ${at}, ${id('0004', words)}`,
  },
  {
    into: 'grants (id, user_id, client_id, project_id, request_id, scopes, created_at, not_after, state)',
    values: `${id('0004', words)}, ${user(words)}, ${client}, ${user(words)}, ${id('0002', words)}, '["read"]', ${at}, ${later}, 'active'`,
  },
  {
    into: 'api_keys (id, project_id, grant_id, name, head, sealed_secret, version, created_at)',
    values: `${id('0005', words)}, ${user(words)}, ${id('0004', words)}, 'OAUTH2_API_KEY_FOR_OLD', ${words.unique('n')}, ${words.text(90)}, 1, ${at}`,
  },
  {
    into: 'token_requests (trace_id, at, dialect, client_id, filed_under, authenticated, outcome, status, steps, request, grant_id, duration_ms)',
    values: `${words.unique('n')}, ${at}, 'storx', ${user(words)}, ${user(words)}, 1, 'granted', 200, ${words.text(1000)}, ${words.text(300)}, ${id('0004', words)}, 1`,
  },
  {
    into: 'audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id)',
    values: `${id('0006', words)}, ${at}, 'client', ${client}, ${user(words)}, 'oauth.redeemed', ${id('0002', words)}, 'success', '192.0.2.1', ${words.unique('n')}`,
  },
]
