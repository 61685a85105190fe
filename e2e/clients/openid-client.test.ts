/** openid-client as it comes from the registry, given the issuer's URL and what the client was registered with. */
import { generateKeyPairSync } from 'node:crypto'
import * as oauth from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from '../testing/browser.ts'
import { allow, passphraseOf } from '../testing/consent-scene.ts'
import { password, redirectUri } from '../testing/story.ts'
import { startTestApp } from '../testing/test-app.ts'
import {
  altered,
  consented,
  nativeClient,
  openLibraryScene,
  passphrase,
  revoked,
  scope,
} from './testing/library-scene.ts'

const scene = await openLibraryScene()
const { server } = scene

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'first' }] }

type Method = 'client_secret_jwt' | 'private_key_jwt' | 'none'

async function discovered(
  method: Method = 'client_secret_jwt',
  form: object = {},
): Promise<oauth.Configuration> {
  const { client_id, client_secret } = await scene.register({
    token_endpoint_auth_method: method,
    ...(method === 'private_key_jwt' ? { jwks } : {}),
    ...(method === 'none' ? nativeClient : {}),
    ...form,
  })
  const key = await crypto.subtle.importKey(
    'jwk',
    privateKey.export({ format: 'jwk' }),
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  )
  const authentication = {
    client_secret_jwt: () => oauth.ClientSecretJwt(client_secret),
    private_key_jwt: () => oauth.PrivateKeyJwt({ key, kid: 'first' }),
    none: () => oauth.None(),
  }[method]()
  return oauth.discovery(new URL(server.url), client_id, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [oauth.allowInsecureRequests],
  })
}

/** What an app keeps between sending its user away and having them back. */
async function asking(changes: Record<string, string> = {}) {
  const pkceCodeVerifier = oauth.randomPKCECodeVerifier()
  const expectedState = oauth.randomState()
  const parameters = {
    redirect_uri: redirectUri,
    scope,
    state: expectedState,
    code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...changes,
  }
  return { parameters, checks: { pkceCodeVerifier, expectedState } }
}

/** A configuration, and its user back from a yes. */
async function backWithCode() {
  const config = await discovered()
  const { parameters, checks } = await asking()
  const back = await scene.decide(oauth.buildAuthorizationUrl(config, parameters))
  return { config, checks, url: back.url }
}

describe('from discovery to revocation', () => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  test.each(['client_secret_jwt', 'private_key_jwt', 'none'] as const)('%s', async (method) => {
    const config = await discovered(method)
    const [redirect_uri = ''] = method === 'none' ? nativeClient.redirect_uris : [redirectUri]
    const { parameters, checks } = await asking({ redirect_uri })
    const back = await scene.decide(oauth.buildAuthorizationUrl(config, parameters))

    const tokens = await oauth.authorizationCodeGrant(config, new URL(back.url), checks)
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
    expect(tokens).toMatchObject({
      token_type: 'bearer',
      scope,
      access_grant: tokens.access_token,
      authorization_details: [{ type: 'storage_access', bucket: 'photos', actions: ['read', 'list'] }],
    })
    expect(tokens.expiresIn()).toBeGreaterThan(3590)

    const renewed = await oauth.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(renewed.access_token).not.toBe(tokens.access_token)
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
    expect(await scene.reach(renewed.access_token)).toEqual(consented)

    await oauth.tokenRevocation(config, renewed.refresh_token ?? '')
    expect(await scene.reach(renewed.access_token)).toEqual(revoked)
    await expect(oauth.refreshTokenGrant(config, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  test('a person signs in and allows it in Chromium', { timeout: 60_000 }, async () => {
    const app = await startTestApp()
    // The library takes the address of the answer without its query for the redirect URI: it can have none of its own.
    const redirect_uri = `${app.origin}/back`
    const config = await discovered('private_key_jwt', { redirect_uris: [redirect_uri] })
    const { parameters, checks } = await asking({ redirect_uri })
    const page = await browser.newPage({ origins: [app.origin] })
    await page.goto(oauth.buildAuthorizationUrl(config, parameters).href)
    await page.getByLabel('E-mail address').fill(scene.user.email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    await page.waitForURL((url) => url.origin === app.origin)

    const tokens = await oauth.authorizationCodeGrant(config, new URL(page.url()), checks)
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
    app.close()
  })
})

describe('more of the protocol', () => {
  test('a pushed authorization request', async () => {
    const config = await discovered('private_key_jwt', { require_pushed_authorization_requests: true })
    const { parameters, checks } = await asking()
    const url = await oauth.buildAuthorizationUrlWithPAR(config, parameters)
    expect([...url.searchParams.keys()]).toEqual(['request_uri', 'client_id'])
    const back = await scene.decide(url)
    const tokens = await oauth.authorizationCodeGrant(config, new URL(back.url), checks)
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
  })

  test('rich authorization requests, with the answer posted by the browser', async () => {
    const config = await discovered()
    const { parameters, checks } = await asking({
      scope: 'offline_access',
      response_mode: 'form_post',
      authorization_details: JSON.stringify([
        { type: 'storage_access', bucket: 'photos', actions: ['read', 'list'] },
      ]),
    })
    const back = await scene.decide(oauth.buildAuthorizationUrl(config, parameters))
    expect(back.response_mode).toBe('form_post')
    const posted = new Request(redirectUri, { method: 'POST', body: new URLSearchParams(back.parameters) })
    const tokens = await oauth.authorizationCodeGrant(config, posted, checks)
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
  })

  test('the device flow', async () => {
    const config = await discovered('none')
    const device = await oauth.initiateDeviceAuthorization(config, { scope })
    expect(device.verification_uri).toBe(`${server.url}/device`)
    await scene.browser.decideForDevice(device.user_code, { passphrase })
    const tokens = await oauth.pollDeviceAuthorizationGrant(config, device)
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
    const renewed = await oauth.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(await scene.reach(renewed.access_token)).toEqual(consented)
  })

  test('introspection, before and after revocation', async () => {
    const { config, checks, url } = await backWithCode()
    const { access_token } = await oauth.authorizationCodeGrant(config, new URL(url), checks)
    expect(await oauth.tokenIntrospection(config, access_token)).toMatchObject({
      active: true,
      client_id: config.clientMetadata().client_id,
      iss: server.url,
    })
    await oauth.tokenRevocation(config, access_token)
    expect(await oauth.tokenIntrospection(config, access_token)).toEqual({ active: false })
  })

  test('a client that registers itself with the token of a developer', async () => {
    const config = await oauth.dynamicClientRegistration(
      new URL(server.url),
      {
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_jwt',
      },
      oauth.ClientSecretJwt(),
      {
        algorithm: 'oauth2',
        initialAccessToken: scene.developer.token,
        execute: [oauth.allowInsecureRequests],
      },
    )
    const { parameters, checks } = await asking()
    const back = await scene.decide(oauth.buildAuthorizationUrl(config, parameters))
    const tokens = await oauth.authorizationCodeGrant(config, new URL(back.url), checks)
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
  })
})

describe('what it refuses, and what it tells', () => {
  test('another issuer than the one that was asked', async () => {
    const { config, checks, url } = await backWithCode()
    const mixedUp = altered(url, 'iss', 'https://other.example')
    await expect(oauth.authorizationCodeGrant(config, mixedUp, checks)).rejects.toMatchObject({
      cause: { message: 'unexpected "iss" (issuer) response parameter value' },
    })
  })

  test('an answer that names no issuer, for the metadata promise one', async () => {
    const { config, checks, url } = await backWithCode()
    const nameless = new URL(url)
    nameless.searchParams.delete('iss')
    await expect(oauth.authorizationCodeGrant(config, nameless, checks)).rejects.toMatchObject({
      cause: { message: 'response parameter "iss" (issuer) missing' },
    })
  })

  test('the state of somebody else', async () => {
    const { config, checks, url } = await backWithCode()
    const other = altered(url, 'state', oauth.randomState())
    await expect(oauth.authorizationCodeGrant(config, other, checks)).rejects.toMatchObject({
      cause: { message: 'unexpected "state" response parameter value' },
    })
  })

  test('the no of the user', async () => {
    const config = await discovered()
    const { parameters, checks } = await asking()
    const back = await scene.decide(oauth.buildAuthorizationUrl(config, parameters), { deny: true })
    const refused = await oauth
      .authorizationCodeGrant(config, new URL(back.url), checks)
      .catch((error) => error)
    expect(refused).toBeInstanceOf(oauth.AuthorizationResponseError)
    expect(refused).toMatchObject({ error: 'access_denied' })
  })

  test('a refused exchange, in the words of the server', async () => {
    const { config, checks, url } = await backWithCode()
    const stolen = { ...checks, pkceCodeVerifier: oauth.randomPKCECodeVerifier() }
    const refused = await oauth.authorizationCodeGrant(config, new URL(url), stolen).catch((error) => error)
    expect(refused).toBeInstanceOf(oauth.ResponseBodyError)
    expect(refused).toMatchObject({
      status: 400,
      error: 'invalid_grant',
      error_description: expect.stringMatching(/\w/),
      cause: { trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
    })
  })

  test('the secret itself is refused, which the library sends where no authentication is named', async () => {
    const { client_id, client_secret } = await scene.register()
    const config = await oauth.discovery(new URL(server.url), client_id, client_secret, undefined, {
      algorithm: 'oauth2',
      execute: [oauth.allowInsecureRequests],
    })
    const { parameters, checks } = await asking()
    const back = await scene.decide(oauth.buildAuthorizationUrl(config, parameters))
    await expect(oauth.authorizationCodeGrant(config, new URL(back.url), checks)).rejects.toMatchObject({
      status: 401,
      error: 'invalid_client',
    })
  })

  test('a redirect URI with a query of its own, for the library drops it in the exchange', async () => {
    const redirect_uri = `${redirectUri}?tab=1`
    const config = await discovered('client_secret_jwt', { redirect_uris: [redirect_uri] })
    const { parameters, checks } = await asking({ redirect_uri })
    const back = await scene.decide(oauth.buildAuthorizationUrl(config, parameters))
    await expect(oauth.authorizationCodeGrant(config, new URL(back.url), checks)).rejects.toMatchObject({
      error: 'invalid_grant',
      error_description: expect.stringContaining('redirect_uri differs'),
    })
  })
})
