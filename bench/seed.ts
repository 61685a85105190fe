import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { systemClock } from '../packages/server/src/clock.ts'
import type { AuthorizationCode } from '../packages/server/src/domain/authorization-code.ts'
import type { AuthorizationRequest } from '../packages/server/src/domain/authorization-request.ts'
import type { ClientSecret } from '../packages/server/src/domain/client.ts'
import { newClientId, newId, newToken, tokenHash } from '../packages/server/src/ids.ts'
import { createSealer } from '../packages/server/src/sealing.ts'
import { readSettings, type Settings } from '../packages/server/src/settings.ts'
import { openStore } from '../packages/server/src/store/open-store.ts'
import { codeRow, requestRow } from '../packages/server/src/store/sql/rows.ts'
import { type ClientCredentials, newSecret } from './requests.ts'

/** A Valetkey server that is ready to be started, and what its client knows. */
export interface Seeded {
  readonly env: Readonly<Record<string, string>>
  readonly developer_id: string
  readonly client: SeededClient
  /** Each approved and unspent. */
  readonly codes: string[]
}

export interface SeededClient extends ClientCredentials {
  readonly secret_id: string
  /** The secret it had before the one it has now. */
  readonly old_secret: string | undefined
}

const random = { clock: systemClock, random: randomBytes }
const scopes = ['read', 'list', 'bucket:photos']
const redirect_uri = 'https://app.example/callback'
const hour = 3600
/** None that any password fits. */
const password_hash = ''

/**
 * A database with one client and this many approved authorization requests.
 *
 * Accounts and client go through the store. The codes have to be many, so they are written as rows, in bulk.
 */
export async function seed(data: string, database_url: string, count: number): Promise<Seeded> {
  const settings = {
    ...readSettings({}, {}),
    data,
    database_url,
    master_key: randomBytes(32).toString('hex'),
  }
  const env = {
    VALETKEY_DATA: data,
    VALETKEY_DATABASE_URL: database_url,
    VALETKEY_MASTER_KEY: settings.master_key,
    VALETKEY_RATE_LIMITS: 'off',
  }
  const { developer_id, ...owner } = await addPeople(settings)
  const client = await addClient({ env, developer_id })
  const codes = Array.from({ length: count }, () => newToken(random))
  const rows = codes.map((code) => approve({ ...client, ...owner }, code))
  await writeApprovals({ data, database_url }, rows)
  if (database_url !== '') await settlePostgres(database_url)
  return { env, developer_id, client, codes }
}

type Seed = Pick<Seeded, 'env' | 'developer_id'>

/** One developer, and one user with one project. */
async function addPeople(
  settings: Settings,
): Promise<{ developer_id: string; user_id: string; project_id: string }> {
  const created_at = systemClock.now()
  const account = {
    full_name: 'Ada',
    company_name: '',
    password_hash,
    state: 'active',
    created_at,
  } as const
  const developer = { ...account, id: newId(random), email: 'dev@app.example' }
  const user = { ...account, id: newId(random), email: 'user@home.example' }
  const salt = randomBytes(16).toString('base64')
  const project = { id: newId(random), user_id: user.id, name: 'Home', salt, created_at }
  const store = await openStore(settings)
  await store.developers.add(developer)
  await store.users.add(user)
  await store.projects.add(project)
  await store.close()
  return { developer_id: developer.id, user_id: user.id, project_id: project.id }
}

/** A client of the developer. Its old secret, if it has one, is retired, or verifies for one more hour. */
export async function addClient(
  { env, developer_id }: Seed,
  { inactive = false, old }: { inactive?: boolean; old?: 'retired' | 'usable' } = {},
): Promise<SeededClient> {
  const settings = readSettings({}, env)
  const created_at = systemClock.now()
  const client = {
    id: newId(random),
    developer_id,
    client_id: newClientId({ random: randomBytes }),
    name: 'Photos',
    description: '',
    redirect_uris: [redirect_uri],
    scopes: [],
    state: 'active',
    storx_profile: true,
    token_endpoint_auth_method: 'client_secret_jwt',
    grant_types: ['authorization_code'],
    application_type: 'web',
    jwks: null,
    jwks_uri: null,
    require_pushed_authorization_requests: false,
    registration_token_hash: null,
    created_at,
    updated_at: created_at,
  } as const
  const sealer = createSealer(Buffer.from(settings.master_key, 'hex'), randomBytes)
  const sealed = (id: string, client_secret: string): ClientSecret => ({
    id,
    client_row_id: client.id,
    sealed_secret: sealer.seal('client-secret', id, Buffer.from(client_secret)),
    created_at,
    retires_at: null,
    retired_by: null,
    last_used_at: null,
  })
  const [first, second] = [newSecret(), newSecret()]
  const [first_id, second_id] = [newId(random), newId(random)]
  const retires_at = old === 'usable' ? created_at + hour : created_at

  const store = await openStore(settings)
  await store.clients.add(client, sealed(first_id, first))
  if (old !== undefined) await store.clients.rotate(sealed(second_id, second), retires_at, developer_id)
  if (inactive) await store.clients.setState(client.id, 'inactive', created_at)
  await store.close()
  return old === undefined
    ? { ...client, client_secret: first, secret_id: first_id, old_secret: undefined, redirect_uri }
    : { ...client, client_secret: second, secret_id: second_id, old_secret: first, redirect_uri }
}

/** A session of the developer: the token to send as `Authorization: Bearer`. */
export async function signIn({ env, developer_id: account_id }: Seed): Promise<string> {
  const token = newToken(random)
  const created_at = systemClock.now()
  const session = {
    token_hash: tokenHash(token),
    kind: 'developer',
    account_id,
    created_at,
    expires_at: created_at + hour,
    ttl_seconds: hour,
    network: '127.0.0.1',
    user_agent: '',
  } as const
  const store = await openStore(readSettings({}, env))
  await store.sessions.add(session, password_hash)
  await store.close()
  return token
}

export interface Holder extends Pick<ClientCredentials, 'client_id' | 'redirect_uri'> {
  readonly user_id: string
  readonly project_id: string
}

type Row = Readonly<Record<string, string | number | null>>
export type Rows = Readonly<Record<keyof typeof tables, Row>>

/** In the order in which they can be written. */
const tables = { request: 'authorization_requests', code: 'authorization_codes' } as const

/** What the user's yes leaves behind, in the StorX dialect unless the changes say otherwise. */
export function approve(
  { client_id, redirect_uri, user_id, project_id }: Holder,
  code: string,
  changes: Partial<
    Pick<AuthorizationCode, 'dialect' | 'offline_access' | 'code_challenge' | 'expires_at'>
  > = {},
): Rows {
  const now = systemClock.now()
  const same = {
    client_id,
    user_id,
    redirect_uri,
    code_challenge: null,
    approved_scopes: scopes,
    created_at: now,
    dialect: 'storx',
    offline_access: false,
    expires_at: now + hour,
    ...changes,
  } as const
  const request: AuthorizationRequest = {
    ...same,
    id: newId(random),
    scopes,
    client_state: null,
    ends_with: 'code',
    response_mode: 'query',
    asked_project_id: null,
    latest_end: null,
    max_object_ttl: null,
    device_code_hash: null,
    state: 'approved',
    expires_at: now + hour,
    decided_at: now,
    rejected_scopes: [],
  }
  const approved: AuthorizationCode = {
    ...same,
    id: newId(random),
    code_hash: tokenHash(code),
    request_id: request.id,
    project_id,
    not_after: now + 720 * hour,
    spent_at: null,
    revoked_at: null,
    grant_id: null,
    sealed_encryption_access: null,
    encrypted_prefixes: null,
    max_object_ttl: null,
    sealed_half: null,
  }
  return { request: requestRow(request), code: codeRow(approved) }
}

/** Beside the server, which may be running. */
export async function writeApprovals(
  { data, database_url }: Pick<Settings, 'data' | 'database_url'>,
  rows: readonly Rows[],
): Promise<void> {
  if (database_url === '') writeSqlite(join(data, 'valetkey.db'), rows)
  else await writePostgres(database_url, rows)
}

function writeSqlite(path: string, rows: readonly Rows[]): void {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  database.exec('begin immediate')
  for (const kind of ['request', 'code'] as const) {
    const columns = Object.keys(rows[0]?.[kind] ?? {})
    const slots = columns.map(() => '?').join(', ')
    const insert = database.prepare(`insert into ${tables[kind]} (${columns.join(', ')}) values (${slots})`)
    for (const row of rows) insert.run(...columns.map((column) => row[kind][column] ?? null))
  }
  database.exec('commit')
  database.close()
}

async function writePostgres(connectionString: string, rows: readonly Rows[]): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  for (const kind of ['request', 'code'] as const) {
    const table = tables[kind]
    const insert = `insert into ${table} select * from json_populate_recordset(null::${table}, $1)`
    for (let from = 0; from < rows.length; from += 5000) {
      const some = rows.slice(from, from + 5000).map((row) => row[kind])
      await client.query(insert, [JSON.stringify(some)])
    }
  }
  await client.end()
}

/** As the database would be some time after: nothing is left to be done behind what is measured. */
async function settlePostgres(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  await client.end()
}
