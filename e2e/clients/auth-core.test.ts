/**
 * Auth.js (@auth/core, which next-auth and its siblings are made of) as it comes from the registry: `Auth()` answers the
 * requests of the app's own users, and a custom provider tells it of Valetkey.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { Auth, type AuthConfig, customFetch } from '@auth/core'
import type { OAuth2Config } from '@auth/core/providers'
import { SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { describe, expect, test } from 'vitest'
import { jwtBearer } from '../../packages/server/src/testing/standard-scene.ts'
import {
  altered,
  consented,
  nativeClient,
  openLibraryScene,
  revoked,
  scope,
} from './testing/library-scene.ts'

const scene = await openLibraryScene()
const { server } = scene
const issuer = server.deps.settings.public_url

const app = 'https://app.example'
const callback = `${app}/auth/callback/valetkey`
const loopbackApp = 'http://127.0.0.1:3000'

type Client = Awaited<ReturnType<typeof scene.register>>
type Provider = OAuth2Config<{ sub?: string }>

/** What every kind of client has in common. `issuer` is what the `iss` of the callback is compared with. */
const provider = ({ client_id }: Pick<Client, 'client_id'>, more: Partial<Provider>): Provider => ({
  id: 'valetkey',
  name: 'Valetkey',
  type: 'oauth',
  issuer,
  clientId: client_id,
  authorization: { url: `${server.url}/oauth2/authorize`, params: { scope } },
  token: `${server.url}/oauth2/token`,
  // Storage is what is granted here, and no profile with it.
  userinfo: { request: () => ({}) },
  checks: ['pkce', 'state'],
  ...more,
})

/** For what Auth.js leaves to its users: the library it is built on does it with the same client. */
const as: oauth.AuthorizationServer = {
  issuer,
  token_endpoint: `${server.url}/oauth2/token`,
  revocation_endpoint: `${server.url}/oauth2/revoke`,
  introspection_endpoint: `${server.url}/oauth2/introspect`,
}
const insecure = { [oauth.allowInsecureRequests]: true }

/** The user of the app, as the introspection endpoint knows them: an id that stays the same, and nothing else. */
async function introspected(
  { client_id, client_secret }: Client,
  access_token = '',
): Promise<{ sub: string }> {
  const authentication = oauth.ClientSecretJwt(client_secret)
  const response = await oauth.introspectionRequest(as, { client_id }, authentication, access_token, insecure)
  const { sub = '' } = await oauth.processIntrospectionResponse(as, { client_id }, response)
  return { sub }
}

const withSecret = (client: Client): Provider =>
  provider(client, {
    clientSecret: client.client_secret,
    client: { token_endpoint_auth_method: 'client_secret_jwt' },
    userinfo: {
      request: ({ tokens }: { tokens: { access_token?: string } }) =>
        introspected(client, tokens.access_token),
    },
  })

const withoutSecret = (client: Client): Provider =>
  provider(client, { client: { token_endpoint_auth_method: 'none' } })

/** What the app keeps of the answer, in the encrypted cookie of its session. */
interface Kept {
  readonly access_token: string
  readonly refresh_token: string
  readonly sub: string | undefined
}

/** A browser of one user of the app, which knows nothing but its cookies. */
function visitor(
  valetkey: Provider,
  { origin = app, more = {} }: { origin?: string; more?: Partial<AuthConfig> } = {},
) {
  const cookies = new Map<string, string>()
  const errors: Error[] = []
  const kept: Kept[] = []
  const config: AuthConfig = {
    basePath: '/auth',
    secret,
    trustHost: true,
    providers: [valetkey],
    logger: { error: (error) => void errors.push(error) },
    callbacks: {
      jwt({ token, account, profile }) {
        if (account != null)
          kept.push({
            access_token: account.access_token ?? '',
            refresh_token: account.refresh_token ?? '',
            sub: profile?.sub ?? undefined,
          })
        return account == null
          ? token
          : { ...token, access_token: account.access_token, refresh_token: account.refresh_token }
      },
    },
    ...more,
  }

  async function send(path: string | URL, init: RequestInit = {}): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const request = new Request(new URL(path, origin), { ...init, headers: { cookie } })
    const answer = await Auth(request, config)
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }

  async function post(path: string): Promise<string> {
    const { csrfToken } = await (await send('/auth/csrf')).json()
    const body = new URLSearchParams({ csrfToken })
    return (await send(path, { method: 'POST', body })).headers.get('location') ?? ''
  }

  return {
    errors,
    kept,
    /** Where the sign-in sends its user. */
    signIn: () => post('/auth/signin/valetkey'),
    signOut: () => post('/auth/signout'),
    comeBack: async (url: string | URL) => (await send(url)).headers.get('location') ?? '',
    session: async () => (await send('/auth/session')).json(),
  }
}

const secret = randomBytes(32).toString('base64url')

const confidential = () => scene.register({ redirect_uris: [callback] })

async function backWithCode() {
  const visit = visitor(withSecret(await confidential()))
  return { visit, back: (await scene.decide(await visit.signIn())).url }
}

describe('from the sign-in of the app to its session', () => {
  test('client_secret_jwt; who signed in is asked of the introspection endpoint', async () => {
    const { visit, back } = await backWithCode()
    expect(await visit.comeBack(back)).toBe(app)
    expect(visit.errors).toEqual([])
    const [{ access_token = '', sub } = {}] = visit.kept
    expect(await scene.reach(access_token)).toEqual(consented)
    expect(sub).toMatch(/^[0-9a-f-]{36}$/)
    expect(await visit.session()).toMatchObject({ user: {}, expires: expect.any(String) })
  })

  test('none, for an app on the machine of its user', async () => {
    const redirect_uris = [`${loopbackApp}/auth/callback/valetkey`]
    const visit = visitor(withoutSecret(await scene.register({ ...nativeClient, redirect_uris })), {
      origin: loopbackApp,
    })
    const back = await scene.decide(await visit.signIn())
    expect(await visit.comeBack(back.url)).toBe(loopbackApp)
    expect(await scene.reach(visit.kept[0]?.access_token ?? '')).toEqual(consented)
  })

  test('private_key_jwt, with an assertion that customFetch adds', async () => {
    const { privateKey, jwks } = await keys()
    const client = await scene.register({
      redirect_uris: [callback],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks,
    })
    const withAssertion: typeof fetch = async (url, init) => {
      const body = new URLSearchParams(String(init?.body))
      body.set('client_assertion_type', jwtBearer)
      body.set('client_assertion', await assertion(client, privateKey))
      return fetch(url, { ...init, body })
    }
    const visit = visitor({ ...withoutSecret(client), [customFetch]: withAssertion })
    const back = await scene.decide(await visit.signIn())
    expect(await visit.comeBack(back.url)).toBe(app)
    expect(await scene.reach(visit.kept[0]?.access_token ?? '')).toEqual(consented)
  })

  test('the app renews, and gives back when its user signs out', async () => {
    const client = await confidential()
    const { client_id, client_secret } = client
    const authentication = oauth.ClientSecretJwt(client_secret)
    const renewed: string[] = []
    const visit = visitor(withSecret(client), {
      more: {
        callbacks: {
          async jwt({ token, account }) {
            if (account != null) return { ...token, refresh_token: account.refresh_token }
            // Here an app looks at expires_at first.
            const { refresh_token } = token
            if (typeof refresh_token !== 'string') return null
            const response = await oauth.refreshTokenGrantRequest(
              as,
              { client_id },
              authentication,
              refresh_token,
              insecure,
            )
            const tokens = await oauth.processRefreshTokenResponse(as, { client_id }, response)
            renewed.push(tokens.access_token)
            return { ...token, refresh_token: tokens.refresh_token }
          },
        },
        events: {
          async signOut(message) {
            const refresh_token = 'token' in message ? message.token?.refresh_token : undefined
            if (typeof refresh_token === 'string')
              await oauth.processRevocationResponse(
                await oauth.revocationRequest(as, { client_id }, authentication, refresh_token, insecure),
              )
          },
        },
      },
    })
    await visit.comeBack((await scene.decide(await visit.signIn())).url)
    await visit.session()
    await visit.session()
    expect(new Set(renewed).size).toBe(2)
    const latest = renewed[1] ?? ''
    expect(await scene.reach(latest)).toEqual(consented)
    await visit.signOut()
    expect(await scene.reach(latest)).toEqual(revoked)
    expect(visit.errors).toEqual([])
  })
})

describe('what it refuses, and what it tells', () => {
  const failed = `${app}/auth/error?error=Configuration`

  test.each([
    ['iss', 'https://other.example', 'unexpected "iss" (issuer) response parameter value'],
    ['state', 'of-somebody-else', 'unexpected "state" response parameter value'],
  ])('an answer whose %s was altered', async (name, value, message) => {
    const { visit, back } = await backWithCode()
    expect(await visit.comeBack(altered(back, name, value))).toBe(failed)
    expect(visit.errors).toMatchObject([{ cause: { err: { message } } }])
    expect(visit.kept).toEqual([])
  })

  test('a provider without issuer, for it cannot tell whose answer it reads', async () => {
    const { issuer: _, ...nameless } = withoutSecret(await confidential())
    const visit = visitor({ ...nameless, userinfo: { url: as.introspection_endpoint, request: () => ({}) } })
    expect(await visit.comeBack((await scene.decide(await visit.signIn())).url)).toBe(failed)
    expect(visit.errors).toMatchObject([
      { cause: { err: { message: 'unexpected "iss" (issuer) response parameter value' } } },
    ])
  })

  test('the no of the user', async () => {
    const visit = visitor(withSecret(await confidential()))
    const back = await scene.decide(await visit.signIn(), { deny: true })
    expect(await visit.comeBack(back.url)).toBe(`${app}/auth/signin?error=OAuthCallbackError`)
    expect(visit.errors).toMatchObject([{ type: 'OAuthCallbackError' }])
  })

  test('a refused exchange, in the words of the server', async () => {
    const { visit, back } = await backWithCode()
    expect(await visit.comeBack(altered(back, 'code', 'a-code-that-nobody-was-given'))).toBe(failed)
    expect(visit.errors).toMatchObject([
      {
        cause: {
          provider: 'valetkey',
          err: {
            error: 'invalid_grant',
            error_description: expect.stringMatching(/\w/),
            cause: { trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
          },
        },
      },
    ])
  })

  test('its own private_key_jwt is refused: it names two audiences, and an assertion is for one', async () => {
    const { privateKey, jwks } = await keys()
    const client = await scene.register({
      redirect_uris: [callback],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks,
    })
    const withKey = provider(client, {
      client: { token_endpoint_auth_method: 'private_key_jwt' },
      token: { url: `${server.url}/oauth2/token`, clientPrivateKey: { key: privateKey, kid: 'first' } },
    })
    const visit = visitor(withKey)
    expect(await visit.comeBack((await scene.decide(await visit.signIn())).url)).toBe(failed)
    expect(visit.errors).toMatchObject([
      { cause: { err: { error: 'invalid_client', error_description: expect.stringMatching(/aud/) } } },
    ])
  })
})

async function keys() {
  const { privateKey, publicKey } = await oauth.generateKeyPair('ES256')
  const jwk = await crypto.subtle.exportKey('jwk', publicKey)
  return { privateKey, jwks: { keys: [{ ...jwk, alg: 'ES256', kid: 'first' }] } }
}

async function assertion({ client_id }: Client, key: CryptoKey): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: 'first' })
    .setIssuer(client_id)
    .setSubject(client_id)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('1 minute')
    .setJti(randomUUID())
    .sign(key)
}
