/** What keeps the pages of others from deciding or clicking in our users' place, whatever browser there is. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { signedInAgain } from '../../packages/server/src/testing/people.ts'
import { type StandardScene, standardScene } from '../../packages/server/src/testing/standard-scene.ts'
import { consentPage } from './testing/access.ts'

const issuer = 'https://valetkey.test'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const stored = async () => {
  const { store, clock } = scene.deps
  const history = await store.requests.history(scene.user.account.id, scene.client.client_id, clock.now())
  return history.map(({ state }) => state)
}
/** As the user's browser sends it, cookie and all; whatever is not said is right. */
const post = (
  body: object | string,
  headers: Record<string, string | undefined> = {},
  token = scene.user.token,
) => {
  const sent = {
    'content-type': 'application/json',
    origin: issuer,
    'sec-fetch-site': 'same-origin',
    ...headers,
  }
  const given = Object.entries(sent).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return scene.app.inject({
    method: 'POST',
    url: '/consent',
    headers: Object.fromEntries(given),
    cookies: { _tokenKey: token },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
const decision = async (change: object = {}) => {
  const { data } = await consentPage(scene, scene.authorizationUrl({ scope: 'read' }))
  const { request_id, csrf_token } = data
  return {
    request_id,
    csrf_token,
    approve: true,
    approved_scopes: ['read'],
    project_id: data.projects[0]?.id,
    ...change,
  }
}

describe('attack 28: CSRF on consent', () => {
  test('attack 28: CSRF on consent: the page\u2019s own post is taken, so that each one below is refused for its one fault', async () => {
    expect((await post(await decision())).statusCode).toBe(200)
    expect(await stored()).toEqual(['approved'])
  })

  test.each<[string, (own: string) => object | Promise<object>]>([
    ['without a token', () => ({ csrf_token: undefined })],
    ['with an empty one', () => ({ csrf_token: '' })],
    ['with a made-up one', () => ({ csrf_token: 'A'.repeat(43) })],
    ['with the token of another request', async () => ({ csrf_token: (await decision()).csrf_token })],
    ['with one as a list', (own) => ({ csrf_token: [own] })],
  ])('attack 28: CSRF on consent: a post %s is refused, and nothing is stored', async (_what, change) => {
    const own = await decision()
    const { statusCode } = await post({ ...own, ...(await change(own.csrf_token)) })
    // What is no form at all is refused as such, before anybody looks whose it is.
    expect([400, 403]).toContain(statusCode)
    expect(new Set(await stored())).toEqual(new Set(['waiting']))
  })

  test('attack 28: CSRF on consent: a token of another session of the same user is refused', async () => {
    const { deps, user } = scene
    const other = await signedInAgain(deps, 'user', user.account)
    expect((await post(await decision(), {}, other.token)).statusCode).toBe(403)
    expect(await stored()).toEqual(['waiting'])
  })

  test('attack 28: CSRF on consent: a token is good for one decision', async () => {
    const own = await decision({ approve: false })
    expect((await post(own)).statusCode).toBe(200)
    const again = await post({ ...own, approve: true })
    expect([again.statusCode, again.json().error]).toEqual([400, 'request_not_pending'])
    expect(await stored()).toEqual(['rejected'])
  })

  test.each<[string, Record<string, string | undefined>]>([
    ['from another origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    [
      'from another origin, as an old browser tells it',
      { origin: 'https://evil.example', 'sec-fetch-site': undefined },
    ],
    ['from a frame without an origin', { origin: 'null', 'sec-fetch-site': undefined }],
    [
      'from the same site, but another host',
      { origin: 'https://x.valetkey.test', 'sec-fetch-site': 'same-site' },
    ],
    ['from our host, but http', { origin: 'http://valetkey.test', 'sec-fetch-site': undefined }],
    [
      'from a host that begins as ours',
      { origin: 'https://valetkey.test.evil.example', 'sec-fetch-site': undefined },
    ],
  ])(
    'attack 28: CSRF on consent: a post %s is refused, even with the right token',
    async (_what, headers) => {
      const own = await decision()
      expect((await post(own, headers)).statusCode).toBe(403)
      const url = '/api/v0/oauth2/consent'
      const { csrf_token: _, ...bare } = own
      const given = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      )
      const storx = await scene.app.inject({
        method: 'POST',
        url,
        headers: Object.fromEntries(given),
        cookies: { _tokenKey: scene.user.token },
        payload: bare,
      })
      expect(storx.statusCode).toBe(403)
      expect(await stored()).toEqual(['waiting'])
    },
  )

  test.each([
    'text/plain',
    'text/plain; application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])(
    'attack 28: CSRF on consent: JSON that says it is %s is refused, even with the right token',
    async (type) => {
      const { statusCode } = await post(await decision(), { 'content-type': type })
      expect([400, 403, 415]).toContain(statusCode)
      expect(await stored()).toEqual(['waiting'])
    },
  )

  test('attack 28: CSRF on consent: to look at the page decides nothing, and there is no other way to decide', async () => {
    const own = await decision()
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'] as const) {
      const url = `/consent?${new URLSearchParams({ request_id: own.request_id, csrf_token: own.csrf_token, approve: 'true' })}`
      const { statusCode } = await scene.app.inject({
        method,
        url,
        cookies: { _tokenKey: scene.user.token },
      })
      expect([404, 405]).toContain(statusCode)
    }
    expect(await stored()).toEqual(['waiting'])
  })
})

test('attack 30: clickjacking: every address that answers with a page forbids frames', async () => {
  const { request_id } = await decision()
  const asUser = { authorization: `Bearer ${scene.user.token}`, accept: 'text/html' }
  const filled = (route: string) =>
    route
      .replace(':request_id', request_id)
      .replace(':client_id', scene.client.client_id)
      .replace(/:\w+/g, 'x')
      .replace('*', 'x')
  const routes = routesOf(scene.app.printRoutes({ commonPrefix: false, method: 'GET' }))
  const pages: string[] = []
  for (const route of [...routes, '/nothing/here']) {
    for (const headers of [asUser, { accept: 'text/html' }]) {
      const { headers: answered } = await scene.app.inject({ url: filled(route), headers })
      if (!String(answered['content-type']).startsWith('text/html')) continue
      pages.push(route)
      expect([route, answered['x-frame-options']]).toEqual([route, 'DENY'])
      expect(answered['content-security-policy']).toContain("frame-ancestors 'none'")
    }
  }
  for (const page of [
    '/',
    '/sign-in',
    '/oauth2/authorize',
    '/oauth2-integration',
    '/consent/:request_id',
    '/device',
    '/nothing/here',
  ])
    expect(pages).toContain(page)
})

/** The addresses in Fastify's drawing of its routes. */
function routesOf(drawing: string): string[] {
  const above: string[] = []
  return drawing.split('\n').flatMap((line) => {
    const [, indent = '', part, methods = ''] = /^([│ ]*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? []
    if (part === undefined) return []
    const depth = indent.length / 4
    above.splice(depth, above.length, part)
    return methods.includes('GET') ? [above.join('')] : []
  })
}
