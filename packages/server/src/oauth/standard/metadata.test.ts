/** What is published works, and what is not published is refused. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aClient, redirectUri, type TestClient } from '../../testing/people.ts'
import {
  code_challenge,
  code_verifier,
  everyGrantType,
  type Form,
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../testing/standard-scene.ts'
import { authorizationServerMetadata } from './metadata.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { resource: 'https://gateway.example' } })
})
afterEach(() => scene.close())

const issuer = 'https://valetkey.test'
const metadata = authorizationServerMetadata({ public_url: issuer, resource: 'https://gateway.example' })
/** A challenge is good for one approval. */
const anotherChallenge = () => ({ code_challenge: scene.deps.random(32).toString('base64url') })
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** What a client with this proof is told when all that is wrong is its code. */
const provenAs = async (proof: Form) =>
  (
    await posted(scene.app, '/oauth2/token', {
      grant_type: 'authorization_code',
      code: 'x'.repeat(43),
      redirect_uri: redirectUri,
      code_verifier,
      ...proof,
    })
  ).body.error

test('both documents are at their addresses, for everybody to keep for an hour', async () => {
  const get = (path: string) =>
    scene.app.inject({ method: 'GET', url: path, headers: { host: 'evil.example' } })
  const answer = await get('/.well-known/oauth-authorization-server')
  expect(JSON.parse(answer.payload)).toEqual(metadata)
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'public, max-age=3600',
    'access-control-allow-origin': '*',
  })
  expect(JSON.parse((await get('/.well-known/oauth-protected-resource')).payload)).toMatchObject({
    resource: 'https://gateway.example',
    authorization_servers: [issuer],
  })
  const post = await scene.app.inject({ method: 'POST', url: '/.well-known/oauth-authorization-server' })
  expect([post.statusCode, post.headers.allow]).toEqual([405, 'GET, HEAD'])
})

test('without a gateway there is no document of one', async () => {
  const bare = await standardScene()
  const answer = await bare.app.inject({ method: 'GET', url: '/.well-known/oauth-protected-resource' })
  expect(answer.statusCode).toBe(404)
  await bare.close()
})

test('every endpoint is there, under the issuer', async () => {
  const endpoints = Object.entries(metadata).filter(([name]) => name.endsWith('_endpoint'))
  expect(endpoints.length).toBe(7)
  for (const [name, url] of endpoints) {
    expect(String(url).startsWith(`${issuer}/`), name).toBe(true)
    const { pathname } = new URL(String(url))
    const method = name === 'authorization_endpoint' ? 'GET' : 'POST'
    const answer = await scene.app.inject({ method, url: pathname })
    expect([404, 405, 500], name).not.toContain(answer.statusCode)
  }
})

describe('response types and modes', () => {
  test.each(['code', ...['token', 'id_token', 'none', 'code token', 'code id_token']])(
    '%s',
    async (response_type) => {
      const { parameters } = await scene.decide({ response_type })
      if (metadata.response_types_supported.includes(response_type)) expect(parameters.code).toBeDefined()
      else expect(parameters.error).toBe('unsupported_response_type')
    },
  )

  test.each(['query', 'form_post', 'fragment', 'jwt', 'web_message'])('%s', async (response_mode) => {
    const { parameters, response_mode: how } = await scene.decide({ response_mode })
    if (!metadata.response_modes_supported.some((mode) => mode === response_mode))
      return expect(parameters.error).toBe('invalid_request')
    expect(parameters.code).toBeDefined()
    expect(how).toBe(response_mode)
  })

  test('the answer names the issuer as published', async () => {
    expect(metadata.authorization_response_iss_parameter_supported).toBe(true)
    expect((await scene.decide()).parameters.iss).toBe(metadata.issuer)
    const { parameters } = await scene.decide({ response_type: 'token' })
    expect(parameters.iss).toBe(metadata.issuer)
  })
})

test.each(['S256', 'plain', 'S512', undefined])('code_challenge_method %s', async (code_challenge_method) => {
  const { parameters } = await scene.decide({ code_challenge_method, code_challenge })
  const published = metadata.code_challenge_methods_supported.some((one) => one === code_challenge_method)
  expect(parameters.code !== undefined).toBe(published)
  if (!published) expect(parameters.error).toBe('invalid_request')
})

describe('grant types', () => {
  const good: Readonly<Record<string, () => Promise<Form>>> = {
    authorization_code: async () => ({ code: await scene.code(), redirect_uri: redirectUri, code_verifier }),
    refresh_token: async () => ({ refresh_token: (await scene.granted()).body.refresh_token }),
    [deviceGrant]: async () => {
      const { body } = await scene.post('/oauth2/device_authorization', { scope: 'read' })
      await scene.browser.decideForDevice(body.user_code)
      return { device_code: body.device_code }
    },
  }
  test.each(metadata.grant_types_supported)('%s works', async (grant_type) => {
    const form = await good[grant_type]?.()
    expect((await scene.post('/oauth2/token', { grant_type, ...form })).status).toBe(200)
  })

  test.each([
    'password',
    'client_credentials',
    'implicit',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'Authorization_Code',
  ])('%s is refused', async (grant_type) => {
    const { status, body } = await scene.post('/oauth2/token', { grant_type, username: 'a', password: 'b' })
    expect([status, body.error]).toEqual([400, 'unsupported_grant_type'])
  })
})

describe('client authentication', () => {
  const algs = [
    'HS256',
    'ES256',
    'PS256',
    'RS256',
    'EdDSA',
    'HS384',
    'HS512',
    'ES384',
    'ES512',
    'RS384',
    'PS512',
  ]

  test.each(algs)('%s', async (alg) => {
    const proof = await assertionWith(alg)
    const published = metadata.token_endpoint_auth_signing_alg_values_supported.includes(alg)
    expect(await provenAs(proof)).toBe(published ? 'invalid_grant' : 'invalid_client')
  })

  test('client_secret_jwt, private_key_jwt and none work; the secret itself does not, in either place', async () => {
    expect(metadata.token_endpoint_auth_methods_supported).toEqual([
      'client_secret_jwt',
      'private_key_jwt',
      'none',
    ])
    const { client_id, client_secret } = scene.client
    expect(await provenAs({ client_id: (await publicClient()).client_id })).toBe('invalid_grant')
    expect(await provenAs({ client_id, client_secret })).toBe('invalid_client')
    const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
    const basic = await posted(
      scene.app,
      '/oauth2/token',
      { grant_type: 'authorization_code' },
      { authorization },
    )
    expect([basic.status, basic.headers['www-authenticate']]).toEqual([401, 'Basic realm="Valetkey"'])
    expect(await provenAs({ client_id })).toBe('invalid_client')
  })

  test('nobody introspects without proof, and a public client has none', async () => {
    expect(metadata.introspection_endpoint_auth_methods_supported).not.toContain('none')
    const { client_id } = await publicClient()
    const answer = await posted(scene.app, '/oauth2/introspect', { client_id, token: 'x' })
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
    expect((await posted(scene.app, '/oauth2/revoke', { client_id, token: 'x' })).status).toBe(200)
  })

  async function publicClient(): Promise<TestClient> {
    return aClient(scene.app, scene.developer, {
      name: 'Pages',
      token_endpoint_auth_method: 'none',
      application_type: 'browser',
      grant_types: everyGrantType,
    })
  }

  async function assertionWith(alg: string): Promise<Form> {
    const client_assertion_type = jwtBearer
    if (alg.startsWith('HS')) {
      const client_assertion = await scene.assertion({}, { alg })
      return { client_assertion, client_assertion_type }
    }
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    // Only what is published can be registered; the key of the others stays unknown as well.
    const published = metadata.token_endpoint_auth_signing_alg_values_supported.includes(alg)
    const known = published ? publicKey : (await generateKeyPair('ES256', { extractable: true })).publicKey
    const { client_id } = await aClient(scene.app, scene.developer, {
      name: `Signs with ${alg}`,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [await exportJWK(known)] },
    })
    const now = scene.deps.clock.now()
    const claims = {
      iss: client_id,
      sub: client_id,
      aud: issuer,
      iat: now,
      exp: now + 60,
      jti: `of the test ${alg} ${now}`,
    }
    const client_assertion = await new SignJWT(claims).setProtectedHeader({ alg }).sign(privateKey)
    return { client_assertion, client_assertion_type }
  }
})

describe('what may be asked for', () => {
  test.each(metadata.scopes_supported)('the scope %s', async (scope) => {
    const asked = scope === 'offline_access' ? 'read offline_access' : scope
    expect((await scene.decide({ scope: asked })).parameters.code).toBeDefined()
  })

  test.each(['openid', 'admin', 'READ', '*'])('and not the scope %s', async (scope) => {
    expect((await scene.decide({ scope })).parameters.error).toBe('invalid_scope')
  })

  test('authorization_details of the published type, and of no other', async () => {
    const asked = (type: string) =>
      scene.decide({
        scope: undefined,
        authorization_details: JSON.stringify([{ type, actions: ['read'] }]),
        ...anotherChallenge(),
      })
    for (const type of metadata.authorization_details_types_supported)
      expect((await asked(type)).parameters.code).toBeDefined()
    expect((await asked('payment_initiation')).parameters.error).toBe('invalid_authorization_details')
  })

  test('the published resource, and no other', async () => {
    expect(metadata.protected_resources).toEqual(['https://gateway.example'])
    const asked = async (resource: string) =>
      (await scene.decide({ resource, ...anotherChallenge() })).parameters
    expect((await asked('https://gateway.example')).code).toBeDefined()
    expect((await asked('https://evil.example')).error).toBe('invalid_target')
  })

  test('no request objects, by value or by reference', async () => {
    expect([metadata.request_parameter_supported, metadata.request_uri_parameter_supported]).toEqual([
      false,
      false,
    ])
    expect((await scene.decide({ request: 'a.b.c' })).parameters.error).toBe('request_not_supported')
  })
})
