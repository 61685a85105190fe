import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ask } from '../testing/people.ts'
import { posted, type StandardScene, standardScene } from '../testing/standard-scene.ts'
import { limits } from './limit-table.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

/** The place with these settings. */
const where = (settings: object, assets?: Parameters<typeof buildApp>[1]) =>
  buildApp({ ...scene.deps, settings: { ...scene.deps.settings, ...settings } }, assets)

const quotaOf = (headers: Readonly<Record<string, unknown>>) => ({
  limit: headers['ratelimit-limit'],
  remaining: headers['ratelimit-remaining'],
  reset: headers['ratelimit-reset'],
  policy: headers['ratelimit-policy'],
  now: headers.ratelimit,
})
const nothing = quotaOf({})

describe('every route', () => {
  test('counts against somebody, but for files and what watches the process', () => {
    const unlimited = scene.app.routeLimits.filter(({ limit }) => limit === 'none').map(({ route }) => route)
    expect(unlimited.filter((route) => !route.startsWith('HEAD')).sort()).toEqual([
      'GET /assets/:file',
      'GET /favicon.svg',
      'GET /healthz',
      'GET /readyz',
    ])
    const changes = scene.app.routeLimits.filter(({ route }) => /^(?:POST|PUT|PATCH|DELETE)/.test(route))
    expect(changes.length).toBeGreaterThan(40)
    for (const { route, limit } of changes) expect(limit, route).not.toBe('none')
  })

  test('with a session counts for its account, wherever it is asked from', async () => {
    const most = limits.signed_in.hits
    const mine = (remoteAddress: string, { token } = scene.user) =>
      scene.app.inject({
        url: '/api/v0/auth/account',
        remoteAddress,
        headers: { authorization: `Bearer ${token}` },
      })
    for (let at = 0; at < most; at++) expect((await mine(`203.0.113.${at % 250}`)).statusCode).toBe(200)
    const { statusCode, headers } = await mine('198.51.100.4')
    expect(statusCode).toBe(429)
    expect(quotaOf(headers)).toEqual({
      limit: String(most),
      remaining: '0',
      reset: '60',
      policy: `"signed_in";q=${most};w=60`,
      now: '"signed_in";r=0;t=60',
    })
    expect(headers['retry-after']).toBe('60')
    const other = await ask(scene.app, scene.developer, 'GET', '/api/v0/developer/auth/account')
    expect(other.status).toBe(200)
    scene.deps.clock.advance(60)
    expect((await mine('198.51.100.4')).statusCode).toBe(200)
  })

  test('asked with sessions that are none counts for the network, and whoever has one is served beside them', async () => {
    const guess = async (): Promise<number> =>
      (
        await scene.app.inject({
          url: '/api/v0/auth/account',
          headers: { authorization: `Bearer ${'x'.repeat(43)}` },
        })
      ).statusCode
    for (let at = 0; at < limits.no_session.hits; at++) expect(await guess()).toBe(401)
    expect(await guess()).toBe(429)
    expect((await ask(scene.app, scene.user, 'GET', '/api/v0/auth/account')).status).toBe(200)
  })

  test('open to anybody counts for the network, as the setting says', async () => {
    const app = await where({ network_limit: 3 })
    const look = (remoteAddress: string, url = '/.well-known/oauth-authorization-server') =>
      app.inject({ url, remoteAddress })
    const told: unknown[] = []
    for (let at = 0; at < 3; at++) {
      const { statusCode, headers } = await look('2001:db8:1:2::1')
      told.push([statusCode, headers['ratelimit-remaining']])
    }
    expect(told).toEqual([
      [200, '2'],
      [200, '1'],
      [200, '0'],
    ])
    const refused = await look('2001:db8:1:2::2', '/errors')
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '60'])
    expect((await look('2001:db8:1:3::1')).statusCode).toBe(200)
    // Who watches the process is never told to wait, and clients that prove who they are do not wait here.
    expect((await look('2001:db8:1:2::1', '/healthz')).statusCode).toBe(200)
    const form = { token: 'x', client_id: scene.client.client_id, client_secret: await scene.assertion() }
    const asked = await app.inject({
      method: 'POST',
      url: '/oauth2/introspect',
      remoteAddress: '2001:db8:1:2::1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form).toString(),
    })
    expect(asked.statusCode).toBe(200)
    await app.close()
  })

  test('counts nothing with limits off', async () => {
    const app = await where({ network_limit: 1, rate_limits: false })
    for (let at = 0; at < 3; at++) {
      const { statusCode, headers } = await app.inject('/errors')
      expect([statusCode, quotaOf(headers)]).toEqual([200, nothing])
    }
    await app.close()
  })
})

describe('the headers', () => {
  test('tell of the limit with the least left', async () => {
    const form = { email: 'ada@people.example', password: 'wrong' }
    const answer = await ask(scene.app, scene.user, 'POST', '/api/v0/projects', { name: 'A project' })
    expect([answer.status, answer.headers['ratelimit-policy'], answer.headers.ratelimit]).toEqual([
      200,
      '"project";q=50;w=3600',
      '"project";r=49;t=3600',
    ])
    // What was refused for another reason says nothing of limits.
    const { status, headers } = await ask(scene.app, undefined, 'POST', '/api/v0/auth/token', form)
    expect([status, quotaOf(headers)]).toEqual([401, nothing])
  })

  test('can be read by the pages of a browser client', async () => {
    const { body } = await ask(scene.app, scene.developer, 'POST', '/api/v0/developer/auth/oauth2/clients', {
      name: 'A page',
      application_type: 'browser',
      redirect_uris: ['https://page.example/cb'],
      token_endpoint_auth_method: 'none',
    })
    const form = { client_id: body.client_id, token: 'x' }
    const { headers } = await posted(scene.app, '/oauth2/revoke', form, { origin: 'https://page.example' })
    const exposed = String(headers['access-control-expose-headers'])
    for (const name of [
      'retry-after',
      'ratelimit',
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
    ])
      expect(exposed).toContain(name)
  })
})
