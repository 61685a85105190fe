/** Whatever is sent, the answer is a clear 4xx in one shape, and no row is left behind. */
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowsOf } from './testing/rows.ts'
import {
  type Answer,
  aClient,
  aUser,
  call,
  type Person,
  type RegisteredClient,
  startServer,
  type TestServer,
} from './testing/story.ts'

interface Route {
  readonly method: string
  readonly path: string
  readonly door: 'developer' | 'user' | 'nobody'
  readonly hasBody: boolean
}

let server: TestServer
let client: RegisteredClient
let user: Person
let routes: Route[]

beforeAll(async () => {
  server = await startServer()
  client = await aClient(server)
  user = await aUser(server)
  const { body } = await call(server, 'GET', '/openapi.json')
  type Operation = { security?: Record<string, unknown>[]; requestBody?: unknown }
  routes = Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, (_all, name) =>
        name === 'id' && path.includes('clients') ? client.id : 'x',
      ),
      door: security.some((one) => 'developer' in one)
        ? 'developer'
        : security.some((one) => 'user' in one)
          ? 'user'
          : 'nobody',
      hasBody: requestBody !== undefined,
    })),
  )
})
afterAll(() => server.stop())

const tokenOf = (route: Route) =>
  route.door === 'developer'
    ? { token: client.developer.token }
    : route.door === 'user'
      ? { token: user.token }
      : {}

function expectRefused(answer: Answer, what: string): void {
  expect(answer.status, what).toBeGreaterThanOrEqual(400)
  expect(answer.status, what).toBeLessThan(500)
  expect(answer.body, what).toMatchObject({
    error: expect.stringMatching(/^[a-z_]+$/),
    error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    error_uri: expect.stringContaining('/errors/'),
  })
  expect(answer.headers.get('x-trace-id'), what).toBe(answer.body.trace_id)
  expect(answer.headers.get('content-type'), what).toMatch(/^application\/json/)
  expect(answer.headers.get('cache-control'), what).toBe('no-store')
}

/** How many rows every table has, records of what was refused left out. */
async function rowCounts(): Promise<Record<string, unknown>> {
  await server.deps.recorder.flush()
  const where = { data: server.data, database_url: '' }
  const tables = await rowsOf(where, "select name from sqlite_master where type = 'table'")
  const kept = tables
    .map(({ name }) => String(name))
    .filter((name) => !['token_requests', 'audit_events', 'limit_windows'].includes(name))
  const counts: Record<string, unknown> = {}
  for (const name of kept) counts[name] = (await rowsOf(where, `select count(*) as n from "${name}"`))[0]?.n
  return counts
}

test('the server publishes more than thirty operations, so that what follows is not about nothing', () => {
  expect(routes.filter(({ hasBody }) => hasBody).length).toBeGreaterThan(20)
  expect(routes.length).toBeGreaterThan(35)
})

describe('every operation with a body', () => {
  test.each<[string, string, Record<string, string>]>([
    ['malformed JSON', '{"email":', {}],
    ['JSON with something after it', '{} {}', {}],
    ['a list', '[]', {}],
    ['a text', '"x"', {}],
    ['a number', '1e999', {}],
    ['a key __proto__', '{"__proto__":{"admin":true}}', {}],
    ['a key constructor', '{"constructor":{"prototype":{"admin":true}}}', {}],
    ['another content type', 'a=b', { 'content-type': 'text/plain' }],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['JSON in UTF-16', '{}', { 'content-type': 'application/json; charset=utf-16' }],
    ['a compressed body', '{}', { 'content-encoding': 'gzip' }],
    ['more than the limit', `{"x":"${'x'.repeat(150_000)}"}`, {}],
  ])('refuses %s', async (what, body, headers) => {
    const before = await rowCounts()
    for (const route of routes.filter(({ hasBody }) => hasBody)) {
      const answer = await call(server, route.method, route.path, { ...tokenOf(route), body, headers })
      expectRefused(answer, `${what}: ${route.method} ${route.path}`)
    }
    expect(await rowCounts()).toEqual(before)
    expect(({} as { admin?: unknown }).admin).toBe(undefined)
  })

  test('refuses wrong types in every known field', async () => {
    const fields = [
      'email',
      'password',
      'newPassword',
      'client_id',
      'client_secret',
      'redirect_uri',
      'code',
      'scope',
      'name',
      'uri',
      'status',
      'request_id',
      'token',
      'old_uri',
      'fullName',
      'keep_previous_for',
    ]
    const before = await rowCounts()
    for (const route of routes.filter(({ hasBody }) => hasBody)) {
      for (const value of [-1, true, {}, [[]], 'x'.repeat(20_000)]) {
        const body = Object.fromEntries(fields.map((field) => [field, value]))
        const answer = await call(server, route.method, route.path, { ...tokenOf(route), body })
        expectRefused(answer, `${JSON.stringify(value).slice(0, 20)}: ${route.method} ${route.path}`)
      }
    }
    expect(await rowCounts()).toEqual(before)
  })

  test('answers a body of 5000 levels without a fault', async () => {
    const body = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`
    for (const route of routes.filter(({ hasBody }) => hasBody)) {
      const answer = await call(server, route.method, route.path, { ...tokenOf(route), body })
      expect(answer.status, `${route.method} ${route.path}`).toBeLessThan(500)
    }
  })

  test('refuses bytes that are no UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('{"client_id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
    for (const route of routes.filter(({ hasBody }) => hasBody)) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const { token } = { token: '', ...tokenOf(route) }
        const headers = {
          'content-type': 'application/json',
          'content-length': body.length,
          authorization: `Bearer ${token}`,
        }
        const sent = httpRequest(
          `${server.url}${route.path}`,
          { method: route.method, headers },
          (response) => {
            response.resume().on('end', () => resolve(response.statusCode))
          },
        )
        sent.on('error', reject).end(body)
      })
      expect(status, `${route.method} ${route.path}`).toBe(400)
    }
  })
})

test('every address answers other methods with 405 and says which it has', async () => {
  for (const path of new Set(routes.map((route) => route.path))) {
    const has = routes.filter((route) => route.path === path).map(({ method }) => method)
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
      (name) => !has.includes(name),
    )) {
      const answer = await call(server, method, path)
      expectRefused(answer, `${method} ${path}`)
      expect(answer.status, `${method} ${path}`).toBe(405)
      for (const known of has) expect(answer.headers.get('allow')).toContain(known)
    }
  }
})

test('every operation behind a door answers 401 to strangers, before it looks at the body', async () => {
  for (const route of routes.filter(({ door }) => door !== 'nobody')) {
    const other = route.door === 'developer' ? user.token : client.developer.token
    for (const token of ['', 'x'.repeat(43), other]) {
      const answer = await call(server, route.method, route.path, {
        token,
        ...(route.hasBody ? { body: '{' } : {}),
      })
      expect([answer.status, answer.body.error], `${route.method} ${route.path}`).toEqual([
        401,
        'unauthorized',
      ])
    }
  }
})

test('an unknown address is a 404 in the same shape', async () => {
  for (const path of [
    '/nothing',
    '/api/v0/oauth2/token/',
    '/api/v0/oauth2/%00',
    '/%',
    '/api/v0/../healthz',
  ]) {
    const answer = await call(server, 'GET', path)
    expectRefused(answer, path)
  }
})

test('a page of another origin cannot use a cookie, and a program without one can', async () => {
  const cookie = `_developer_tokenKey=${client.developer.token}`
  const path = `/api/v0/developer/auth/oauth2/clients/${client.id}/status`
  const from = (headers: Record<string, string>) =>
    call(server, 'PATCH', path, { headers: { cookie, ...headers }, body: { status: 1 } })
  expect((await from({ origin: 'https://evil.example' })).body.error).toBe('forbidden')
  expect((await from({ 'sec-fetch-site': 'cross-site' })).body.error).toBe('forbidden')
  expect((await from({ 'sec-fetch-site': 'same-site' })).body.error).toBe('forbidden')
  expect((await from({ origin: server.url })).status).toBe(200)
  expect((await from({})).status).toBe(200)
})

test('no error address leads nowhere: every error_uri is a page', async () => {
  const { body } = await call(server, 'POST', '/api/v0/oauth2/token', { body: {} })
  const page = await fetch(body.error_uri)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('invalid_request')
})
