/** Who may end access or ask about it, and when it is over. */

import { randomBytes } from 'node:crypto'
import {
  fullPermission,
  parseAccessGrant,
  restrictAccessGrant,
  serializeAccessGrant,
} from '@valetkey/access-grant'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../../packages/server/src/app.ts'
import { createEmbeddedNetwork } from '../../packages/server/src/network/embedded.ts'
import { openPostgres } from '../../packages/server/src/store/postgres.ts'
import { aClient, ask, type TestClient } from '../../packages/server/src/testing/people.ts'
import {
  everyGrantType,
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { createDatabase } from '../testing/database.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const revoke = (token: string, more: object = {}, as?: TestClient) =>
  scene.post('/oauth2/revoke', { token, ...more }, as)
const isActive = async (token: string): Promise<boolean> =>
  (await scene.post('/oauth2/introspect', { token })).body.active
const refresh = (refresh_token: string) =>
  scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token })
const anotherClient = () => aClient(scene.app, scene.developer, { grant_types: everyGrantType })
const lets = (access_grant: string, network = scene.deps.network) =>
  network.check(parseAccessGrant(access_grant).api_key, {
    op: 'read',
    bucket: 'photos',
    encrypted_path: Buffer.from('x'),
  })

test('attack 66: revocation abuse: a foreign, unknown or malformed token is answered 200 like any, and nothing ends', async () => {
  const own = await scene.grantedTo(scene.client)
  const stranger = await anotherClient()
  const narrowed = serializeAccessGrant(
    restrictAccessGrant(parseAccessGrant(own.access_token), fullPermission, [], randomBytes(4)),
  )
  for (const token of [
    own.refresh_token,
    own.access_token,
    narrowed,
    'x',
    '\u00fc',
    'x'.repeat(60_000),
    randomBytes(32).toString('base64url'),
  ]) {
    const { status, text } = await revoke(token, {}, stranger)
    expect([status, text]).toEqual([200, ''])
  }
  expect([await isActive(own.refresh_token), await isActive(own.access_token)]).toEqual([true, true])
  expect(await lets(own.access_token)).toMatchObject({ allowed: true })
})

test('attack 66: revocation abuse: a wrong hint finds the token all the same, and a second time changes nothing', async () => {
  for (const [name, token_type_hint] of [
    ['refresh_token', 'access_token'],
    ['access_token', 'refresh_token'],
    ['refresh_token', 'saml2'],
  ] as const) {
    const granted = await scene.grantedTo(scene.client)
    for (let again = 0; again < 2; again++) {
      const { status, text } = await revoke(granted[name], { token_type_hint })
      expect([status, text]).toEqual([200, ''])
    }
    expect([await isActive(granted.refresh_token), await isActive(granted.access_token)]).toEqual([
      false,
      false,
    ])
    expect((await refresh(granted.refresh_token)).body.error).toBe('invalid_grant')
    expect(await lets(granted.access_token)).toMatchObject({ allowed: false })
  }
})

test('attack 66: revocation abuse: of ten races between a revocation and a refresh none leaves anything alive', async () => {
  for (let race = 0; race < 10; race++) {
    const granted = await scene.grantedTo(scene.client)
    const order = [() => refresh(granted.refresh_token), () => revoke(granted.refresh_token)]
    const answers = await Promise.all((race % 2 === 0 ? order : order.toReversed()).map((send) => send()))
    const refreshed = answers.find(({ text }) => text !== '')
    for (const token of [
      granted.access_token,
      granted.refresh_token,
      refreshed?.body.access_token,
      refreshed?.body.refresh_token,
    ]) {
      if (token === undefined) continue
      expect(await isActive(token)).toBe(false)
      if (!/^[\w-]{43}\./.test(token)) expect(await lets(token)).toMatchObject({ allowed: false })
    }
    if (refreshed?.status === 200)
      expect((await refresh(refreshed.body.refresh_token)).body.error).toBe('invalid_grant')
  }
})

test('attack 67: revoked but alive: what one server ends, the storage refuses at once when asked through another', async () => {
  const database_url = await createDatabase()
  const [store, elsewhere] = [await openPostgres(database_url), await openPostgres(database_url)]
  const other = await standardScene({ store })
  const { deps, client, user } = other
  const second = { ...deps, store: elsewhere }
  const storage = createEmbeddedNetwork(second, deps.settings.satellite_address)
  const app = await buildApp({ ...second, network: storage })
  const activeThere = async (token: string): Promise<boolean> => {
    const form = { token, client_assertion: await other.assertion(), client_assertion_type: jwtBearer }
    return (await posted(app, '/oauth2/introspect', form)).body.active
  }
  const ends: Readonly<
    Record<string, (granted: { refresh_token: string; access_token: string }) => Promise<unknown>>
  > = {
    'by its refresh token': ({ refresh_token }) => other.post('/oauth2/revoke', { token: refresh_token }),
    'by the access grant': ({ access_token }) => other.post('/oauth2/revoke', { token: access_token }),
    'by its user': () =>
      ask(other.app, user, 'DELETE', `/api/v0/auth/developer-access/${client.client_id}/revoke`),
    'by a refresh token that was used before': async ({ refresh_token }) => {
      const form = { grant_type: 'refresh_token', refresh_token }
      const { body } = await other.post('/oauth2/token', form)
      await other.post('/oauth2/token', { ...form, refresh_token: body.refresh_token })
      expect((await other.post('/oauth2/token', form)).body.error).toBe('invalid_grant')
    },
    'by the end of its client': () =>
      ask(other.app, other.developer, 'PATCH', `/api/v0/developer/auth/oauth2/clients/${client.id}/status`, {
        status: 0,
      }),
  }
  for (const [how, end] of Object.entries(ends)) {
    const granted = await other.grantedTo(other.client)
    expect(await lets(granted.access_token, storage), how).toMatchObject({ allowed: true })
    expect(await activeThere(granted.access_token), how).toBe(true)
    await end(granted)
    expect(await lets(granted.access_token, storage), how).toMatchObject({ allowed: false })
    if (how !== 'by the end of its client') expect(await activeThere(granted.access_token), how).toBe(false)
  }
  await app.close()
  await elsewhere.close()
  await other.close()
})

test('attack 68: introspection scanning: nobody asks without proof, and others are told that it is not active', async () => {
  const own = await scene.grantedTo(scene.client)
  const stranger = await anotherClient()
  for (const token of [own.access_token, own.refresh_token, 'x']) {
    const nameless = await scene.post('/oauth2/introspect', { token }, 'nobody')
    expect([nameless.status, nameless.body.error]).toEqual([401, 'invalid_client'])
    const bearer = await posted(
      scene.app,
      '/oauth2/introspect',
      { token },
      { authorization: `Bearer ${own.access_token}` },
    )
    expect([bearer.status, bearer.body.error]).toEqual([401, 'invalid_client'])
    const named = await scene.post(
      '/oauth2/introspect',
      { token, client_id: scene.client.client_id },
      'nobody',
    )
    expect([named.status, named.body.error]).toEqual([401, 'invalid_client'])
    const { status, text } = await scene.post('/oauth2/introspect', { token }, stranger)
    expect([status, text]).toEqual([200, '{"active":false}'])
  }
  expect(await isActive(own.access_token)).toBe(true)
})

test('attack 68: introspection scanning: a public client, which proves nothing, is told nothing of its own tokens either', async () => {
  const open = await aClient(scene.app, scene.developer, {
    grant_types: everyGrantType,
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  })
  const answer = await scene.post('/oauth2/introspect', { token: 'x', client_id: open.client_id }, 'nobody')
  expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
})

test('attack 68: introspection scanning: only a gateway that the operator named sees the tokens of others', async () => {
  const gateway = await anotherClient()
  const own = await scene.grantedTo(scene.client)
  const settings = { ...scene.deps.settings, gateways: [gateway.client_id] }
  const app = await buildApp({ ...scene.deps, settings })
  const asked = async (as: TestClient) => {
    const client_assertion = await scene.assertion({}, {}, as)
    return posted(app, '/oauth2/introspect', {
      token: own.access_token,
      client_assertion,
      client_assertion_type: jwtBearer,
    })
  }
  const { body } = await asked(gateway)
  expect(body).toMatchObject({ active: true, client_id: scene.client.client_id })
  for (const secret of ['access_grant', 'access_token', 'email', 'head', 'api_key'])
    expect(Object.keys(body)).not.toContain(secret)
  expect((await asked(await anotherClient())).text).toBe('{"active":false}')
  await app.close()
})
