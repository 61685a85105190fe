/**
 * Whatever is sent, the answer is a clear 4xx in one shape, and no row is left behind or changed. What is wrong inside a
 * form, or in what is registered by program, is in `bad-forms.test.ts`.
 */
import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectRefused, keptRows } from './testing/refused.ts'
import {
  aClient,
  aCode,
  aUser,
  call,
  clientsPath,
  jwtSecret,
  type Person,
  password,
  type RegisteredClient,
  redirectUri,
  startServer,
  type TestServer,
} from './testing/story.ts'

interface Route {
  /** Method and path as the API publishes them. */
  readonly name: string
  readonly method: string
  readonly path: string
  /** Who may call it; `client` is one that manages itself. */
  readonly door: 'developer' | 'user' | 'client' | 'nobody'
  readonly hasBody: boolean
  /** Whether the fields of its body are those of the StorX dialect and the console: in JSON, and named when refused. */
  readonly namesFields: boolean
  /** The fields that its body may have. */
  readonly fields: readonly string[]
}

let server: TestServer
let client: RegisteredClient
/** A client that was registered by program, with the token that manages it. */
let itself: { readonly client_id: string; readonly registration_access_token: string }
let user: Person
let routes: Route[]

beforeAll(async () => {
  server = await startServer()
  client = await aClient(server)
  user = await aUser(server)
  const { token } = client.developer
  itself = (await call(server, 'POST', '/oauth2/register', { token, body: { redirect_uris: [redirectUri] } }))
    .body
  routes = await publishedRoutes()
})
afterAll(() => server.stop())

/** Every operation of the published API, those of a client about `client`. */
async function publishedRoutes(): Promise<Route[]> {
  const { body } = await call(server, 'GET', '/openapi.json')
  type Operation = {
    security?: Record<string, unknown>[]
    requestBody?: { content: Record<string, unknown> }
    tags?: string[]
  }
  const fieldsIn = (schema: unknown): string[] => {
    if (typeof schema !== 'object' || schema === null) return []
    if ('properties' in schema) return Object.keys(schema.properties ?? {})
    return Object.values(schema).flatMap(fieldsIn)
  }
  return Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security = [], requestBody, tags = [] }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, (_all, name) =>
        name === 'client_id' ? itself.client_id : name === 'id' && path.includes('clients') ? client.id : 'x',
      ),
      door: path.includes('{client_id}')
        ? 'client'
        : security.some((one) => 'developer' in one)
          ? 'developer'
          : security.some((one) => 'user' in one)
            ? 'user'
            : 'nobody',
      hasBody: requestBody !== undefined,
      namesFields: requestBody?.content['application/json'] !== undefined && !tags.includes('registration'),
      fields: fieldsIn(requestBody),
    })),
  )
}

type GoodBodies = Record<string, [body: Record<string, unknown>, status: number]>

/** For every operation a body with all its fields and nothing wrong in it, and what it is answered. */
async function goodBodies(): Promise<GoodBodies> {
  const { code } = await aCode(server, client, user)
  const projects = await call(server, 'GET', '/api/v0/projects', { token: user.token })
  const developer = '/api/v0/developer/auth'
  const one = `${clientsPath}/{id}`
  const redirectUris = [redirectUri, 'https://photos.example/second']
  const clientFields = {
    ...{ name: 'Photos', redirect_uris: redirectUris, description: 'x', scopes: ['read'] },
    ...{ grant_types: ['authorization_code'], application_type: 'web', jwks: null, jwks_uri: null },
    require_pushed_authorization_requests: false,
  }
  const webhookFields = { url: 'https://localhost/hooks', events: ['grant.approved'], description: 'x' }
  const accounts = (prefix: string, { email }: Person): GoodBodies => {
    const fresh = `${randomUUID()}@people.example`
    const names = { fullName: 'Ada Example', name: 'Ada', companyName: 'Engines' }
    return {
      [`POST ${prefix}/register`]: [{ ...names, email: fresh, password }, 200],
      [`PATCH ${prefix}/code-activation`]: [{ email, code: '123456', signupId: 'x' }, 401],
      [`POST ${prefix}/token`]: [{ email, password, rememberForOneWeek: false }, 200],
      [`PATCH ${prefix}/account`]: [{ fullName: 'Ada Example' }, 200],
      [`POST ${prefix}/forgot-password`]: [{ email }, 200],
      [`POST ${prefix}/reset-password-with-token`]: [{ token: 'x', newPassword: `new ${password}` }, 401],
      [`POST ${prefix}/reset-password-after-login`]: [{ newPassword: `new ${password}` }, 400],
    }
  }
  return {
    ...accounts(developer, client.developer),
    ...accounts('/api/v0/auth', user),
    'POST /api/v0/projects': [{ name: 'Second' }, 200],
    'POST /api/v0/oauth2/request': [
      {
        client_id: client.client_id,
        redirect_uri: redirectUri,
        scope: ['read'],
        state: 'x',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      },
      200,
    ],
    'POST /api/v0/oauth2/consent': [
      {
        request_id: await aRequest(),
        approve: true,
        approved_scopes: ['read'],
        rejected_scopes: ['list'],
        project_id: projects.body[0].id,
        not_after: Math.floor(Date.now() / 1000) + 3600,
      },
      200,
    ],
    'POST /api/v0/oauth2/token': [
      {
        client_id: client.client_id,
        client_secret: await jwtSecret(client),
        redirect_uri: redirectUri,
        code,
        passphrase: '',
        // The code was asked for without a challenge.
        code_verifier: 'v'.repeat(43),
      },
      400,
    ],
    [`POST ${clientsPath}`]: [{ ...clientFields, token_endpoint_auth_method: 'client_secret_jwt' }, 200],
    [`PUT ${one}`]: [{ ...clientFields, storx_profile: true }, 200],
    [`POST ${one}/redirect-uris`]: [{ uri: 'https://photos.example/third' }, 200],
    [`PUT ${one}/redirect-uris`]: [
      { old_uri: 'https://photos.example/third', new_uri: 'https://photos.example/fourth' },
      200,
    ],
    [`DELETE ${one}/redirect-uris`]: [{ uri: 'https://photos.example/fourth' }, 200],
    [`POST ${one}/regenerate-secret`]: [{ keep_previous_for: 60 }, 200],
    [`PATCH ${one}/status`]: [{ status: 1 }, 200],
    'POST /api/v0/developer/auth/token-requests/diagnose': [{ request: '{}' }, 200],
    // Not a word goes to an address that is not ours, so none is fit.
    [`POST ${developer}/webhooks`]: [{ ...webhookFields, client_id: client.client_id }, 400],
    [`PATCH ${developer}/webhooks/{id}`]: [{ ...webhookFields, client_id: null, state: 'active' }, 404],
    [`POST ${developer}/webhooks/{id}/rotate-secret`]: [{ keep_previous_for: 60 }, 404],
    'DELETE /api/v0/auth/account': [{ password: `not ${password}` }, 400],
    [`POST ${developer}/account/change-password`]: [{ password, newPassword: `new ${password}` }, 200],
    'POST /api/v0/auth/account/change-password': [{ password, newPassword: `new ${password}` }, 200],
  }
}

function goodBodyFor(bodies: GoodBodies, { name }: Route): GoodBodies[string] {
  const found = bodies[name]
  if (found === undefined) throw new Error(`no good body is known for ${name}`)
  return found
}

/** What null says as well as nothing. */
const optional = [
  ...['description', 'scopes', 'token_endpoint_auth_method', 'grant_types', 'application_type'],
  ...['jwks', 'jwks_uri', 'require_pushed_authorization_requests'],
]

/** Where one of the wrong values is a right one. */
function isFit({ name }: Route, field: string, value: unknown): boolean {
  if (value === true)
    return [
      ...['approve', 'rememberForOneWeek', 'storx_profile'],
      'require_pushed_authorization_requests',
    ].includes(field)
  if (typeof value === 'string') return field === 'request'
  // A key set is an object like any other until its keys are looked at.
  if (field === 'jwks' && value !== null) return typeof value === 'object' && !Array.isArray(value)
  if (value !== null) return false
  // Null is for all clients.
  if (field === 'client_id' && name.includes('/webhooks')) return true
  return optional.includes(field) || name === `PUT ${clientsPath}/{id}`
}

/** A request of the client that waits for the user. */
async function aRequest(): Promise<string> {
  const body = { client_id: client.client_id, redirect_uri: redirectUri, scope: ['read', 'list'] }
  const asked = await call(server, 'POST', '/api/v0/oauth2/request', { token: user.token, body })
  return asked.body.request_id
}

const tokenOf = (route: Route) =>
  route.door === 'developer'
    ? { token: client.developer.token }
    : route.door === 'user'
      ? { token: user.token }
      : route.door === 'client'
        ? { token: itself.registration_access_token }
        : {}

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
    const before = await keptRows(server)
    for (const route of routes.filter(({ hasBody }) => hasBody)) {
      const answer = await call(server, route.method, route.path, { ...tokenOf(route), body, headers })
      expectRefused(answer, `${what}: ${route.method} ${route.path}`)
    }
    expect(await keptRows(server)).toEqual(before)
    expect(({} as { admin?: unknown }).admin).toBe(undefined)
  })

  test('refuses a good body with one field of a wrong type or too long, and names the field', async () => {
    const bodies = await goodBodies()
    const before = await keptRows(server)
    for (const route of routes.filter(({ namesFields }) => namesFields)) {
      const [body] = goodBodyFor(bodies, route)
      expect(Object.keys(body).sort(), route.name).toEqual([...route.fields].sort())
      for (const field of route.fields) {
        for (const value of [-1, true, null, {}, [[]], 'x'.repeat(9000)]) {
          if (isFit(route, field, value)) continue
          const broken = { ...tokenOf(route), body: { ...body, [field]: value } }
          const answer = await call(server, route.method, route.path, broken)
          const what = `${field} is ${JSON.stringify(value).slice(0, 20)}: ${route.name}`
          expectRefused(answer, what)
          expect([answer.status, answer.body.error], what).toEqual([400, 'invalid_request'])
          expect(answer.body.error_description, what).toMatch(new RegExp(`^${field}(\\.\\d+)?: `))
        }
      }
    }
    expect(await keptRows(server)).toEqual(before)
  })

  test('takes those good bodies, so that the one wrong field is what was refused', async () => {
    for (const [name, [body, status]] of Object.entries(await goodBodies())) {
      const route = routes.find((one) => one.name === name)
      if (route === undefined) throw new Error(`no operation is called ${name}`)
      const answer = await call(server, route.method, route.path, { ...tokenOf(route), body })
      expect(answer.status, `${name}: ${answer.text}`).toBe(status)
      if (status === 400) expect(answer.body.error_description, name).not.toMatch(/^\w+(\.\d+)?: /)
    }
    // The last of them change the passwords, and end every session.
    client = await aClient(server)
    user = await aUser(server)
    routes = await publishedRoutes()
  })

  test.each<[string, () => Promise<[method: string, path: string, token: string, body: object]>]>([
    [
      'scope for scopes, which would register a client that may ask for anything',
      async () => {
        const body = { name: 'Photos', redirect_uris: [redirectUri], scope: ['read'] }
        return ['POST', clientsPath, client.developer.token, body]
      },
    ],
    [
      'redirect_uri for redirect_uris, which would change nothing',
      async () => {
        const body = { redirect_uri: 'https://elsewhere.example/callback' }
        return ['PUT', `${clientsPath}/${client.id}`, client.developer.token, body]
      },
    ],
    [
      'keep_previous for keep_previous_for, which would end the present secret at once',
      async () => {
        const path = `${clientsPath}/${client.id}/regenerate-secret`
        return ['POST', path, client.developer.token, { keep_previous: 3600 }]
      },
    ],
    [
      'aproved_scopes for approved_scopes, which would reject what the user approved',
      async () => {
        const body = { request_id: await aRequest(), aproved_scopes: ['read'], rejected_scopes: [] }
        return ['POST', '/api/v0/oauth2/consent', user.token, body]
      },
    ],
  ])('refuses %s', async (what, typo) => {
    const [method, path, token, body] = await typo()
    const before = await keptRows(server)
    expectRefused(await call(server, method, path, { token, body }), what)
    expect(await keptRows(server)).toEqual(before)
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
        route.path.startsWith('/oauth2/register') ? 'invalid_token' : 'unauthorized',
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
