import { generateKeyPairSync } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { looksLikeClientSecret } from '../domain/client-secret.ts'
import { tokenHash } from '../ids.ts'
import {
  type Answer,
  aClient,
  aGrant,
  ask,
  clientsPath,
  type Person,
  redirectUri,
  signedInPerson,
} from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

let app: FastifyInstance
let deps: TestDeps
let ada: Person
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
beforeEach(async () => {
  ada = await signedInPerson(deps, 'developer')
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

const path = '/oauth2/register'
const device = 'urn:ietf:params:oauth:grant-type:device_code'
const good = { redirect_uris: [redirectUri] }
const native = { ...good, token_endpoint_auth_method: 'none', application_type: 'native' }
const { publicKey } = generateKeyPairSync('ed25519')
const jwks = { keys: [publicKey.export({ format: 'jwk' })] }

const register = (form: unknown = good) => ask(app, ada, 'POST', path, form)
type Method = 'GET' | 'PUT' | 'DELETE'
const manage = (method: Method, client_id: string, token?: string, form?: object) =>
  ask(app, token === undefined ? undefined : { ...ada, token }, method, `${path}/${client_id}`, form)
const stored = async (client_id: string) => {
  const client = await deps.store.clients.findByClientId(client_id)
  if (client === undefined) throw new Error('there is no such client')
  return client
}

describe('registering', () => {
  test('answers 201 with all that was registered, and shows the secret and the token this once', async () => {
    const { status, headers, body } = await register({
      ...good,
      client_name: 'Photo Album',
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'read bucket:photos;My%20Photos/ offline_access',
      require_pushed_authorization_requests: true,
    })
    expect([status, headers['cache-control']]).toEqual([201, 'no-store'])
    expect(body).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_id_issued_at: deps.clock.now(),
      client_secret: expect.any(String),
      client_secret_expires_at: 0,
      registration_access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      registration_client_uri: `https://valetkey.test/oauth2/register/${body.client_id}`,
      client_name: 'Photo Album',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'read bucket:photos;My%20Photos/ offline_access',
      token_endpoint_auth_method: 'client_secret_jwt',
      application_type: 'web',
      require_pushed_authorization_requests: true,
    })
    expect(looksLikeClientSecret(body.client_secret)).toBe(true)
    const client = await stored(body.client_id)
    expect(client.scopes).toEqual(['read', 'bucket:photos;My Photos/'])
    expect(client.registration_token_hash).toBe(tokenHash(body.registration_access_token))
    expect(JSON.stringify(client)).not.toContain(body.registration_access_token)
    const [listed] = (await ask(app, ada, 'GET', clientsPath)).body
    expect(listed).toMatchObject({ client_id: body.client_id, name: 'Photo Album', storx_profile: false })
    expect(JSON.stringify(listed)).not.toContain(client.registration_token_hash)
  })

  test.each([
    ['a native app', native, {}],
    ['one with keys', { ...good, token_endpoint_auth_method: 'private_key_jwt', jwks }, { jwks }],
    [
      'one with keys elsewhere',
      { ...good, token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://a.example/keys' },
      { jwks_uri: 'https://a.example/keys' },
    ],
  ])('%s gets no secret', async (_what, form, keys) => {
    const { status, body } = await register(form)
    expect(status).toBe(201)
    expect(body).toMatchObject({ ...form, ...keys })
    expect(body).not.toHaveProperty('client_secret')
    expect(body).not.toHaveProperty('client_secret_expires_at')
    expect(body).not.toHaveProperty('scope')
  })

  test('a device needs no address, and then a name', async () => {
    const form = { token_endpoint_auth_method: 'none', application_type: 'native', grant_types: [device] }
    const { status, body } = await register({ ...form, client_name: 'Frame' })
    expect([status, body.redirect_uris, body.response_types]).toEqual([201, [], []])
    const nameless = await register(form)
    expect([nameless.status, nameless.body.error]).toEqual([400, 'invalid_client_metadata'])
  })

  test.each([
    [redirectUri, 'photos.example'],
    ['http://127.0.0.1:3000/cb', '127.0.0.1'],
    ['com.example.app:/cb', 'com.example.app'],
  ])('without a name, %s is called %s', async (uri, name) => {
    expect((await register({ ...native, redirect_uris: [uri] })).body.client_name).toBe(name)
  })

  test('null is as absent', async () => {
    const { status, body } = await register({ ...good, scope: null, grant_types: null, jwks: null })
    expect([status, body.grant_types]).toEqual([201, ['authorization_code']])
  })

  test('row 75: owner, status, ids and whatever else is unknown are ignored and never kept', async () => {
    const eve = await signedInPerson(deps, 'developer')
    const { status, body, text } = await register({
      ...good,
      id: 'mine',
      client_id: 'mine',
      client_secret: 'mine',
      developer_id: eve.account.id,
      owner: eve.account.id,
      status: 0,
      state: 'deleted',
      trusted: true,
      storx_profile: true,
      registration_access_token: 'mine',
      logo_uri: 'https://evil.example/logo.svg',
      'client_name#de': 'Fotos',
    })
    expect(status).toBe(201)
    expect(text).not.toMatch(/mine|evil|Fotos|trusted/)
    const client = await stored(body.client_id)
    expect(client).toMatchObject({ developer_id: ada.account.id, state: 'active', storx_profile: false })
    expect(JSON.stringify(client)).not.toMatch(/mine|evil|Fotos|trusted/)
  })

  test.each([
    ['javascript', ['javascript:alert(1)']],
    ['data', ['data:text/html,x']],
    ['http on another host', ['http://photos.example/cb']],
    ['127.1', ['http://127.1/cb']],
    ['0.0.0.0', ['http://0.0.0.0/cb']],
    ['a fragment', [`${redirectUri}#x`]],
    ['an app scheme for a server', ['com.example.app:/cb']],
    ['the same twice', [redirectUri, redirectUri]],
    ['21 of them', Array.from({ length: 21 }, (_, n) => `https://a.example/${n}`)],
  ])('rows 24, 25: of redirect URIs, %s is refused', async (_what, redirect_uris) => {
    expectError(await register({ redirect_uris }), 400, 'invalid_redirect_uri')
  })

  test.each([
    ['nothing at all', {}],
    ['no redirect URI', { client_name: 'Photos', redirect_uris: [] }],
    ['one redirect URI as text', { redirect_uris: redirectUri }],
    ['a name nobody sees', { ...good, client_name: 'Pho\u202etos' }],
    ['a raw secret', { ...good, token_endpoint_auth_method: 'client_secret_basic' }],
    ['no proof from a server', { ...good, token_endpoint_auth_method: 'none' }],
    ['implicit', { ...good, grant_types: ['implicit'] }],
    ['a token in the front channel', { ...good, response_types: ['token'] }],
    ['an unknown scope', { ...good, scope: 'read admin' }],
    ['access while away, without refreshing', { ...good, scope: 'read offline_access' }],
    ['keys that are none', { ...good, token_endpoint_auth_method: 'private_key_jwt', jwks: {} }],
    ['a list', [good]],
    ['broken JSON', '{"redirect_uris":'],
  ])('E30: %s is refused', async (_what, form) => {
    expectError(await register(form), 400, 'invalid_client_metadata')
    expect((await ask(app, ada, 'GET', clientsPath)).body).toEqual([])
  })

  test('E32: without a token nobody is told an error, with a wrong one invalid_token', async () => {
    const nobody = await ask(app, undefined, 'POST', path, {})
    expect([nobody.status, nobody.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    const user = await signedInPerson(deps, 'user')
    for (const token of ['x'.repeat(43), user.token])
      expectToken(await ask(app, { ...ada, token }, 'POST', path, good))
  })

  test('a form, and more than 64 KiB, are told as such', async () => {
    const form = { method: 'POST', url: path, headers: { authorization: `Bearer ${ada.token}` } } as const
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const asForm = await app.inject({ ...form, headers: { ...form.headers, ...type }, payload: 'a=b' })
    expect(asForm.statusCode).toBe(415)
    expect((await register({ ...good, client_name: 'x'.repeat(65_536) })).status).toBe(413)
  })
})

describe('managing', () => {
  test('the token reads what is registered, without the secret', async () => {
    const { body } = await register({ ...good, scope: 'read' })
    const { client_secret: _, client_secret_expires_at: __, ...metadata } = body
    const answer = await manage('GET', body.client_id, body.registration_access_token)
    expect([answer.status, answer.headers['cache-control'], answer.body]).toEqual([200, 'no-store', metadata])
  })

  test('E31: a missing, wrong or foreign token, an unknown, foreign and deleted client all look alike', async () => {
    const { body: mine } = await register()
    const { body: other } = await register()
    const elsewhere = await aClient(app, ada)
    const { body: gone } = await register()
    await manage('DELETE', gone.client_id, gone.registration_access_token)
    const token = mine.registration_access_token
    const tries = [
      [mine.client_id, undefined],
      [mine.client_id, 'x'.repeat(43)],
      [mine.client_id, 'short'],
      [mine.client_id, ada.token],
      [mine.client_id, tokenHash(token)],
      [other.client_id, token],
      [elsewhere.client_id, token],
      [gone.client_id, gone.registration_access_token],
      ['01890000-0000-7000-8000-000000000000', token],
      ['%00', token],
    ] as const
    const bodies = new Set<string>()
    for (const [client_id, tried] of tries) {
      for (const method of ['GET', 'PUT', 'DELETE'] as const) {
        const answer = await manage(method, client_id, tried, method === 'PUT' ? {} : undefined)
        expectToken(answer)
        bodies.add(JSON.stringify({ ...answer.body, trace_id: '' }))
      }
    }
    expect(bodies.size).toBe(1)
    expect((await manage('GET', mine.client_id, token)).status).toBe(200)
  })

  test('the token of a developer who is gone opens nothing', async () => {
    const { body } = await register()
    await deps.store.developers.setState(ada.account.id, 'suspended')
    expectToken(await manage('GET', body.client_id, body.registration_access_token))
  })

  test('PUT takes the place of all that was registered, and the secret stays', async () => {
    const { body } = await register({
      ...good,
      client_name: 'Photo Album',
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'read',
      require_pushed_authorization_requests: true,
    })
    const { client_id, client_secret, registration_access_token: token } = body
    const before = await deps.store.clients.secrets((await stored(client_id)).id)
    const redirect_uris = ['https://b.example/cb']
    const form = { client_id, client_secret, redirect_uris }
    const { status, body: after } = await manage('PUT', client_id, token, form)
    expect(status).toBe(200)
    expect(after).toEqual({
      client_id,
      client_id_issued_at: body.client_id_issued_at,
      registration_access_token: token,
      registration_client_uri: body.registration_client_uri,
      client_name: 'b.example',
      redirect_uris,
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_jwt',
      application_type: 'web',
      require_pushed_authorization_requests: false,
    })
    expect((await manage('GET', client_id, token)).body).toEqual(after)
    expect(await deps.store.clients.secrets((await stored(client_id)).id)).toEqual(before)
  })

  test.each<[string, object, string]>([
    ['without its client_id', { client_id: undefined }, 'invalid_client_metadata'],
    ['with another client_id', { client_id: 'x' }, 'invalid_client_metadata'],
    ['with another method', { token_endpoint_auth_method: 'none' }, 'invalid_client_metadata'],
    ['with a secret of its own choosing', { client_secret: 'vks_mine' }, 'invalid_client_metadata'],
    ['with a token', { registration_access_token: 'x' }, 'invalid_client_metadata'],
    ['with an address', { registration_client_uri: 'https://a.example/' }, 'invalid_client_metadata'],
    ['with an expiry', { client_secret_expires_at: 0 }, 'invalid_client_metadata'],
    ['with a time', { client_id_issued_at: 1 }, 'invalid_client_metadata'],
    ['without a redirect URI', { redirect_uris: [] }, 'invalid_client_metadata'],
    ['with an unsafe redirect URI', { redirect_uris: ['http://a.example/'] }, 'invalid_redirect_uri'],
    ['with a redirect URI of an app', { redirect_uris: ['com.example.app:/'] }, 'invalid_redirect_uri'],
  ])('PUT %s is refused and changes nothing', async (_what, changed, error) => {
    const { body } = await register()
    const { client_id, registration_access_token: token } = body
    const before = await stored(client_id)
    const form = { client_id, client_name: 'Pictures', ...good, ...changed }
    expectError(await manage('PUT', client_id, token, form), 400, error)
    expect(await stored(client_id)).toEqual(before)
  })

  test('row 75: PUT ignores owner, status and ids', async () => {
    const { body } = await register()
    const { client_id, registration_access_token: token } = body
    const before = await stored(client_id)
    const forged = {
      id: 'x',
      developer_id: 'x',
      owner: 'x',
      status: 0,
      state: 'deleted',
      storx_profile: true,
    }
    expect((await manage('PUT', client_id, token, { client_id, ...good, ...forged })).status).toBe(200)
    expect(await stored(client_id)).toEqual(before)
  })

  test('PUT of a client with keys brings keys, by value or by address', async () => {
    const method = { token_endpoint_auth_method: 'private_key_jwt' }
    const { body } = await register({ ...good, ...method, jwks })
    const { client_id, registration_access_token: token } = body
    expectError(await manage('PUT', client_id, token, { client_id, ...good }), 400, 'invalid_client_metadata')
    const jwks_uri = 'https://photos.example/keys'
    const moved = await manage('PUT', client_id, token, { client_id, ...good, ...method, jwks_uri })
    expect([moved.body.jwks, moved.body.jwks_uri]).toEqual([undefined, jwks_uri])
  })

  test('DELETE ends the client and every access it holds, as in the console', async () => {
    const { body } = await register()
    const user = await signedInPerson(deps, 'user')
    const { api_key } = await aGrant(deps, user, body.client_id)
    const { status, text } = await manage('DELETE', body.client_id, body.registration_access_token)
    expect([status, text]).toEqual([204, ''])
    expect((await ask(app, ada, 'GET', clientsPath)).body).toEqual([])
    const read = { op: 'read', bucket: 'photos', encrypted_path: Buffer.from('x') } as const
    expect(await deps.network.check(api_key, read)).toMatchObject({ allowed: false, reason: 'revoked' })
  })

  test('all of it is on record in the name of the developer, failures as such', async () => {
    const events: unknown[] = []
    const recorder = { ...deps.recorder, audit: (event: unknown) => void events.push(event) }
    const { app: watched } = await testApp({ store: deps.store, recorder })
    const { body } = await ask(watched, ada, 'POST', path, good)
    const { client_id, registration_access_token: token } = body
    const { id } = await stored(client_id)
    const itself = { ...ada, token }
    const one = `${path}/${client_id}`
    await ask(watched, itself, 'PUT', one, { client_id, ...good })
    await ask(watched, itself, 'PUT', one, { client_id, redirect_uris: ['https://a.example/', 'nowhere'] })
    await ask(watched, itself, 'DELETE', one)
    const by = { actor_kind: 'developer', actor_id: ada.account.id, resource: id, network: '127.0.0.1' }
    expect(events).toMatchObject([
      { ...by, action: 'client.registered', outcome: 'success' },
      { ...by, action: 'client.updated', outcome: 'success' },
      { ...by, action: 'client.updated', outcome: 'failed' },
      { ...by, action: 'client.deleted', outcome: 'success' },
    ])
    await watched.close()
  })
})

function expectError(answer: Answer, status: number, error: string): void {
  expect([answer.status, answer.body.error]).toEqual([status, error])
  expect(Object.keys(answer.body).sort()).toEqual(['error', 'error_description', 'error_uri', 'trace_id'])
}

function expectToken({ status, headers, body }: Answer): void {
  expect([status, headers['www-authenticate'], body.error]).toEqual([
    401,
    'Bearer error="invalid_token"',
    'invalid_token',
  ])
}
