/** The standard dialect from the authorization endpoint to revocation, through the front. */
import { parseAccessGrant } from '@valetkey/access-grant'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aClient, redirectUri } from '../../testing/people.ts'
import {
  code_verifier,
  everyGrantType,
  type StandardScene,
  standardScene,
} from '../../testing/standard-scene.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

test('a code becomes an access grant in the words of RFC 6749', async () => {
  const { status, body, headers } = await scene.granted()
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body).toMatchObject({
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'read list bucket:photos offline_access',
    access_grant: body.access_token,
    authorization_details: [{ type: 'storage_access', bucket: 'photos', actions: ['read', 'list'] }],
  })
  expect(body.refresh_token).toMatch(/^[\w-]{43}\.[\w-]{43}$/)
  expect(parseAccessGrant(body.access_token).encryption_access.store_entries.length).toBeGreaterThan(0)
  expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
})

test('without offline_access the access grant lasts as long as the access, and nothing renews it', async () => {
  const { body } = await scene.granted({ scope: 'read' })
  expect(body.refresh_token).toBeUndefined()
  expect(body.expires_in).toBeGreaterThan(86_400)
})

test('the server half alone gives an access grant without keys, and the keys sealed', async () => {
  const code = await scene.code()
  const { body } = await scene.exchange(code.split('.')[0] ?? '')
  expect(parseAccessGrant(body.access_token).encryption_access.store_entries).toEqual([])
  expect(body.sealed_encryption_access).toMatch(/^[\w-]+$/)
  expect(body.refresh_token).toMatch(/^[\w-]{43}$/)
})

test('a refresh token is traded for its successor and a fresh access grant with the same keys', async () => {
  const first = (await scene.granted()).body
  scene.deps.clock.advance(3000)
  const { status, body } = await scene.post('/oauth2/token', {
    grant_type: 'refresh_token',
    refresh_token: first.refresh_token,
  })
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body.refresh_token).not.toBe(first.refresh_token)
  expect(body.access_token).not.toBe(first.access_token)
  const keys = (access_grant: string) => parseAccessGrant(access_grant).encryption_access
  expect(keys(body.access_token)).toEqual(keys(first.access_token))
})

test('a device gets what its user approves elsewhere, with the keys', async () => {
  const asked = await scene.post('/oauth2/device_authorization', { scope: 'read bucket:photos' })
  expect(asked.status, asked.text).toBe(200)
  const poll = () =>
    scene.post('/oauth2/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: asked.body.device_code,
    })
  expect((await poll()).body.error).toBe('authorization_pending')
  await scene.browser.decideForDevice(asked.body.user_code)
  scene.deps.clock.advance(6)
  const { status, body } = await poll()
  expect(status, JSON.stringify(body)).toBe(200)
  expect(parseAccessGrant(body.access_token).encryption_access.store_entries.length).toBeGreaterThan(0)
})

test('introspection tells the client of its own tokens, and revocation ends them', async () => {
  const { access_token, refresh_token } = (await scene.granted()).body
  const active = async (token: string) => (await scene.post('/oauth2/introspect', { token })).body
  expect(await active(access_token)).toMatchObject({
    active: true,
    client_id: scene.client.client_id,
    sub: scene.user.account.id,
    scope: 'read list bucket:photos',
    token_type: 'Bearer',
  })
  expect((await active(refresh_token)).active).toBe(true)
  const revoked = await scene.post('/oauth2/revoke', { token: refresh_token })
  expect([revoked.status, revoked.text]).toEqual([200, ''])
  expect(await active(access_token)).toEqual({ active: false })
  expect(await active(refresh_token)).toEqual({ active: false })
})

test('a pushed request is opened by its request_uri alone', async () => {
  const { searchParams } = new URL(scene.authorizationUrl(), 'http://here')
  const pushed = await scene.post('/oauth2/par', Object.fromEntries(searchParams))
  expect(pushed.status, pushed.text).toBe(201)
  const { request_uri } = pushed.body
  const { client_id } = scene.client
  const { parameters } = await scene.browser.decide(
    `/oauth2/authorize?${new URLSearchParams({ client_id, request_uri })}`,
  )
  expect(parameters).toMatchObject({ state: 'the state', iss: 'https://valetkey.test' })
  expect((await scene.exchange(parameters.code ?? '')).status).toBe(200)
})

test('whoever comes by the spent code of a public client, without its verifier, ends nothing', async () => {
  const pages = await aClient(scene.app, scene.developer, {
    name: 'Pages',
    token_endpoint_auth_method: 'none',
    application_type: 'browser',
    grant_types: everyGrantType,
  })
  const { client_id } = pages
  const code = await scene.code({ client_id })
  const redeem = (change: object = {}) =>
    scene.post(
      '/oauth2/token',
      {
        grant_type: 'authorization_code',
        client_id,
        code,
        redirect_uri: redirectUri,
        code_verifier,
        ...change,
      },
      'nobody',
    )
  const { refresh_token } = (await redeem()).body
  const refresh = () =>
    scene.post('/oauth2/token', { grant_type: 'refresh_token', client_id, refresh_token }, 'nobody')
  expect((await redeem({ code_verifier: 'w'.repeat(43) })).body.error).toBe('invalid_grant')
  expect((await refresh()).status).toBe(200)
  expect((await redeem()).body.error).toBe('invalid_grant')
  expect((await refresh()).body.error).toBe('invalid_grant')
})
