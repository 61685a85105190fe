/**
 * simple-oauth2 as it comes from the registry. It knows secrets that stay the same; the secret that it is given here is a
 * JWT that was just made from the client's real one, with a library instance for every request.
 */
import { createHash, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { AuthorizationCode, type ModuleOptions } from 'simple-oauth2'
import { describe, expect, test } from 'vitest'
import { jwtSecret, redirectUri } from '../testing/story.ts'
import { consented, nativeClient, openLibraryScene, revoked, scope } from './testing/library-scene.ts'

const scene = await openLibraryScene()
const { server } = scene

type Credentials = Awaited<ReturnType<typeof scene.register>>
type Secret = (client: Credentials) => Promise<string>

async function library(
  client: Credentials,
  secret: Secret = jwtSecret,
  options: ModuleOptions['options'] = {},
): Promise<AuthorizationCode> {
  return new AuthorizationCode({
    client: { id: client.client_id, secret: await secret(client) },
    auth: {
      tokenHost: server.url,
      tokenPath: '/oauth2/token',
      authorizePath: '/oauth2/authorize',
      revokePath: '/oauth2/revoke',
    },
    options,
  })
}

/** All that RFC 7523 asks of an assertion, good for one request. */
async function assertion({ client_id, client_secret }: Credentials): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(client_id)
    .setSubject(client_id)
    .setAudience(server.deps.settings.public_url)
    .setIssuedAt()
    .setExpirationTime('1 minute')
    .setJti(randomBytes(16).toString('base64url'))
    .sign(new TextEncoder().encode(client_secret))
}

/** A public client has none: an empty secret counts as not sent. */
const noSecret: Secret = async () => ''

const newVerifier = () => randomBytes(32).toString('base64url')

/** PKCE is not the library's: it passes on what it does not know. */
async function authorized(client: Credentials, redirect_uri = redirectUri, choice = {}) {
  const code_verifier = newVerifier()
  const state = randomBytes(16).toString('base64url')
  const parameters = {
    redirect_uri,
    scope,
    state,
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  const url = (await library(client, noSecret)).authorizeURL(parameters)
  const { parameters: answer } = await scene.decide(url, choice)
  expect(answer).toMatchObject({ state, iss: server.deps.settings.public_url })
  return { answer, form: { code: answer.code ?? '', redirect_uri, code_verifier } }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

describe('from the authorization URL to revocation', () => {
  const [loopback = ''] = nativeClient.redirect_uris
  test.each([
    ['a JWT of client_id and exp as the password of HTTP Basic', {}, jwtSecret, {}],
    ['the same in the body', {}, jwtSecret, { authorizationMethod: 'body' }],
    ['an assertion of RFC 7523 as the password of HTTP Basic', {}, assertion, {}],
    ['an assertion of RFC 7523 in the body', {}, assertion, { authorizationMethod: 'body' }],
    ['no secret, as the password of HTTP Basic', nativeClient, noSecret, {}],
    ['no secret, in the body', nativeClient, noSecret, { authorizationMethod: 'body' }],
  ] as const)('%s', async (_name, registration, secret, options) => {
    const client = await scene.register(registration)
    const redirect_uri = secret === noSecret ? loopback : redirectUri
    const fresh = () => library(client, secret, options)
    const { form } = await authorized(client, redirect_uri)

    const first = await (await fresh()).getToken(form)
    expect(first.token).toMatchObject({ token_type: 'Bearer', scope, access_grant: first.token.access_token })
    expect(await scene.reach(textOf(first.token.access_token))).toEqual(consented)
    expect([first.expired(), first.expired(3600)]).toEqual([false, true])

    const renewed = await (await fresh()).createToken(first.token).refresh()
    expect(renewed.token.access_token).not.toBe(first.token.access_token)
    expect(await scene.reach(textOf(renewed.token.access_token))).toEqual(consented)

    // By itself the library takes an answer for JSON, and the answer to a revocation is empty.
    await (await fresh()).createToken(renewed.token).revoke('refresh_token', { json: true })
    expect(await scene.reach(textOf(renewed.token.access_token))).toEqual(revoked)
  })
})

describe('what it tells', () => {
  const refusal = (error: string) => ({
    data: {
      payload: {
        error,
        error_description: expect.stringMatching(/\w/),
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    },
  })

  test('a refused exchange, in the words of the server', async () => {
    const client = await scene.register()
    const { form } = await authorized(client)
    const stolen = { ...form, code_verifier: newVerifier() }
    await expect((await library(client)).getToken(stolen)).rejects.toMatchObject(refusal('invalid_grant'))
  })

  test('a secret that is none of these is refused: the real one never travels', async () => {
    const client = await scene.register()
    const { form } = await authorized(client)
    const raw = await library(client, async ({ client_secret }) => client_secret)
    await expect(raw.getToken(form)).rejects.toMatchObject(refusal('invalid_client'))
  })

  test('the second request of an instance that was made with an assertion of RFC 7523', async () => {
    const client = await scene.register()
    const { form } = await authorized(client)
    const once = await library(client, assertion)
    const { token } = await once.getToken(form)
    await expect(once.createToken(token).refresh()).rejects.toMatchObject(refusal('invalid_client'))
  })

  test('a no of the user is for the app to see: the library has no part in the answer', async () => {
    const { answer } = await authorized(await scene.register(), redirectUri, { deny: true })
    expect(answer).toMatchObject({ error: 'access_denied' })
  })
})
