import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Office, office, operator } from '../testing/operator.ts'
import { refusalScene } from '../testing/refusal-scene.ts'

let scene: Office
beforeEach(async () => {
  scene = await office({
    settings: { admin_token: `${operator.token},another-token-for-a-while-of-32-chars` },
  })
})
afterEach(() => scene.close())

/** Every address of the door, as the published API has it. */
async function addresses(): Promise<readonly { method: 'GET' | 'POST' | 'PUT' | 'DELETE'; url: string }[]> {
  const { body } = await scene.ask(undefined, 'GET', '/openapi.json')
  const paths: Record<string, Record<string, { security?: { operator?: unknown }[] }>> = body.paths
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security?.[0]?.operator !== undefined)
      .map(([method]) => ({
        method: method.toUpperCase() as 'GET',
        url: path.replaceAll(/\{\w+\}/g, scene.user.account.email),
      })),
  )
}

test('attack: without the token, or with a session, no address of the door does anything', async () => {
  const all = await addresses()
  expect(all.length).toBeGreaterThan(25)
  for (const who of [undefined, scene.developer, scene.user]) {
    // Failures are counted, by network.
    const place = await scene.where({ settings: { ...scene.deps.settings, rate_limits: false } })
    for (const { method, url } of all) {
      const { status } = await place.ask(who, method, url, method === 'GET' ? undefined : {})
      expect([method, url, status]).toEqual([method, url, 401])
    }
  }
})

test.each([
  ['as a cookie', { cookie: `_admin_tokenKey=${operator.token}` }],
  ['without Bearer', { authorization: operator.token }],
  ['cut short', { authorization: `Bearer ${operator.token.slice(0, -1)}` }],
  ['with one character more', { authorization: `Bearer ${operator.token}x` }],
  ['both at once', { authorization: `Bearer ${operator.token},another-token-for-a-while-of-32-chars` }],
  ['empty', { authorization: 'Bearer ' }],
  ['in the name of a developer', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
])('attack: a token %s is none', async (_, headers) => {
  const { status, body } = await scene.send({ method: 'GET', url: '/api/v0/admin/statistics', headers })
  expect([status, body.error]).toEqual([401, 'unauthorized'])
  expect(JSON.stringify(body)).not.toContain(operator.token.slice(0, 12))
})

test('either of two tokens is the operator, while one replaces the other', async () => {
  for (const token of [operator.token, 'another-token-for-a-while-of-32-chars']) {
    const answer = await scene.ask({ ...operator, token }, 'GET', '/api/v0/admin/statistics')
    expect(answer.status).toBe(200)
  }
})

test('attack: guesses are slowed down by network, and never keep the operator out', async () => {
  const guess = () =>
    scene.send({
      url: '/api/developers',
      headers: { authorization: 'Bearer guess' },
      remoteAddress: '198.51.100.7',
    })
  for (let tries = 0; tries < 30; tries++) expect((await guess()).status).toBe(401)
  const slowed = await guess()
  expect(slowed.status).toBe(429)
  expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(0)
  const here = { headers: { authorization: `Bearer ${operator.token}` }, remoteAddress: '198.51.100.7' }
  expect((await scene.send({ url: '/api/developers', ...here })).status).toBe(200)
})

test('attack: a flood of anything from the network of the operator keeps nobody with the token waiting', async () => {
  const place = await scene.where({ settings: { ...scene.deps.settings, network_limit: 5 } })
  for (let at = 0; at < 5; at++) await place.ask(undefined, 'GET', '/errors')
  expect((await place.ask(undefined, 'GET', '/errors')).status).toBe(429)
  for (const path of ['/api/v0/admin/statistics', '/api/developers'])
    expect((await place.ask(operator, 'GET', path)).status).toBe(200)
  expect((await place.ask({ ...operator, token: 'guess' }, 'GET', '/api/developers')).status).toBe(401)
})

test('without the setting there is no such door: its addresses are like any other that is not there', async () => {
  const closed = await refusalScene()
  const nowhere = await closed.ask(operator, 'GET', '/api/nowhere')
  for (const path of ['/api/developers', '/api/v0/admin/statistics', '/api/v0/admin/users/x/export']) {
    const { status, body } = await closed.ask(operator, 'GET', path)
    expect([status, { ...body, trace_id: '' }]).toEqual([404, { ...nowhere.body, trace_id: '' }])
  }
  expect((await closed.ask(operator, 'DELETE', '/api/developers/x')).status).toBe(404)
  await closed.close()
})

test('the token is in no line of the log', async () => {
  await scene.admin('GET', '/api/v0/admin/statistics')
  await scene.ask({ ...operator, token: `${operator.token}x` }, 'GET', '/api/developers')
  expect(scene.deps.logLines.join('\n')).not.toContain(operator.token)
})
