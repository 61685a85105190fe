/** What becomes of a request that was pushed ahead of its user. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshChallenge } from '../../packages/server/src/testing/authorization-parameters.ts'
import { type Answer, aClient, parsed, signedInPerson } from '../../packages/server/src/testing/people.ts'
import {
  everyGrantType,
  type Form,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const parametersOf = (changes: Form = {}): Form => {
  const { searchParams } = new URL(scene.authorizationUrl(changes), 'http://here')
  return Object.fromEntries(searchParams)
}
const push = (changes: Form = {}, client = scene.client): Promise<Answer> =>
  scene.post('/oauth2/par', parametersOf({ client_id: client.client_id, ...changes }), client)

/** The user's browser opens it. */
async function open(parameters: Form, token = scene.user.token): Promise<Answer> {
  const sent = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  const { statusCode, headers, payload } = await scene.app.inject({
    method: 'GET',
    url: `/oauth2/authorize?${new URLSearchParams(sent)}`,
    headers: { authorization: `Bearer ${token}`, accept: 'text/html' },
  })
  return { status: statusCode, headers, text: payload, body: parsed(payload) }
}
const requestsOf = (client_id: string) =>
  scene.deps.store.requests.history(scene.user.account.id, client_id, scene.deps.clock.now())

/** A page, nobody is sent anywhere, and nobody is asked. */
async function expectTooOld(answer: Answer, client_id = scene.client.client_id): Promise<void> {
  const before = (await requestsOf(client_id)).length
  expect([answer.status, answer.headers.location]).toEqual([400, undefined])
  expect(answer.text).toContain('This link is too old')
  expect(await requestsOf(client_id)).toHaveLength(before)
}

test('attack 62: PAR swapping: a request_uri opens for the client that pushed it, once, while it lives, and cannot be guessed', async () => {
  const other = await aClient(scene.app, scene.developer, { grant_types: everyGrantType })
  const { client_id } = scene.client
  const { request_uri } = (await push()).body
  const [, token = ''] = /^urn:ietf:params:oauth:request_uri:([\w-]{43})$/.exec(request_uri) ?? []
  expect(Buffer.from(token, 'base64url')).toHaveLength(32)

  await expectTooOld(await open({ client_id: other.client_id, request_uri }), other.client_id)
  const guessed = `${request_uri.slice(0, -1)}${request_uri.endsWith('A') ? 'B' : 'A'}`
  for (const wrong of [
    guessed,
    request_uri.toUpperCase(),
    `${request_uri}\u0000`,
    token,
    'https://evil.example/request',
  ])
    expect((await open({ client_id, request_uri: wrong })).status, wrong).toBe(400)
  // What others tried cost its own client nothing.
  const used = await open({ client_id, request_uri })
  expect([used.status, used.headers.location]).toEqual([303, expect.stringMatching(/^\/consent\//)])
  await expectTooOld(await open({ client_id, request_uri }))
  const another = await signedInPerson(scene.deps, 'user')
  await expectTooOld(await open({ client_id, request_uri }, another.token))

  const late = (await push()).body.request_uri
  scene.deps.clock.advance(scene.deps.settings.pushed_request_ttl)
  await expectTooOld(await open({ client_id, request_uri: late }))
})

test('attack 62: PAR swapping: of twenty browsers that open one request_uri at once, one is asked', async () => {
  const { client_id } = scene.client
  const { request_uri } = (await push()).body
  const opened = await Promise.all(Array.from({ length: 20 }, () => open({ client_id, request_uri })))
  expect(opened.map(({ status }) => status).sort()).toEqual([303, ...Array.from({ length: 19 }, () => 400)])
  expect(await requestsOf(client_id)).toHaveLength(1)
})

test('attack 62: PAR swapping: nothing is pushed in the name of another client, and no request_uri within one', async () => {
  const other = await aClient(scene.app, scene.developer, { grant_types: everyGrantType })
  const { request_uri } = (await push()).body
  const inside = await push({ request_uri })
  expect([inside.status, inside.body.error]).toEqual([400, 'invalid_request'])
  // An assertion of one, the name of the other.
  const named = await scene.post('/oauth2/par', parametersOf({ client_id: other.client_id }))
  expect([named.status, named.body.error]).toEqual([401, 'invalid_client'])
  const foreign = await push({ redirect_uri: 'https://evil.example/cb' })
  expect(foreign.status).toBe(400)
  expect(foreign.body.request_uri).toBe(undefined)
})

const details = (change: object = {}): string =>
  JSON.stringify([{ type: 'storage_access', bucket: 'photos', actions: ['read', 'list'], ...change }])
const withDetails = (authorization_details: string, changes: Form = {}): Form => ({
  scope: undefined,
  authorization_details,
  ...changes,
})

test('attack 63: RAR tampering: what was pushed is what its user is asked, whatever the address adds', async () => {
  const { client_id } = scene.client
  const { code_verifier, code_challenge } = freshChallenge()
  const { request_uri } = (await push(withDetails(details(), { code_challenge, state: 'pushed' }))).body
  const wider = {
    authorization_details: details({ bucket: undefined, actions: ['read', 'list', 'write', 'delete'] }),
    scope: 'read write list delete',
    redirect_uri: 'https://evil.example/cb',
    state: 'tampered',
    code_challenge: freshChallenge().code_challenge,
    response_mode: 'form_post',
    response_type: 'token',
  }
  const url = `/oauth2/authorize?${new URLSearchParams({ client_id, request_uri, ...wider })}`
  const back = await scene.browser.decide(url)
  expect(back.url).toMatch(/^https:\/\/photos\.example\/callback\?/)
  expect([back.response_mode, back.parameters.state]).toEqual(['query', 'pushed'])
  const { status, body, text } = await scene.exchange(back.parameters.code ?? '', { code_verifier })
  expect(status, text).toBe(200)
  expect(body.scope).toBe('read list bucket:photos')
  expect(body.authorization_details).toMatchObject([{ bucket: 'photos', actions: ['read', 'list'] }])
})

test('attack 63: RAR tampering: types, members and shapes that nobody defined are refused, pushed or in the address', async () => {
  const wrong: readonly string[] = [
    details({ type: 'payment_initiation' }),
    details({ type: undefined }),
    details({ locations: ['https://evil.example'] }),
    details({ privileges: ['admin'] }),
    details({ Bucket: 'other' }),
    details({ '': 1 }),
    details({ actions: ['read', 'administer'] }),
    details({ actions: [] }),
    details({ actions: 'read' }),
    details({ bucket: ['photos', 'other'] }),
    details({ prefix: '../' }),
    details({ not_after: -1 }),
    details({ not_after: 'never' }),
    details({ not_after: 1e12 }),
    details({ max_object_ttl: 0 }),
    '[]',
    '{}',
    'null',
    '[',
    '[{"type":"storage_access","actions":["read"],"actions":["delete"]}]',
    '[{"type":"storage_access","actions":["read"],"__proto__":{"bucket":"x"}}]',
  ]
  for (const authorization_details of wrong) {
    const pushed = await push(withDetails(authorization_details))
    expect([pushed.status, pushed.body.error], authorization_details).toEqual([
      400,
      'invalid_authorization_details',
    ])
    const { status, headers } = await open(parametersOf(withDetails(authorization_details)))
    const told = new URL(String(headers.location), 'https://valetkey.test').searchParams
    expect([status, told.get('error')], authorization_details).toEqual([303, 'invalid_authorization_details'])
  }
  const both = await push({ scope: 'read write', authorization_details: details() })
  expect([both.status, both.body.error]).toEqual([400, 'invalid_scope'])
  expect(await requestsOf(scene.client.client_id)).toEqual([])
  expect((await push(withDetails(details()))).status).toBe(201)
})

test('attack 63: RAR tampering: a megabyte of details is answered 413, and many small ones by what is wrong with them', async () => {
  const padded = details({ prefix: 'x'.repeat(1024 * 1024) })
  const large = await push(withDetails(padded))
  expect([large.status, large.body.error]).toEqual([413, 'invalid_request'])
  const many = JSON.stringify(
    Array.from({ length: 400 }, (_, at) => ({
      type: 'storage_access',
      bucket: `bucket-${at}`,
      actions: ['read'],
    })),
  )
  const numerous = await push(withDetails(many))
  expect([400, 413]).toContain(numerous.status)
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
  const nested = await push(withDetails(deep))
  expect([nested.status, nested.body.error]).toEqual([400, 'invalid_authorization_details'])
})

test('attack 63: RAR tampering: nothing is redeemed or refreshed for more than its user approved', async () => {
  const wide = details({ actions: ['read', 'list', 'delete'] })
  const code = await scene.code(withDetails(details(), { scope: 'offline_access' }))
  const widened = await scene.exchange(code, { authorization_details: wide })
  expect([widened.status, widened.body.error]).toEqual([400, 'invalid_authorization_details'])
  const { body } = await scene.exchange(code)
  for (const authorization_details of [wide, details({ bucket: 'other' }), details({ bucket: undefined })]) {
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token, authorization_details }
    const refused = await scene.post('/oauth2/token', refresh)
    expect([refused.status, refused.body.error], authorization_details).toEqual([
      400,
      'invalid_authorization_details',
    ])
  }
  const narrowed = details({ actions: ['read'] })
  const refresh = {
    grant_type: 'refresh_token',
    refresh_token: body.refresh_token,
    authorization_details: narrowed,
  }
  expect((await scene.post('/oauth2/token', refresh)).body.scope).toBe('read bucket:photos offline_access')
})
