/**
 * The standard dialect under whatever people send: forms that are none, parameters twice, too long, in the address or of
 * no use; metadata that no client can have. The answer is one clear error, and nothing is spent, kept or changed by it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { overHttp, scriptedUser } from '../packages/server/src/testing/scripted-user.ts'
import { expectRefused, keptRows } from './testing/refused.ts'
import {
  type Answer,
  aClient,
  aUser,
  call,
  callForm,
  type Form,
  formType,
  jwtSecret,
  type Person,
  type RegisteredClient,
  redirectUri,
  startServer,
  type TestServer,
} from './testing/story.ts'

interface FormRoute {
  readonly path: string
  /** Its parameters, and how long each may be. */
  readonly fields: Readonly<Record<string, number>>
}

let server: TestServer
let client: RegisteredClient
let user: Person
let routes: FormRoute[]

beforeAll(async () => {
  server = await startServer()
  const device = 'urn:ietf:params:oauth:grant-type:device_code'
  client = await aClient(server, { grant_types: ['authorization_code', 'refresh_token', device] })
  user = await aUser(server)
  routes = await publishedForms()
})
afterAll(() => server.stop())

async function publishedForms(): Promise<FormRoute[]> {
  type Properties = Record<string, { maxLength: number }>
  type Operation = { requestBody?: { content: Record<string, { schema: { properties: Properties } }> } }
  const { body } = await call(server, 'GET', '/openapi.json')
  return Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, { post }]) => {
    const form = post?.requestBody?.content[formType]
    if (form === undefined) return []
    const sizes = Object.entries(form.schema.properties).map(([name, { maxLength }]) => [name, maxLength])
    return [{ path, fields: Object.fromEntries(sizes) }]
  })
}

/** As the client, with a JWT of its own each time. Nonsense is no secret, whatever its place: nobody looks for it after. */
const post = async (path: string, form: Form): Promise<Answer> => {
  const proof = { client_id: client.client_id, client_secret: await jwtSecret(client) }
  return callForm({ url: server.url }, path, { ...proof, ...form })
}

test('five endpoints publish the parameters of their forms, each with its length', () => {
  expect(routes.map(({ path }) => path).sort()).toEqual([
    '/oauth2/device_authorization',
    '/oauth2/introspect',
    '/oauth2/par',
    '/oauth2/revoke',
    '/oauth2/token',
  ])
  for (const { path, fields } of routes) {
    expect(Object.keys(fields), path).toEqual(expect.arrayContaining(['client_id', 'client_assertion']))
    for (const size of Object.values(fields)) expect(size, path).toBeGreaterThan(60)
  }
})

describe('every endpoint of forms', () => {
  const good = 'client_id=x&token=x&grant_type=refresh_token&refresh_token=x'
  test.each<[what: string, body: string, status: number, error: string, headers?: Record<string, string>]>([
    ['nothing', '', 401, 'invalid_client'],
    ['nothing but separators', '&&&==&', 401, 'invalid_client'],
    ['names without values', 'client_id&token&grant_type', 401, 'invalid_client'],
    ['JSON that says it is a form', '{"client_id":"x"}', 401, 'invalid_client'],
    ['JSON', '{"client_id":"x"}', 400, 'invalid_request', { 'content-type': 'application/json' }],
    ['a text', good, 400, 'invalid_request', { 'content-type': 'text/plain' }],
    ['parts', good, 400, 'invalid_request', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['no type that there is', good, 400, 'invalid_request', { 'content-type': 'x' }],
    ['UTF-16', good, 400, 'invalid_request', { 'content-type': `${formType}; charset=utf-16` }],
    ['a compressed body', good, 400, 'invalid_request', { 'content-encoding': 'gzip' }],
    ['half a percent-encoding', `${good}&x=%e`, 400, 'invalid_request'],
    ['bytes that are no UTF-8', `${good}&x=%ff%fe`, 400, 'invalid_request'],
    ['a surrogate alone', `${good}&x=%ed%a0%80`, 400, 'invalid_request'],
    ['a NUL', `${good}&x=%00`, 400, 'invalid_request'],
    ['a NUL in a name', `${good}&x%00=1`, 400, 'invalid_request'],
    ['65 parameters', Array.from({ length: 65 }, (_, n) => `x${n}=1`).join('&'), 400, 'invalid_request'],
    ['an unknown parameter twice', `${good}&x=1&x=2`, 400, 'invalid_request'],
    ['more than the limit', `x=${'x'.repeat(150_000)}`, 413, 'invalid_request'],
    ['names of an object', '__proto__=x&constructor=x&toString=x&hasOwnProperty=x', 401, 'invalid_client'],
    ['brackets', 'client_id[]=x&client_id[a]=y', 401, 'invalid_client'],
  ])('refuses %s', async (what, body, status, error, headers = {}) => {
    const before = await keptRows(server)
    for (const { path } of routes) {
      const answer = await call(server, 'POST', path, {
        body,
        headers: { 'content-type': formType, ...headers },
      })
      expectRefused(answer, `${what}: ${path}`)
      expect([answer.status, answer.body.error], `${what}: ${path}: ${answer.text}`).toEqual([status, error])
    }
    expect(await keptRows(server)).toEqual(before)
    expect(({} as { admin?: unknown }).admin).toBe(undefined)
  })

  test('refuses each of its parameters twice, too long and in the address, and names it', async () => {
    const before = await keptRows(server)
    const who = { client_id: 'x', client_assertion: undefined }
    for (const { path, fields } of routes)
      for (const [name, size] of Object.entries(fields)) {
        const broken: readonly (readonly [what: string, answer: Answer])[] = [
          ['twice', await callText(path, `${name}=a&${name}=a`)],
          ['twice, once empty', await callText(path, `${name}=&${name}=a`)],
          ['too long', await callForm(server, path, { ...who, [name]: 'x'.repeat(size + 1) })],
          ['in the address', await callForm(server, `${path}?${name}=x`, who)],
        ]
        for (const [what, answer] of broken) {
          // The one that may be there more than once. RFC 8707 §2
          if (name === 'resource' && what.startsWith('twice')) continue
          expectRefused(answer, `${name} ${what}: ${path}`)
          expect([answer.status, answer.body.error], `${name} ${what}: ${path}`).toEqual([
            400,
            'invalid_request',
          ])
          expect(answer.body.error_description, `${what}: ${path}`).toMatch(new RegExp(`^${name}\\b`))
        }
      }
    expect(await keptRows(server)).toEqual(before)
  })

  test('answers nonsense in any parameter of a client with an error, and what was good before is good after', async () => {
    const [code, token] = [await aCode(), await post('/oauth2/token', { ...(await aCode()) })]
    expect(token.status, token.text).toBe(200)
    // What every proof leaves behind, and what is begun where the nonsense means something.
    const begun = ['client_secrets', 'pushed_requests', 'device_codes']
    const before = await keptRows(server, begun)
    for (const { path, fields } of routes)
      for (const name of Object.keys(fields))
        for (const value of nonsense) {
          const answer = await post(path, { ...besides(path), [name]: value })
          const what = `${name}=${value.slice(0, 30)}: ${path}: ${answer.text}`
          if (answer.status >= 400) expectRefused(answer, what)
          else expect(answer.status, what).toBe(path === '/oauth2/par' ? 201 : 200)
          if (path === '/oauth2/token') expect(answer.status, what).toBeGreaterThanOrEqual(400)
          if (path === '/oauth2/introspect' && answer.status === 200)
            expect(answer.text).toBe('{"active":false}')
          if (path === '/oauth2/revoke' && answer.status === 200) expect(answer.text).toBe('')
        }
    expect(await keptRows(server, begun)).toEqual(before)
    const { refresh_token } = token.body
    expect((await post('/oauth2/token', code)).status).toBe(200)
    expect((await post('/oauth2/token', { grant_type: 'refresh_token', refresh_token })).status).toBe(200)
  })
})

describe('where apps send their users', () => {
  const names = ['client_id', 'redirect_uri', 'response_type', 'scope', 'authorization_details', 'state']
  names.push('code_challenge', 'code_challenge_method', 'response_mode', 'prompt', 'resource', 'request_uri')
  test.each(['GET', 'POST'])(
    'nonsense in any parameter ends in a page or at the app, in an error (%s)',
    async (method) => {
      const headers = { authorization: `Bearer ${user.token}`, accept: 'text/html' }
      for (const name of names)
        for (const value of [...nonsense, undefined]) {
          const { code_verifier: _, ...asked } = question()
          const form = Object.entries({ ...asked, [name]: value }).flatMap(([key, text]) =>
            text === undefined ? [] : [[key, text]],
          )
          const query = new URLSearchParams(form)
          const to = await (method === 'GET'
            ? fetch(`${server.url}/oauth2/authorize?${query}`, { headers, redirect: 'manual' })
            : fetch(`${server.url}/oauth2/authorize`, { method, headers, body: query, redirect: 'manual' }))
          const what = `${name}=${value?.slice(0, 30)}`
          expect([200, 303, 400], what).toContain(to.status)
          if (to.status !== 303) {
            expect(to.headers.get('content-type'), what).toMatch(/^text\/html/)
            continue
          }
          const address = new URL(to.headers.get('location') ?? '', server.url)
          if (address.origin === server.url)
            expect(address.pathname, what).toMatch(/^\/(consent|oauth2\/authorize)/)
          else {
            expect(address.href.split('?')[0], what).toBe(redirectUri)
            expect(address.searchParams.get('error'), what).toMatch(/^[a-z_]+$/)
            expect(address.searchParams.get('iss'), what).toBe(server.deps.settings.public_url)
          }
        }
    },
  )

  test('nonsense in place of a user code is refused, in one shape', async () => {
    const before = await keptRows(server)
    for (const value of [...nonsense, 17, null, true, [], {}, ['BCDF-GHJK']]) {
      const answer = await call(server, 'POST', '/device', { token: user.token, body: { user_code: value } })
      expectRefused(answer, JSON.stringify(value).slice(0, 40))
      const page = await fetch(`${server.url}/device?${new URLSearchParams({ user_code: String(value) })}`, {
        headers: { authorization: `Bearer ${user.token}`, accept: 'text/html' },
      })
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    }
    expect(await keptRows(server)).toEqual(before)
  })
})

describe('registration by program', () => {
  const wrong = [
    -1,
    'x'.repeat(20_000),
    [[]],
    [{}],
    { x: 1 },
    true,
    '',
    '\u202e',
    'https://*.example/',
    ['\u0000'],
  ]
  const members = [
    ...[
      'client_name',
      'redirect_uris',
      'token_endpoint_auth_method',
      'grant_types',
      'application_type',
      'jwks',
    ],
    ...['jwks_uri', 'require_pushed_authorization_requests', 'response_types', 'scope'],
  ]
  /** What a wrong value may be all the same: an empty text says nothing, and names are nobody's business. */
  const isFit = (name: string, value: unknown): boolean =>
    (name === 'require_pushed_authorization_requests' && value === true) ||
    (name === 'scope' && value === '') ||
    (name === 'client_name' && value === 'https://*.example/')

  test('refuses metadata that no client can have, by two codes and no other, and keeps nothing of it', async () => {
    const { token } = client.developer
    const before = await keptRows(server)
    for (const name of members)
      for (const value of wrong) {
        if (isFit(name, value)) continue
        const body = { redirect_uris: [redirectUri], [name]: value }
        const answer = await call(server, 'POST', '/oauth2/register', { token, body })
        const what = `${name} is ${JSON.stringify(value).slice(0, 30)}: ${answer.text}`
        expectRefused(answer, what)
        expect(answer.status, what).toBe(400)
        expect(['invalid_client_metadata', 'invalid_redirect_uri'], what).toContain(answer.body.error)
      }
    expect(await keptRows(server)).toEqual(before)
  })

  test('refuses to replace a client by one that cannot be, and what was registered stays', async () => {
    const metadata = { client_name: 'Photos', redirect_uris: [redirectUri] }
    const { body: made } = await call(server, 'POST', '/oauth2/register', {
      token: client.developer.token,
      body: metadata,
    })
    const token = made.registration_access_token
    const path = `/oauth2/register/${made.client_id}`
    const before = await keptRows(server)
    const changes = members.flatMap((name) =>
      wrong.filter((value) => !isFit(name, value)).map((value) => ({ [name]: value })),
    )
    const others = [
      ...[{ client_id: client.client_id }, { client_id: undefined }, { client_secret: 'chosen by myself' }],
      ...[{ registration_access_token: token }, { client_id_issued_at: 1 }, { client_secret_expires_at: 0 }],
      ...[{ registration_client_uri: `${server.url}${path}` }, { token_endpoint_auth_method: 'none' }],
    ]
    for (const change of [...changes, ...others]) {
      const body = { ...metadata, client_id: made.client_id, ...change }
      const answer = await call(server, 'PUT', path, { token, body })
      const what = `${JSON.stringify(change).slice(0, 60)}: ${answer.text}`
      expectRefused(answer, what)
      expect(answer.status, what).toBe(400)
      expect(['invalid_client_metadata', 'invalid_redirect_uri'], what).toContain(answer.body.error)
    }
    expect(await keptRows(server)).toEqual(before)
  })

  test('tells nobody which clients there are: any other token or address is one and the same 401', async () => {
    const { body: made } = await call(server, 'POST', '/oauth2/register', {
      token: client.developer.token,
      body: { redirect_uris: [redirectUri] },
    })
    const nobody = '00000000-0000-4000-8000-000000000000'
    const before = await keptRows(server)
    for (const method of ['GET', 'PUT', 'DELETE'])
      for (const [client_id, token] of [
        [made.client_id, 'x'.repeat(43)],
        [made.client_id, client.developer.token],
        [client.client_id, made.registration_access_token],
        [nobody, made.registration_access_token],
        ['x', made.registration_access_token],
        ['%00', made.registration_access_token],
        [encodeURIComponent("' or 1=1 --"), made.registration_access_token],
      ]) {
        const body = method === 'PUT' ? { body: '{' } : {}
        const answer = await call(server, method, `/oauth2/register/${client_id}`, { token, ...body })
        expectRefused(answer, `${method} ${client_id}`)
        expect([answer.status, answer.body.error], `${method} ${client_id}`).toEqual([401, 'invalid_token'])
        expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
      }
    expect(await keptRows(server)).toEqual(before)
  })
})

const nonsense: readonly string[] = [
  ...[
    'x',
    '-1',
    '0',
    'null',
    'true',
    '[]',
    '{}',
    '[{}]',
    '{"a":',
    '[[[[]]]]',
    '"x"',
    '__proto__',
    '..',
    '%',
    '%00',
  ],
  ...["' or 1=1 --", '<script>alert(1)</script>', '\u202e\u0007\u{1f4a5}', '\ufeff', ' ', '\r\nx: y', '*'],
  ...[
    'x'.repeat(60),
    `${'A'.repeat(43)}.${'A'.repeat(43)}`,
    'eyJhbGciOiJub25lIn0.e30.',
    '..',
    '9'.repeat(40),
  ],
  ...['[{"type":"storage_access","actions":["read"],"bucket":"\\u0000"}]', `${'['.repeat(60)}`],
]

const callText = (path: string, body: string): Promise<Answer> =>
  call(server, 'POST', path, { body, headers: { 'content-type': formType } })

/** A request that lacks nothing but what one nonsense takes the place of. */
const besides = (path: string): Form =>
  path === '/oauth2/par'
    ? { ...question(), code_verifier: undefined, client_id: client.client_id }
    : path === '/oauth2/token'
      ? { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) }
      : path === '/oauth2/device_authorization'
        ? { scope: 'read' }
        : { token: 'x' }

/** What an app asks its user, with the verifier that it keeps. */
function question() {
  const code_verifier = randomBytes(32).toString('base64url')
  return {
    code_verifier,
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'read list offline_access',
    state: 'x',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
}

/** What redeems the code of a user who approved. */
async function aCode(): Promise<Form> {
  const { code_verifier, ...asked } = question()
  const browser = scriptedUser(overHttp(server.url), user.token)
  const { parameters } = await browser.decide(`/oauth2/authorize?${new URLSearchParams(asked)}`)
  return { grant_type: 'authorization_code', code: parameters.code, redirect_uri: redirectUri, code_verifier }
}
