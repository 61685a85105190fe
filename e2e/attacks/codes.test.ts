/** Whoever comes by a code, or by the request that led to one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  aClient,
  redirectUri,
  type TestClient,
} from '../../packages/server/src/testing/people.ts'
import {
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { isLive, storxCode, storxRedeem } from './testing/access.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const refused = ({ status, body }: Answer) => [status, body.error]
const noGrant = [400, 'invalid_grant']
const halves = (code: string) => code.split('.') as [server: string, browser: string]
const formOf = (code: string) => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: redirectUri,
  code_verifier: scene.verifierOf(code),
})

describe('attack 13: code replay, same client', () => {
  test('attack 13: code replay, same client: a second later the code is refused, and what the first use gave ends at the storage network', async () => {
    const code = await scene.code()
    const { body } = await scene.exchange(code)
    expect(await isLive(scene, body.access_token)).toBe(true)
    scene.deps.clock.advance(1)
    expect(refused(await scene.exchange(code))).toEqual(noGrant)
    expect(await isLive(scene, body.access_token)).toBe(false)
    expect((await scene.post('/oauth2/introspect', { token: body.access_token })).body).toEqual({
      active: false,
    })
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token }
    expect(refused(await scene.post('/oauth2/token', refresh))).toEqual(noGrant)
  })

  test('attack 13: code replay, same client: what was renewed meanwhile ends as well, and long after the code had expired', async () => {
    const code = await scene.code()
    const { refresh_token } = (await scene.exchange(code)).body
    scene.deps.clock.advance(1800)
    const renewed = (await scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token })).body
    expect(await isLive(scene, renewed.access_token)).toBe(true)
    expect(refused(await scene.exchange(code))).toEqual(noGrant)
    expect(await isLive(scene, renewed.access_token)).toBe(false)
  })

  test('attack 13: code replay, same client: in the StorX dialect as well', async () => {
    const code = await storxCode(scene)
    const { body } = await storxRedeem(scene, code)
    expect(await isLive(scene, body.access_grant)).toBe(true)
    scene.deps.clock.advance(1)
    expect(refused(await storxRedeem(scene, code))).toEqual([400, 'invalid_code'])
    expect(await isLive(scene, body.access_grant)).toBe(false)
  })

  test('attack 13: code replay, same client: through the endpoint of the other dialect as well', async () => {
    const code = await scene.code()
    const { body } = await scene.exchange(code)
    await storxRedeem(scene, code, {
      passphrase: undefined,
      code_verifier: scene.verifierOf(code),
    })
    expect(await isLive(scene, body.access_token)).toBe(false)
  })
})

describe('attack 15: code substitution', () => {
  test('attack 15: code substitution: another client gets nothing for it, and its owner still everything', async () => {
    const other = await aClient(scene.app, scene.developer, { grant_types: ['authorization_code'] })
    const code = await scene.code()
    const form = formOf(code)
    expect(refused(await scene.post('/oauth2/token', form, other))).toEqual(noGrant)
    const { status, body } = await scene.exchange(code)
    expect(status).toBe(200)
    expect(refused(await scene.post('/oauth2/token', form, other))).toEqual(noGrant)
    expect(await isLive(scene, body.access_token)).toBe(true)
  })

  test('attack 15: code substitution: a public client that names itself gets nothing either', async () => {
    const other = await aClient(scene.app, scene.developer, {
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    })
    const code = await scene.code()
    const form = formOf(code)
    expect(
      refused(await posted(scene.app, '/oauth2/token', { ...form, client_id: other.client_id })),
    ).toEqual(noGrant)
    expect((await scene.exchange(code)).status).toBe(200)
  })

  test('attack 15: code substitution: in the StorX dialect as well', async () => {
    const other = await aClient(scene.app, scene.developer)
    const code = await storxCode(scene)
    expect(refused(await storxRedeem(scene, code, {}, other))).toEqual([400, 'invalid_code'])
    const { status, body } = await storxRedeem(scene, code)
    expect(status).toBe(200)
    expect(await isLive(scene, body.access_grant)).toBe(true)
  })
})

describe('attack 16: griefing by replay', () => {
  let code: string
  let access_token: string
  let other: TestClient
  beforeEach(async () => {
    other = await aClient(scene.app, scene.developer)
    code = await scene.code()
    access_token = (await scene.exchange(code)).body.access_token
  })
  afterEach(async () => expect(await isLive(scene, access_token)).toBe(true))

  test('attack 16: griefing by replay: a stranger with a used code ends nothing', async () => {
    const { client_id } = scene.client
    expect((await posted(scene.app, '/oauth2/token', { ...formOf(code), client_id })).status).toBe(401)
    const forged = await scene.assertion({}, {}, { ...scene.client, client_secret: other.client_secret })
    const proof = {
      client_assertion: forged,
      client_assertion_type: jwtBearer,
    }
    expect((await posted(scene.app, '/oauth2/token', { ...formOf(code), ...proof })).status).toBe(401)
    expect(
      (
        await storxRedeem(
          scene,
          code,
          { code_verifier: scene.verifierOf(code) },
          { ...scene.client, client_secret: other.client_secret },
        )
      ).status,
    ).toBe(401)
  })

  test('attack 16: griefing by replay: another client with a used code ends nothing', async () => {
    expect(refused(await scene.post('/oauth2/token', formOf(code), other))).toEqual(noGrant)
    const here = { passphrase: undefined, code_verifier: scene.verifierOf(code) }
    expect(refused(await storxRedeem(scene, code, here, other))).toEqual([400, 'invalid_code'])
  })

  test.each<[string, (server: string) => string]>([
    ['another last character', (server) => server.slice(0, -1) + (server.endsWith('A') ? 'E' : 'A')],
    ['one character less', (server) => server.slice(0, -1)],
    ['one character more', (server) => `${server}A`],
    ['half of it', (server) => server.slice(0, 21)],
    ['another letter case', (server) => server.toUpperCase() + server.slice(43)],
    ['a space behind it', (server) => `${server} `],
  ])(
    'attack 16: griefing by replay: a code with the right beginning and %s ends nothing, from its own client either',
    async (_what, change) => {
      const [server, browser] = halves(code)
      for (const sent of [change(server), `${change(server)}.${browser}`])
        expect(refused(await scene.exchange(sent))).toEqual(noGrant)
    },
  )
})

describe('attack 17: expired code', () => {
  test('attack 17: expired code: 61 seconds later it is refused, 59 seconds later it is not', async () => {
    const late = await scene.code()
    scene.deps.clock.advance(61)
    expect(refused(await scene.exchange(late))).toEqual(noGrant)
    const inTime = await scene.code()
    scene.deps.clock.advance(59)
    expect((await scene.exchange(inTime)).status).toBe(200)
  })

  test('attack 17: expired code: in the StorX dialect as well', async () => {
    const code = await storxCode(scene)
    scene.deps.clock.advance(61)
    expect(refused(await storxRedeem(scene, code))).toEqual([400, 'code_expired'])
  })
})

describe('attack 18: code with other redirect URI', () => {
  test.each([
    ['a slash', `${redirectUri}/`],
    ['letter case of the path', redirectUri.replace('callback', 'Callback')],
    ['letter case of the host', redirectUri.replace('photos', 'PHOTOS')],
    ['a port', redirectUri.replace('.example', '.example:443')],
    ['another port', redirectUri.replace('.example', '.example:8443')],
    ['a query', `${redirectUri}?x=1`],
    ['an empty query', `${redirectUri}?`],
    ['a fragment', `${redirectUri}#x`],
    ['http', redirectUri.replace('https', 'http')],
    ['an encoded letter', redirectUri.replace('callback', 'c%61llback')],
    ['another one that is registered', 'https://photos.example/other'],
  ])('attack 18: code with other redirect URI: %s is enough to be refused', async (_what, redirect_uri) => {
    const { deps, client } = scene
    const redirect_uris = [redirectUri, 'https://photos.example/other']
    await deps.store.clients.update(client.id, () => ({ redirect_uris }), deps.clock.now())
    expect(refused(await scene.exchange(await scene.code(), { redirect_uri }))).toEqual(noGrant)
    expect(refused(await storxRedeem(scene, await storxCode(scene), { redirect_uri }))).toEqual([
      400,
      'invalid_redirect_uri',
    ])
  })

  test('attack 18: code with other redirect URI: none at all is refused', async () => {
    expect(refused(await scene.exchange(await scene.code(), { redirect_uri: undefined }))).toEqual([
      400,
      'invalid_request',
    ])
  })
})
