/** What is renewed is what was granted, whatever the client brings along; and devices, which ask again and again. */
import { randomBytes } from 'node:crypto'
import {
  type AccessGrant,
  cipherSuite,
  effectivePaths,
  parseAccessGrant,
  serializeAccessGrant,
} from '@valetkey/access-grant'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tokenHash } from '../ids.ts'
import { aClient, ask, clientsPath, redirectUri } from '../testing/people.ts'
import { everyGrantType, posted, type StandardScene, standardScene } from '../testing/standard-scene.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const pathsOf = (access_grant: string) => effectivePaths(parseAccessGrant(access_grant).api_key)
const refresh = (form: object) => scene.post('/oauth2/token', { grant_type: 'refresh_token', ...form })

/** Approved by a call of the contract, so that no browser sealed anything and the app has the passphrase. */
async function granted(scopes: readonly string[]) {
  const { app, user } = scene
  const headers = { authorization: `Bearer ${user.token}` }
  const url = scene.authorizationUrl({ scope: [...scopes, 'offline_access'].join(' ') })
  const { headers: answered } = await app.inject({ method: 'GET', url, headers })
  const request_id = String(answered.location).split('/').at(-1)
  const decision = { request_id, approve: true, approved_scopes: scopes }
  const { body } = await ask(app, user, 'POST', '/api/v0/oauth2/consent', decision)
  return (await scene.exchange(body.code, { passphrase: 'a passphrase' })).body
}

describe('an access grant that is sent to be renewed', () => {
  const forgeries = {
    'keys for every path of the bucket': (grant) => ({
      ...grant,
      api_key: { ...grant.api_key, caveats: [] },
      encryption_access: {
        default_path_cipher: cipherSuite.aes_gcm,
        store_entries: [
          {
            bucket: Buffer.from('photos'),
            unencrypted_path: Buffer.from('2024'),
            encrypted_path: Buffer.from([2]),
            key: randomBytes(32),
            path_cipher: cipherSuite.aes_gcm,
          },
        ],
      },
    }),
    'another root key': (grant) => ({
      ...grant,
      encryption_access: { ...grant.encryption_access, default_key: randomBytes(32) },
    }),
    'no cipher for paths': (grant) => ({
      ...grant,
      encryption_access: { ...grant.encryption_access, default_path_cipher: cipherSuite.null },
    }),
  } satisfies Readonly<Record<string, (grant: AccessGrant) => AccessGrant>>
  test.each(Object.entries(forgeries))('opens no other path with %s', async (_what, forge) => {
    const first = await granted(['read', 'list', 'delete', 'bucket:photos;2024'])
    const access_grant = serializeAccessGrant(forge(parseAccessGrant(first.access_token)))
    const { status, body } = await refresh({ refresh_token: first.refresh_token, access_grant })
    if (status === 200) expect(pathsOf(body.access_token)).toEqual(pathsOf(first.access_token))
    else expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  test('whose keys are those of other places is refused, and costs nothing', async () => {
    const { access_token, refresh_token } = await granted(['read', 'list', 'delete', 'bucket:photos;2024'])
    const forged = forgeries['keys for every path of the bucket'](parseAccessGrant(access_token))
    const access_grant = serializeAccessGrant(forged)
    const refused = await refresh({ refresh_token, access_grant })
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_request'])
    const { status, body } = await refresh({ refresh_token, access_grant: access_token })
    expect([status, pathsOf(body.access_token)]).toEqual([200, pathsOf(access_token)])
  })

  test('a passphrase that is another one is refused, and costs nothing', async () => {
    const { refresh_token } = await granted(['read', 'bucket:photos;2024'])
    const wrong = await refresh({ refresh_token, passphrase: 'another passphrase' })
    expect([wrong.status, wrong.body.error]).toEqual([400, 'invalid_request'])
    expect((await refresh({ refresh_token, passphrase: 'a passphrase' })).status).toBe(200)
  })

  test('hands its keys on, and so does the passphrase', async () => {
    const first = await granted(['read', 'bucket:photos;2024'])
    const keysOf = (access_grant: string) => parseAccessGrant(access_grant).encryption_access
    const second = await refresh({ refresh_token: first.refresh_token, access_grant: first.access_token })
    expect(keysOf(second.body.access_token)).toEqual(keysOf(first.access_token))
    const third = await refresh({ refresh_token: second.body.refresh_token, passphrase: 'a passphrase' })
    expect(keysOf(third.body.access_token)).toEqual(keysOf(first.access_token))
    expect(pathsOf(third.body.access_token)).toEqual(pathsOf(first.access_token))
  })
})

describe('no more than the client is registered for today', () => {
  const register = (change: object) =>
    ask(scene.app, scene.developer, 'PUT', `${clientsPath}/${scene.client.id}`, change)

  test('a code for more is not redeemed, and access to more is not renewed', async () => {
    const { refresh_token } = (await scene.granted()).body
    const code = await scene.code({ code_challenge: tokenHash(verifier) })
    expect((await register({ scopes: ['read', 'bucket:films'] })).status).toBe(200)
    expect((await scene.exchange(code, { code_verifier: verifier })).body.error).toBe('invalid_scope')
    expect((await refresh({ refresh_token })).body.error).toBe('invalid_scope')
  })

  test('a client that may not refresh any more gets nothing to refresh with', async () => {
    const code = await scene.code()
    expect((await register({ grant_types: ['authorization_code'] })).status).toBe(200)
    const { status, body } = await scene.exchange(code)
    expect([status, body.refresh_token]).toEqual([200, undefined])
  })
})

test.each([
  ['in the past', -1],
  ['now', 0],
])('an end that lies %s is refused, and the token is as good as before', async (_when, ahead) => {
  const { refresh_token } = (await scene.granted()).body
  const not_after = scene.deps.clock.now() + ahead
  const details = [{ type: 'storage_access', bucket: 'photos', actions: ['read'], not_after }]
  const refused = await refresh({ refresh_token, authorization_details: JSON.stringify(details) })
  expect([refused.status, refused.body.error]).toEqual([400, 'invalid_authorization_details'])
  expect((await refresh({ refresh_token })).status).toBe(200)
})

test('two ways to narrow at once are refused', async () => {
  const { refresh_token } = (await scene.granted()).body
  const authorization_details = JSON.stringify([
    { type: 'storage_access', bucket: 'photos', actions: ['read'] },
  ])
  const { body } = await refresh({ refresh_token, authorization_details, scope: 'write' })
  expect(body.error).toBe('invalid_authorization_details')
})

test('a code of the standard dialect is none at the token endpoint of the other, and stays good', async () => {
  const code = await scene.code()
  const { client_id } = scene.client
  const client_secret = await scene.assertion()
  const form = { client_id, client_secret, redirect_uri: redirectUri, code }
  const { status, body } = await ask(scene.app, undefined, 'POST', '/api/v0/oauth2/token', form)
  expect([status, body.error]).toEqual([400, 'invalid_code'])
  expect((await scene.exchange(code)).status).toBe(200)
})

describe('a public client', () => {
  test.each([
    ['without a code_challenge', {}, {}],
    ['that has to push', { require_pushed_authorization_requests: true }, { code_challenge: 'x'.repeat(43) }],
    ['for devices alone', { grant_types: [everyGrantType[2]] }, { code_challenge: 'x'.repeat(43) }],
  ])('%s gets no code by a call of the contract', async (_what, kind, change) => {
    const { client_id } = await aClient(scene.app, scene.developer, {
      name: 'Pages',
      token_endpoint_auth_method: 'none',
      application_type: 'browser',
      ...kind,
    })
    const form = { client_id, redirect_uri: redirectUri, scope: ['read'], ...change }
    const { status } = await ask(scene.app, scene.user, 'POST', '/api/v0/oauth2/request', form)
    expect(status).toBe(400)
  })
})

describe('a device', () => {
  const grant_type = everyGrantType[2] ?? ''
  const begun = async () =>
    (await scene.post('/oauth2/device_authorization', { scope: 'read offline_access' })).body
  const poll = (device_code: string) => scene.post('/oauth2/token', { grant_type, device_code })

  test('that asks while its user approves is told to wait, and then gets its access', async () => {
    const { device_code, user_code } = await begun()
    const { store } = scene.deps
    const asked = store.devices.poll
    // The approval comes between what the request read first and its look at the device.
    store.devices.poll = async (...which) => {
      store.devices.poll = asked
      await scene.browser.decideForDevice(user_code)
      return asked(...which)
    }
    expect((await poll(device_code)).status).toBe(200)
  })

  test('whose answer was lost ends nothing by asking again at once, and everything by asking much later', async () => {
    const { device_code, user_code } = await begun()
    await scene.browser.decideForDevice(user_code)
    const { refresh_token } = (await poll(device_code)).body
    expect((await poll(device_code)).body.error).toBe('invalid_grant')
    const next = await refresh({ refresh_token })
    expect(next.status).toBe(200)
    scene.deps.clock.advance(60)
    expect((await poll(device_code)).body.error).toBe('invalid_grant')
    expect((await refresh({ refresh_token: next.body.refresh_token })).body.error).toBe('invalid_grant')
  })

  test('two requests at once get one access between them, and it lives', async () => {
    const { device_code, user_code } = await begun()
    await scene.browser.decideForDevice(user_code)
    const answers = await Promise.all([poll(device_code), poll(device_code)])
    const [good] = answers.filter(({ status }) => status === 200)
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    expect((await refresh({ refresh_token: good?.body.refresh_token })).status).toBe(200)
  })
})

test('pages of a client that is deactivated read no answer any more', async () => {
  const origin = 'https://pages.example'
  const { id, client_id } = await aClient(scene.app, scene.developer, {
    name: 'Pages',
    redirect_uris: [`${origin}/callback`],
    token_endpoint_auth_method: 'none',
    application_type: 'browser',
  })
  await ask(scene.app, scene.developer, 'PATCH', `${clientsPath}/${id}/status`, { status: 0 })
  const { headers } = await posted(scene.app, '/oauth2/token', { client_id }, { origin })
  expect(headers['access-control-allow-origin']).toBeUndefined()
})

const verifier = 'v'.repeat(43)
