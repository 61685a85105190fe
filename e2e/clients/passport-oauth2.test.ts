/**
 * passport-oauth2 as it comes from the registry, in an app of its own on a loopback port. Passport itself is not there: the
 * strategy is driven as Passport does it, with a copy for each request that is told what to do with the outcome.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import OAuth2Strategy from 'passport-oauth2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jwtBearer } from '../../packages/server/src/testing/standard-scene.ts'
import { jwtSecret } from '../testing/story.ts'
import { altered, consented, nativeClient, openLibraryScene, scope } from './testing/library-scene.ts'

const scene = await openLibraryScene()
const { server } = scene
const issuer = server.deps.settings.public_url

/** The strategy of one request, and what it is called with. */
interface Attempt {
  readonly strategy: OAuth2Strategy
  readonly options?: object
}

interface Registered {
  readonly client_id: string
  readonly client_secret: string
  readonly callbackURL: string
}

/** What came out of a sign-in: the answer of the token endpoint is the user here. */
const verify: OAuth2Strategy.VerifyFunction = (
  accessToken: string,
  refreshToken: string,
  results: object,
  _profile: unknown,
  done: OAuth2Strategy.VerifyCallback,
) => done(null, { ...results, access_token: accessToken, refresh_token: refreshToken })

const optionsOf = ({ client_id, callbackURL }: Registered, clientSecret = '') => ({
  authorizationURL: `${server.url}/oauth2/authorize`,
  tokenURL: `${server.url}/oauth2/token`,
  clientID: client_id,
  clientSecret,
  callbackURL,
  scope,
  state: true,
  pkce: true,
})

/** `clientSecret` is read when a strategy is made; so one is made for each request, with a JWT that is fresh. */
async function withFreshSecret(registered: Registered): Promise<Attempt> {
  return { strategy: new OAuth2Strategy(optionsOf(registered, await jwtSecret(registered)), verify) }
}

const withoutSecret = async (registered: Registered): Promise<Attempt> => ({
  strategy: new OAuth2Strategy(optionsOf(registered), verify),
})

/** What the library lets subclasses add to the token request: here the assertion that was made for it. */
class AssertingStrategy extends OAuth2Strategy {
  override tokenParams({ client_assertion }: { readonly client_assertion: string }): object {
    return {
      client_assertion,
      client_assertion_type: jwtBearer,
    }
  }
}

const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'first' }] }

async function withAssertion(registered: Registered): Promise<Attempt> {
  const { client_id } = registered
  const client_assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: 'first' })
    .setIssuer(client_id)
    .setSubject(client_id)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('1 minute')
    .setJti(randomUUID())
    .sign(privateKey)
  return { strategy: new AssertingStrategy(optionsOf(registered), verify), options: { client_assertion } }
}

type Session = Record<string, unknown>

/** A strategy as its types should have it: of a request it needs no more than node:http, a query and a session. */
interface Strategy {
  authenticate(
    request: IncomingMessage & { query: Record<string, string>; session: Session },
    options?: object,
  ): void
}

/** Passport's part: what becomes of a request. */
async function authenticated(
  { strategy, options }: Attempt,
  request: IncomingMessage,
  session: Session,
): Promise<{ redirect: string } | { status: number; body: object }> {
  const query = Object.fromEntries(new URL(request.url ?? '', 'http://app').searchParams)
  return new Promise((resolve) => {
    const copy: Strategy = Object.assign(Object.create(strategy), {
      redirect: (url: string) => resolve({ redirect: url }),
      success: (user: object) => resolve({ status: 200, body: user }),
      fail: (challenge: object, status = 401) => resolve({ status, body: { ...challenge } }),
      error: (error: Error) =>
        resolve({ status: 500, body: { ...error, name: error.name, message: error.message } }),
    })
    copy.authenticate(Object.assign(request, { query, session }), options)
  })
}

/** An app with one address, where its users sign in and come back to. */
async function startApp(
  register: (callbackURL: string) => Promise<Omit<Registered, 'callbackURL'>>,
  attempt: (registered: Registered) => Promise<Attempt>,
) {
  const sessions = new Map<string, Session>()
  const sessionOf = (request: IncomingMessage, response: ServerResponse): Session => {
    const [, known = ''] = /sid=([^;]+)/.exec(request.headers.cookie ?? '') ?? []
    const session = sessions.get(known)
    if (session !== undefined) return session
    const id = randomUUID()
    const fresh: Session = {}
    sessions.set(id, fresh)
    response.setHeader('set-cookie', `sid=${id}; HttpOnly; SameSite=Lax`)
    return fresh
  }
  const app = createServer(async (request, response) => {
    const outcome = await authenticated(await attempt(registered), request, sessionOf(request, response))
    if ('redirect' in outcome) response.writeHead(302, { location: outcome.redirect }).end()
    else response.writeHead(outcome.status).end(JSON.stringify(outcome.body))
  })
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  onTestFinished(() => void app.close())
  const callbackURL = `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`
  const registered = { ...(await register(callbackURL)), callbackURL }

  return {
    callbackURL,
    /** Where a user is sent who has no session yet, and the cookie they take along. */
    async signIn() {
      const answer = await fetch(callbackURL, { redirect: 'manual' })
      const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
      return { cookie, url: answer.headers.get('location') ?? '' }
    },
    async comeBack(url: string | URL, cookie: string) {
      const answer = await fetch(url, { headers: { cookie } })
      return { status: answer.status, body: JSON.parse(await answer.text()) }
    },
  }
}

const confidential = (callbackURL: string) => scene.register({ redirect_uris: [callbackURL] })

async function backWithCode() {
  const app = await startApp(confidential, withFreshSecret)
  const { url, cookie } = await app.signIn()
  return { app, cookie, back: (await scene.decide(url)).url }
}

describe('from the first visit to the access grant', () => {
  const withKey = (callbackURL: string) =>
    scene.register({ redirect_uris: [callbackURL], token_endpoint_auth_method: 'private_key_jwt', jwks })
  const native = (callbackURL: string) => scene.register({ ...nativeClient, redirect_uris: [callbackURL] })

  test.each([
    ['a fresh JWT as the client secret', confidential, withFreshSecret],
    ['private_key_jwt, through tokenParams of a subclass', withKey, withAssertion],
    ['no secret', native, withoutSecret],
  ] as const)('%s', async (_name, register, attempt) => {
    const app = await startApp(register, attempt)
    const { url, cookie } = await app.signIn()
    expect(new URL(url).searchParams.get('code_challenge_method')).toBe('S256')
    const back = await scene.decide(url)
    const { status, body } = await app.comeBack(back.url, cookie)
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', scope, refresh_token: expect.stringMatching(/\w/) })
    expect(await scene.reach(body.access_token)).toEqual(consented)
  })
})

describe('what it refuses, and what it tells', () => {
  test('the state of somebody else', async () => {
    const { app, cookie, back } = await backWithCode()
    expect(await app.comeBack(altered(back, 'state', 'of-somebody-else'), cookie)).toEqual({
      status: 403,
      body: { message: 'Invalid authorization request state.' },
    })
  })

  test('a browser that did not begin here', async () => {
    const { app, back } = await backWithCode()
    expect((await app.comeBack(back, '')).status).toBe(403)
  })

  test('the no of the user', async () => {
    const app = await startApp(confidential, withFreshSecret)
    const { url, cookie } = await app.signIn()
    const back = await scene.decide(url, { deny: true })
    expect((await app.comeBack(back.url, cookie)).status).toBe(401)
  })

  test('a refused exchange, in the words of the server', async () => {
    const { app, cookie, back } = await backWithCode()
    const other = altered(back, 'code', 'a-code-that-nobody-was-given')
    expect(await app.comeBack(other, cookie)).toEqual({
      status: 500,
      body: expect.objectContaining({
        name: 'TokenError',
        code: 'invalid_grant',
        message: expect.stringMatching(/\w/),
        uri: expect.stringContaining('/errors/'),
      }),
    })
  })

  test('it does not look at iss: an app of several servers has a callback address for each', async () => {
    const { app, cookie, back } = await backWithCode()
    const { status, body } = await app.comeBack(altered(back, 'iss', 'https://other.example'), cookie)
    expect(status).toBe(200)
    expect(await scene.reach(body.access_token)).toEqual(consented)
  })
})
