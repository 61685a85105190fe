import { createServer } from 'node:http'
import pg from 'pg'
import { answerParent } from './asks.ts'
import { listening } from './listening.ts'

// oidc-provider as its users run it for this exchange: `client_secret_jwt`, opaque access tokens, and the fastest
// store there is, a Map, which is not durable. With DATABASE_URL a table of PostgreSQL in its place.

console.warn = () => {} // it warns, while it is loaded, of a runtime and of signing keys that nothing here depends on
const { default: Provider } = await import('oidc-provider')

const { CLIENT_ID = '', CLIENT_SECRET = '', REDIRECT_URI = '', ISSUER = '', DATABASE_URL } = process.env

const scope = 'read list'

class MemoryAdapter {
  readonly #rows = new Map<string, Record<string, unknown>>()
  readonly #byGrant = new Map<unknown, string[]>()

  async upsert(id: string, payload: Record<string, unknown>): Promise<void> {
    this.#rows.set(id, payload)
    if (payload.grantId === undefined) return
    const ids = this.#byGrant.get(payload.grantId)
    if (ids === undefined) this.#byGrant.set(payload.grantId, [id])
    else ids.push(id)
  }
  async find(id: string): Promise<object | undefined> {
    return this.#rows.get(id)
  }
  async consume(id: string): Promise<void> {
    const row = this.#rows.get(id)
    if (row !== undefined) row.consumed = Math.floor(Date.now() / 1000)
  }
  async destroy(id: string): Promise<void> {
    this.#rows.delete(id)
  }
  async revokeByGrantId(grantId: string): Promise<void> {
    for (const id of this.#byGrant.get(grantId) ?? []) this.#rows.delete(id)
    this.#byGrant.delete(grantId)
  }
}

const pool = DATABASE_URL === undefined ? undefined : new pg.Pool({ connectionString: DATABASE_URL, max: 16 })
await pool?.query(`create table if not exists oidc (
  model text, id text, payload jsonb not null, grant_id text, expires_at bigint, primary key (model, id)
)`)
await pool?.query('create index if not exists oidc_grant on oidc (grant_id)')

/** One row per model and id, one statement per call, each prepared once: as adapters for SQL databases do it. */
class PostgresAdapter {
  readonly #model: string

  constructor(model: string) {
    this.#model = model
  }

  async upsert(id: string, payload: Record<string, unknown>, expiresIn: number): Promise<void> {
    await this.#run(
      'upsert',
      `insert into oidc values ($1, $2, $3, $4, $5)
      on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at`,
      [id, JSON.stringify(payload), payload.grantId ?? null, Math.floor(Date.now() / 1000) + expiresIn],
    )
  }
  async find(id: string): Promise<object | undefined> {
    const rows = await this.#run('find', 'select payload from oidc where model = $1 and id = $2', [id])
    return rows[0]?.payload
  }
  async consume(id: string): Promise<void> {
    await this.#run(
      'consume',
      `update oidc set payload = payload || jsonb_build_object('consumed', extract(epoch from now())::bigint)
      where model = $1 and id = $2`,
      [id],
    )
  }
  async destroy(id: string): Promise<void> {
    await this.#run('destroy', 'delete from oidc where model = $1 and id = $2', [id])
  }
  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#run('revoke', 'delete from oidc where model = $1 and grant_id = $2', [grantId])
  }

  async #run(name: string, text: string, values: readonly unknown[]) {
    const all = await pool?.query<{ payload: object }>({ name, text, values: [this.#model, ...values] })
    return all?.rows ?? []
  }
}

const client = {
  client_id: CLIENT_ID,
  client_secret: CLIENT_SECRET,
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_jwt',
  token_endpoint_auth_signing_alg: 'HS256',
}

const provider = new Provider(ISSUER, {
  adapter: pool === undefined ? MemoryAdapter : PostgresAdapter,
  clients: [client],
  clientAuthMethods: ['client_secret_jwt'],
  scopes: ['read', 'list'],
  features: { devInteractions: { enabled: false }, introspection: { enabled: true } },
  findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
  ttl: { AuthorizationCode: 3600, Grant: 86_400, AccessToken: 3600 },
})

/** What an approval leaves behind: a grant and the code that stands for it. */
async function approve(): Promise<string> {
  const found = await provider.Client.find(CLIENT_ID)
  const holder = { accountId: 'user', clientId: CLIENT_ID }
  const grant = new provider.Grant(holder)
  grant.addOIDCScope(scope)
  const grantId = await grant.save()
  const code = new provider.AuthorizationCode({
    ...holder,
    client: found,
    grantId,
    redirectUri: REDIRECT_URI,
    scope,
  })
  return code.save()
}

/** An access token of the client, to be asked about. */
async function issue(): Promise<string> {
  const found = await provider.Client.find(CLIENT_ID)
  const holder = { accountId: 'user', clientId: CLIENT_ID }
  const grant = new provider.Grant(holder)
  grant.addOIDCScope(scope)
  const grantId = await grant.save()
  return new provider.AccessToken({
    ...holder,
    client: found,
    grantId,
    gty: 'authorization_code',
    scope,
  }).save()
}

answerParent(await listening(createServer(provider.callback())), {
  async tokens({ count }) {
    const tokens: string[] = []
    while (tokens.length < count) tokens.push(await issue())
    return tokens
  },
  async codes({ count }) {
    const codes: string[] = []
    while (codes.length < count) codes.push(await approve())
    return codes
  },
})
