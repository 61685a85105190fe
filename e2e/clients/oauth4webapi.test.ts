/** oauth4webapi as it comes from the registry: each request and each check is a call of its own. */
import { decodeBase64Url, openAccessGrant } from '@valetkey/access-grant'
import * as oauth from 'oauth4webapi'
import { describe, expect, test } from 'vitest'
import { letIntervalPass } from '../testing/device-interval.ts'
import { redirectUri } from '../testing/story.ts'
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

/** The tests' server speaks plain HTTP on a loopback address. */
const insecure = { [oauth.allowInsecureRequests]: true }

type Method = 'client_secret_jwt' | 'private_key_jwt' | 'none'

/** All that the calls ask for: the server, the client, and how it proves who it is. */
interface Setup {
  readonly as: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly authentication: oauth.ClientAuth
  readonly redirect_uri: string
}

async function setUp(method: Method = 'client_secret_jwt'): Promise<Setup> {
  const issuer = new URL(server.url)
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  const as = await oauth.processDiscoveryResponse(issuer, response)
  if (method === 'none') {
    const { client_id } = await scene.register(nativeClient)
    const [redirect_uri = ''] = nativeClient.redirect_uris
    return { as, client: { client_id }, authentication: oauth.None(), redirect_uri }
  }
  const { privateKey, publicKey } = await oauth.generateKeyPair('ES256')
  const jwk = await crypto.subtle.exportKey('jwk', publicKey)
  const { client_id, client_secret } = await scene.register({
    token_endpoint_auth_method: method,
    ...(method === 'private_key_jwt' ? { jwks: { keys: [{ ...jwk, alg: 'ES256', kid: 'first' }] } } : {}),
  })
  const authentication =
    method === 'private_key_jwt'
      ? oauth.PrivateKeyJwt({ key: privateKey, kid: 'first' })
      : oauth.ClientSecretJwt(client_secret)
  return { as, client: { client_id }, authentication, redirect_uri: redirectUri }
}

/** What an app asks for, and what it keeps until its user is back. */
async function asking({ client, redirect_uri }: Setup, changes: Record<string, string> = {}) {
  const code_verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri,
    scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
    ...changes,
  })
  return { parameters, code_verifier, state }
}

type Asked = Awaited<ReturnType<typeof asking>>

const authorizationUrl = ({ as }: Setup, parameters: URLSearchParams) =>
  `${as.authorization_endpoint}?${parameters}`

async function backWithCode() {
  const setup = await setUp()
  const asked = await asking(setup)
  const back = await scene.decide(authorizationUrl(setup, asked.parameters))
  return { setup, asked, url: back.url }
}

async function exchanged(setup: Setup, { state, code_verifier }: Omit<Asked, 'parameters'>, url: URL) {
  const { as, client, authentication, redirect_uri } = setup
  const callback = oauth.validateAuthResponse(as, client, url, state)
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    authentication,
    callback,
    redirect_uri,
    code_verifier,
    insecure,
  )
  return oauth.processAuthorizationCodeResponse(as, client, response)
}

async function refreshed({ as, client, authentication }: Setup, refresh_token = '') {
  const response = await oauth.refreshTokenGrantRequest(as, client, authentication, refresh_token, insecure)
  return oauth.processRefreshTokenResponse(as, client, response)
}

async function revoke({ as, client, authentication }: Setup, token = '') {
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, authentication, token, insecure),
  )
}

describe('from discovery to revocation', () => {
  test.each(['client_secret_jwt', 'private_key_jwt', 'none'] as const)('%s', async (method) => {
    const setup = await setUp(method)
    const asked = await asking(setup)
    const back = await scene.decide(authorizationUrl(setup, asked.parameters))

    const tokens = await exchanged(setup, asked, new URL(back.url))
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
    expect(tokens).toMatchObject({ token_type: 'bearer', scope, access_grant: tokens.access_token })

    const renewed = await refreshed(setup, tokens.refresh_token)
    expect(renewed.access_token).not.toBe(tokens.access_token)
    expect(await scene.reach(renewed.access_token)).toEqual(consented)

    await revoke(setup, renewed.refresh_token)
    expect(await scene.reach(renewed.access_token)).toEqual(revoked)
    await expect(refreshed(setup, renewed.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})

describe('more of the protocol', () => {
  test('a pushed authorization request', async () => {
    const setup = await setUp('private_key_jwt')
    const { as, client, authentication } = setup
    const asked = await asking(setup)
    const { request_uri } = await oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(as, client, authentication, asked.parameters, insecure),
    )
    const { client_id } = client
    const back = await scene.decide(authorizationUrl(setup, new URLSearchParams({ client_id, request_uri })))
    const tokens = await exchanged(setup, asked, new URL(back.url))
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
  })

  test('rich authorization requests', async () => {
    const setup = await setUp()
    const details = [{ type: 'storage_access', bucket: 'photos', actions: ['read', 'list'] }]
    const authorization_details = JSON.stringify(details)
    const asked = await asking(setup, { scope: 'offline_access', authorization_details })
    const back = await scene.decide(authorizationUrl(setup, asked.parameters))
    const tokens = await exchanged(setup, asked, new URL(back.url))
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
    expect(tokens.authorization_details).toMatchObject(details)
  })

  test('the device flow: not yet, then yes', async () => {
    const setup = await setUp('client_secret_jwt')
    const { as, client, authentication } = setup
    const device = await oauth.processDeviceAuthorizationResponse(
      as,
      client,
      await oauth.deviceAuthorizationRequest(as, client, authentication, { scope }, insecure),
    )
    const poll = async () =>
      oauth.processDeviceCodeResponse(
        as,
        client,
        await oauth.deviceCodeGrantRequest(as, client, authentication, device.device_code, insecure),
      )
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    await scene.browser.decideForDevice(device.user_code, { passphrase })
    expect(device.interval).toBe(5)
    await letIntervalPass(scene.server)
    const tokens = await poll()
    expect(await scene.reach(tokens.access_token)).toEqual(consented)
  })

  test('with the server half of the code alone, the keys are opened where the app runs, now and after a refresh', async () => {
    const { setup, asked, url } = await backWithCode()
    const { client_id } = setup.client
    const [half = '', key = ''] = (new URL(url).searchParams.get('code') ?? '').split('.')
    const opened = ({ access_token, sealed_encryption_access }: oauth.TokenEndpointResponse) =>
      openAccessGrant(access_token, decodeBase64Url(String(sealed_encryption_access)), {
        key: decodeBase64Url(key),
        associated_data: client_id,
      })

    const tokens = await exchanged(setup, asked, altered(url, 'code', half))
    expect(await scene.reach(tokens.access_token)).toEqual({ ...consented, keys_of: [] })
    expect(await scene.reach(opened(tokens))).toEqual(consented)

    const renewed = await refreshed(setup, tokens.refresh_token)
    expect(await scene.reach(renewed.access_token)).toEqual({ ...consented, keys_of: [] })
    expect(await scene.reach(opened(renewed))).toEqual(consented)
  })

  test('introspection, before and after revocation', async () => {
    const { setup, asked, url } = await backWithCode()
    const { as, client, authentication } = setup
    const { access_token } = await exchanged(setup, asked, new URL(url))
    const introspected = async () =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, authentication, access_token, insecure),
      )
    expect(await introspected()).toMatchObject({ active: true, client_id: client.client_id, iss: server.url })
    await revoke(setup, access_token)
    expect(await introspected()).toEqual({ active: false })
  })
})

describe('what it refuses, and what it tells', () => {
  test.each([
    ['iss', 'https://other.example', 'unexpected "iss" (issuer) response parameter value'],
    ['state', 'of-somebody-else', 'unexpected "state" response parameter value'],
  ])('an answer whose %s was altered never becomes a request', async (name, value, message) => {
    const { setup, asked, url } = await backWithCode()
    await expect(exchanged(setup, asked, altered(url, name, value))).rejects.toThrow(message)
  })

  test('an answer that names no issuer, for the metadata promise one', async () => {
    const { setup, asked, url } = await backWithCode()
    const nameless = new URL(url)
    nameless.searchParams.delete('iss')
    await expect(exchanged(setup, asked, nameless)).rejects.toThrow(
      'response parameter "iss" (issuer) missing',
    )
  })

  test('the no of the user', async () => {
    const setup = await setUp()
    const asked = await asking(setup)
    const back = await scene.decide(authorizationUrl(setup, asked.parameters), { deny: true })
    const refused = await exchanged(setup, asked, new URL(back.url)).catch((error) => error)
    expect(refused).toBeInstanceOf(oauth.AuthorizationResponseError)
    expect(refused).toMatchObject({ error: 'access_denied' })
  })

  test('a refused exchange, in the words of the server', async () => {
    const { setup, asked, url } = await backWithCode()
    const stolen = { ...asked, code_verifier: oauth.generateRandomCodeVerifier() }
    const refused = await exchanged(setup, stolen, new URL(url)).catch((error) => error)
    expect(refused).toBeInstanceOf(oauth.ResponseBodyError)
    expect(refused).toMatchObject({
      status: 400,
      error: 'invalid_grant',
      error_description: expect.stringMatching(/\w/),
      cause: { trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
    })
  })
})
