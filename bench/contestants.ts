import { type Cores, type Server, startServer } from './child.ts'
import { connect } from './connection.ts'
import { load } from './load.ts'
import type { Work } from './measure.ts'
import {
  asStranger,
  type ClientCredentials,
  introspectionRequest,
  newCode,
  newSecret,
  type Stranger,
  standardRequest,
  valetkeyRequest,
} from './requests.ts'
import type { Seeded } from './seed.ts'

/** A server that is up, and how it is asked for tokens. */
export interface Contestant {
  readonly name: string
  readonly server: Server
  /** Codes that nobody redeemed yet. */
  codes(count: number): Promise<readonly string[]>
  readonly client: ClientCredentials
  request(
    client: ClientCredentials,
    code: string,
    options?: { readonly passphrase?: string | undefined },
  ): Buffer
  /** How it is asked about tokens, and where some come from. */
  readonly introspection?: {
    readonly path: string
    readonly issuer: string | undefined
    tokens(count: number): Promise<readonly string[]>
  }
  /** Part of the body of every success. */
  readonly success: string
}

const redirect_uri = 'https://app.example/callback'

/** node:http with nothing to do but read JSON and write JSON, both of the size that the exchange has. */
export async function bareHttp(cores: Cores | undefined): Promise<Contestant> {
  return {
    name: 'bare node:http',
    server: await startServer('bare', cores, { path: '/' }),
    codes: async (count) => Array.from({ length: count }, newCode),
    request: valetkeyRequest,
    client: { client_id: newCode(), client_secret: newSecret(), redirect_uri },
    success: '"access_grant":"',
  }
}

/** oidc-provider, codes and grants in memory or in PostgreSQL. */
export async function oidcProvider(cores: Cores | undefined, database_url?: string): Promise<Contestant> {
  const client = { client_id: newCode(), client_secret: newSecret(), redirect_uri }
  const ISSUER = 'https://issuer.example'
  const { client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uri: REDIRECT_URI } = client
  const env = {
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    ISSUER,
    ...(database_url === undefined ? {} : { DATABASE_URL: database_url }),
  }
  const server = await startServer('oidc-provider', cores, { path: '/.well-known/openid-configuration', env })
  return {
    name: database_url === undefined ? 'oidc-provider' : 'oidc-provider, PostgreSQL',
    server,
    codes: (count) => server.ask('codes', { count }),
    request: (as, code) => standardRequest(as, code, ISSUER),
    introspection: {
      path: '/token/introspection',
      issuer: ISSUER,
      tokens: (count) => server.ask('tokens', { count }),
    },
    client,
    success: '"access_token":"',
  }
}

/** Valetkey over the database that was seeded for it. */
export async function valetkey(
  database: 'SQLite' | 'PostgreSQL',
  { env, client, codes }: Seeded,
  cores: Cores | undefined,
  nodeOptions: readonly string[],
): Promise<Contestant> {
  const server = await startServer('valetkey', cores, { path: '/healthz', env, nodeOptions })
  const take = async (count: number) => codes.splice(0, count)
  const tokens = async (count: number) => {
    const connection = await connect(server.port)
    const issued: string[] = []
    for (const code of await take(count)) {
      const { body } = await connection.ask(valetkeyRequest(client, code), {
        status: 200,
        containing: 'access_grant',
      })
      issued.push(JSON.parse(body).access_grant)
    }
    connection.end()
    return issued
  }
  return {
    name: `Valetkey, ${database}`,
    server,
    codes: take,
    introspection: { path: '/oauth2/introspect', issuer: undefined, tokens },
    request: valetkeyRequest,
    client,
    success: '"access_grant":"',
  }
}

/** Every request redeems a code of its own and is granted. */
export function redeeming(
  { server, client, success, ...it }: Contestant,
  count: number,
  passphrase?: string,
): Work {
  return {
    name: passphrase === undefined ? it.name : 'Valetkey, passphrase',
    server,
    count,
    async prepare(count) {
      const codes = await it.codes(count)
      if (codes.length < count) throw new Error(`${it.name} has no codes left`)
      const requests = codes.map((code) => it.request(client, code, { passphrase }))
      return () => load(server.port, requests, { status: 200, containing: success })
    },
  }
}

/** Every request is refused at client authentication. */
export function refusing(it: Contestant, stranger: Stranger, count: number): Work {
  const name = `${it.name.split(',')[0] ?? ''}, ${stranger}`
  return {
    name,
    server: it.server,
    count,
    async prepare(count) {
      const requests = Array.from({ length: count }, () =>
        it.request(asStranger(stranger, it.client), newCode()),
      )
      return () => load(it.server.port, requests, { status: 401, containing: '"invalid_client"' })
    },
  }
}

/** So many tokens are asked about, in turn. */
const tokensAskedAbout = 200

/** Every request asks about a token that is good. */
export function introspecting(it: Contestant, count: number): Work {
  const { introspection, client, server } = it
  if (introspection === undefined) throw new Error(`${it.name} cannot be asked about tokens`)
  let tokens: Promise<readonly string[]> | undefined
  return {
    name: `${it.name.split(',')[0] ?? ''}, introspection`,
    server,
    count,
    async prepare(count) {
      tokens ??= introspection.tokens(tokensAskedAbout)
      const known = await tokens
      const requests = Array.from({ length: count }, (_, n) =>
        introspectionRequest(client, known[n % known.length] ?? '', introspection),
      )
      return () => load(server.port, requests, { status: 200, containing: '"active":true' })
    },
  }
}

/** Argon2id alone, as many at once as Valetkey runs. */
export function deriving(server: Server, count: number, atOnce: number): Work {
  return {
    name: 'bare Argon2id',
    server,
    count,
    prepare: async (count) => async () => {
      const { seconds } = await server.ask('derivations', { count, atOnce })
      return { per_second: count / seconds, p50: Number.NaN, p99: Number.NaN }
    },
  }
}
