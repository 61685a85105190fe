import { createServer } from 'node:http'
import { answerParent } from './asks.ts'
import { listening } from './listening.ts'

// oidc-provider as its users run it for this exchange: `client_secret_jwt`, opaque access tokens, and the fastest
// store there is, a Map. It is not durable.

console.warn = () => {} // it warns, while it is loaded, of a runtime and of signing keys that nothing here depends on
const { default: Provider } = await import('oidc-provider')

const { CLIENT_ID = '', CLIENT_SECRET = '', REDIRECT_URI = '', ISSUER = '' } = process.env

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
  adapter: MemoryAdapter,
  clients: [client],
  clientAuthMethods: ['client_secret_jwt'],
  scopes: ['read', 'list'],
  features: { devInteractions: { enabled: false } },
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

answerParent(await listening(createServer(provider.callback())), {
  async codes({ count }) {
    const codes: string[] = []
    while (codes.length < count) codes.push(await approve())
    return codes
  },
})
