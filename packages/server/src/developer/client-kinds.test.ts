/** Clients of every kind, as their developer registers and changes them. */
import { generateKeyPairSync } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, clientsPath, type Person, redirectUri, signedInPerson } from '../testing/people.ts'
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

const device = 'urn:ietf:params:oauth:grant-type:device_code'
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }
const jwks = { keys: [jwk] }
const good = { name: 'Photos', redirect_uris: [redirectUri] }
const native = { ...good, token_endpoint_auth_method: 'none', application_type: 'native' }
const withKeys = { ...good, token_endpoint_auth_method: 'private_key_jwt', jwks }

const register = (form: object) => ask(app, ada, 'POST', clientsPath, form)
const read = async (client_id: string) => (await ask(app, ada, 'GET', `${clientsPath}/${client_id}`)).body
const change = (client_id: string, form: object) => ask(app, ada, 'PUT', `${clientsPath}/${client_id}`, form)
const registered = async (form: object): Promise<string> => (await register(form)).body.client_id

test('whoever names no kind gets what StorX clients have: a secret, codes, and a server', async () => {
  const { body, text } = await register(good)
  expect(text).toBe(JSON.stringify({ client_id: body.client_id, client_secret: body.client_secret }))
  expect(await read(body.client_id)).toMatchObject({
    token_endpoint_auth_method: 'client_secret_jwt',
    grant_types: ['authorization_code'],
    application_type: 'web',
    jwks: null,
    jwks_uri: null,
    require_pushed_authorization_requests: false,
    storx_profile: true,
  })
})

test.each([
  ['a native one', native],
  ['pages in a browser', { ...native, application_type: 'browser' }],
  ['one with keys of its own', withKeys],
])('%s gets no secret, keeps none, and takes no short JWT', async (_what, form) => {
  const { status, body } = await register(form)
  expect([status, Object.keys(body)]).toEqual([200, ['client_id']])
  const shown = await read(body.client_id)
  expect(shown).toMatchObject({ secrets: [], storx_profile: false })
  for (const [method, below] of [
    ['POST', '/regenerate-secret'],
    ['DELETE', '/secrets/x'],
  ] as const) {
    const refused = await ask(app, ada, method, `${clientsPath}/${body.client_id}${below}`)
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_request'])
    expect(refused.body.error_description).toContain('no secret')
  }
  const profile = await change(body.client_id, { storx_profile: true })
  expect([profile.status, profile.body.error_description]).toEqual([
    400,
    expect.stringContaining('no secret'),
  ])
  expect(await read(body.client_id)).toEqual(shown)
})

test('what was chosen is shown, each grant type once', async () => {
  const grant_types = ['authorization_code', 'refresh_token', device]
  const client_id = await registered({
    ...native,
    grant_types: [...grant_types, 'refresh_token'],
    require_pushed_authorization_requests: true,
  })
  expect(await read(client_id)).toMatchObject({
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types,
    require_pushed_authorization_requests: true,
  })
})

test.each([
  ['no proof from a server', { ...native, application_type: 'web' }, 'native or browser'],
  ['no proof, and no type', { ...good, token_endpoint_auth_method: 'none' }, 'native or browser'],
  ['own keys, and none named', { ...withKeys, jwks: undefined }, 'needs jwks or jwks_uri'],
  ['own keys twice', { ...withKeys, jwks_uri: 'https://photos.example/keys' }, 'only one'],
  ['keys beside a secret', { ...good, jwks }, 'are for token_endpoint_auth_method private_key_jwt'],
  ['keys at an address beside no proof', { ...native, jwks_uri: 'https://a.example/' }, 'are for'],
  ['refreshing alone', { ...native, grant_types: ['refresh_token'] }, 'beside it'],
])('%s is refused', async (_what, form, words) => {
  const { status, body } = await register(form)
  expect([status, body.error]).toEqual([400, 'invalid_client_metadata'])
  expect(body.error_description).toContain(words)
  expect((await ask(app, ada, 'GET', clientsPath)).body).toEqual([])
})

test.each([
  ['implicit', { grant_types: ['implicit'] }],
  ['password', { grant_types: ['password'] }],
  ['no grant type', { grant_types: [] }],
  ['a raw secret', { token_endpoint_auth_method: 'client_secret_basic' }],
  ['an unknown type', { application_type: 'desktop' }],
  ['keys as a text', { token_endpoint_auth_method: 'private_key_jwt', jwks: JSON.stringify(jwks) }],
])('request_malformed: %s is not even parsed', async (_what, form) => {
  const { status, body } = await register({ ...good, ...form })
  expect([status, body.error]).toEqual([400, 'invalid_request'])
})

describe('redirect URIs', () => {
  test('a device needs none, and its last one may go; whoever gets codes keeps one', async () => {
    const client_id = await registered({ ...native, redirect_uris: [], grant_types: [device] })
    expect((await read(client_id)).redirect_uris).toEqual([])
    const codes = await change(client_id, { grant_types: ['authorization_code'] })
    expect([codes.status, codes.body.error_description]).toEqual([
      400,
      'redirect_uris: at least one is needed.',
    ])
    const uris = `${clientsPath}/${client_id}/redirect-uris`
    await ask(app, ada, 'POST', uris, { uri: redirectUri })
    expect((await ask(app, ada, 'DELETE', uris, { uri: redirectUri })).body.redirect_uris).toEqual([])
  })

  test.each([
    ['native', 'com.example.app:/cb', true],
    ['native', 'http://127.0.0.1/cb', true],
    ['native', 'http://localhost:3000/cb', true],
    ['browser', 'com.example.app:/cb', false],
    ['browser', 'http://localhost:3000/cb', true],
    ['browser', 'https://photos.example/', true],
  ])('%s and %s: %s, registered or added', async (application_type, uri, fits) => {
    const answer = await register({ ...native, application_type, redirect_uris: [uri] })
    const client_id = await registered({ ...native, application_type, redirect_uris: ['https://a.example/'] })
    const added = await ask(app, ada, 'POST', `${clientsPath}/${client_id}/redirect-uris`, { uri })
    for (const { status, body } of [answer, added])
      expect([status, body.error]).toEqual(fits ? [200, undefined] : [400, 'invalid_redirect_uri'])
  })

  test('those of an app are looked at anew when it becomes something else', async () => {
    const client_id = await registered({ ...native, redirect_uris: ['com.example.app:/cb'] })
    const refused = await change(client_id, { application_type: 'browser' })
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_redirect_uri'])
    const moved = await change(client_id, { application_type: 'browser', redirect_uris: [redirectUri] })
    expect(moved.body).toMatchObject({ application_type: 'browser', redirect_uris: [redirectUri] })
  })
})

describe('public keys', () => {
  test('are kept without what else came with them, and the one way takes the place of the other', async () => {
    const client_id = await registered({ ...withKeys, jwks: { keys: [{ ...jwk, owner: 'x' }], more: 1 } })
    expect(await read(client_id)).toMatchObject({ jwks: { keys: [jwk] }, jwks_uri: null })
    expect(JSON.stringify(await read(client_id))).not.toContain('owner')
    const jwks_uri = 'https://photos.example/keys.json'
    expect((await change(client_id, { jwks_uri })).body).toMatchObject({ jwks: null, jwks_uri })
    expect((await change(client_id, { jwks })).body).toMatchObject({ jwks, jwks_uri: null })
    expect((await change(client_id, { name: 'Pictures', jwks: null })).body).toMatchObject({ jwks })
  })

  test.each([
    ['a private key', { jwks: { keys: [privateKey.export({ format: 'jwk' })] } }],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
    ['no key', { jwks: { keys: [] } }],
    ['no list', { jwks: jwk }],
    ['http', { jwks_uri: 'http://photos.example/keys' }],
    ['a fragment', { jwks_uri: 'https://photos.example/keys#one' }],
    ['an empty fragment', { jwks_uri: 'https://photos.example/keys#' }],
    ['user info', { jwks_uri: 'https://a:b@photos.example/keys' }],
    ['no URL', { jwks_uri: 'keys' }],
    ['a line break', { jwks_uri: 'https://photos.example/\nkeys' }],
    ['2049 characters', { jwks_uri: `https://photos.example/${'x'.repeat(2026)}` }],
  ])('%s is refused', async (_what, keys) => {
    const { status, body } = await register({ ...withKeys, jwks: undefined, ...keys })
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata'])
    expect(body.error_description).toMatch(/^jwks/)
  })
})

test('how a client proves who it is is never changed, and what would not fit it changes nothing', async () => {
  for (const form of [good, native, withKeys]) {
    const client_id = await registered(form)
    const before = await read(client_id)
    for (const changed of [
      { token_endpoint_auth_method: 'none' },
      { grant_types: ['refresh_token'] },
      form === withKeys ? { application_type: 'server' } : { jwks },
    ])
      expect((await change(client_id, { name: 'Pictures', ...changed })).status).toBe(400)
    expect(await read(client_id)).toEqual(before)
  }
  const client_id = await registered(native)
  expect((await change(client_id, { application_type: 'web' })).body.error).toBe('invalid_client_metadata')
})
