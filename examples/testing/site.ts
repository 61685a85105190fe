import type { TokenRequest } from '../../packages/server/src/domain/token-request.ts'
import { serve } from '../../packages/server/src/serve.ts'
import { readSettings } from '../../packages/server/src/settings.ts'

/** What an app's server holds when the user has said yes. */
export interface Consent {
  readonly client_id: string
  readonly client_secret: string
  readonly redirect_uri: string
  readonly code: string
}

export interface Registered {
  readonly client_id: string
  /** Empty when the client has none. */
  readonly client_secret: string
}

/** A live server with a client and a user who approves whatever it asks. */
export interface Site {
  readonly url: string
  /** Registers another client of the same developer. */
  register(form: object): Promise<Registered>
  /** The token of the user, as a cookie of the site would hold it. */
  readonly user: string
  consent(scope: readonly string[]): Promise<Consent>
  trace(trace_id: string): Promise<TokenRequest | undefined>
  close(): Promise<void>
}

const silent = { info() {}, error() {} }
const redirect_uri = 'https://app.example/callback'

/** Everything goes through HTTP, as a developer and a user would do it. */
export async function openSite(data: string): Promise<Site> {
  const server = await serve({ ...readSettings({}, {}), port: 0, data, rate_limits: false }, silent)
  const { url } = server

  async function post(path: string, body: object, token?: string): Promise<unknown> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const headers = { 'content-type': 'application/json', ...authorization }
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return text === '' ? {} : JSON.parse(text)
  }

  async function signUp(door: string, email: string): Promise<string> {
    const credentials = { email, password: 'correct horse battery' }
    await post(`${door}/register`, { fullName: 'Ada Example', ...credentials })
    return text(await post(`${door}/token`, credentials), 'token')
  }

  const developer = await signUp('/api/v0/developer/auth', 'dev@app.example')
  const user = await signUp('/api/v0/auth', 'user@home.example')
  const registration = { name: 'Photos', redirect_uris: [redirect_uri] }
  const client = await post('/api/v0/developer/auth/oauth2/clients', registration, developer)
  const client_id = text(client, 'client_id')

  return {
    url,
    user,
    async register(form) {
      const path = '/api/v0/developer/auth/oauth2/clients'
      const registered = await post(path, { name: 'Photos of the standard', ...form }, developer)
      const secret = Object(registered).client_secret
      return {
        client_id: text(registered, 'client_id'),
        client_secret: typeof secret === 'string' ? secret : '',
      }
    },
    async consent(scope) {
      const asked = await post('/api/v0/oauth2/request', { client_id, redirect_uri, scope }, user)
      const decision = { request_id: text(asked, 'request_id'), approve: true, approved_scopes: scope }
      const decided = await post('/api/v0/oauth2/consent', decision, user)
      return {
        client_id,
        client_secret: text(client, 'client_secret'),
        redirect_uri,
        code: text(decided, 'code'),
      }
    },
    async trace(trace_id) {
      await server.deps.recorder.flush()
      return server.deps.store.traces.find(trace_id)
    },
    close: () => server.close(),
  }
}

function text(answer: unknown, name: string): string {
  const value = answer !== null && typeof answer === 'object' ? Reflect.get(answer, name) : undefined
  if (typeof value !== 'string') throw new Error(`the answer has no text ${name}`)
  return value
}
