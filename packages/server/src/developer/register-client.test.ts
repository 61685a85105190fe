import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { looksLikeClientSecret } from '../domain/client-secret.ts'
import { aClient, ask, clientsPath, type Person, redirectUri, signedInPerson } from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

let app: FastifyInstance
let deps: TestDeps
let ada: Person
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
beforeEach(async () => {
  ada = await signedInPerson(deps, 'developer')
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

const one = (id: string) => `${clientsPath}/${id}`
const good = { name: 'Photos', redirect_uris: [redirectUri] }

describe('registering', () => {
  test('K1 a developer registers a client and gets a UUID client_id and a client_secret, shown this once', async () => {
    const { status, body, headers } = await ask(app, ada, 'POST', clientsPath, good)
    expect(status).toBe(200)
    expect(Object.keys(body).sort()).toEqual(['client_id', 'client_secret'])
    expect(body.client_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(looksLikeClientSecret(body.client_secret)).toBe(true)
    expect(headers['cache-control']).toBe('no-store')
  })

  test('K1 the cookie of the contract does as well as a bearer token', async () => {
    const { statusCode } = await app.inject({
      method: 'POST',
      url: clientsPath,
      cookies: { _developer_tokenKey: ada.token },
      payload: good,
    })
    expect(statusCode).toBe(200)
  })

  test('F2 redirect_uris may be one string, as the contract shows it', async () => {
    const client = await aClient(app, ada, { redirect_uris: 'https://one.example/cb' })
    expect((await ask(app, ada, 'GET', one(client.id))).body.redirect_uris).toEqual([
      'https://one.example/cb',
    ])
  })

  test.each([
    ['a missing name', { redirect_uris: [redirectUri] }],
    ['an empty name', { ...good, name: '' }],
    ['a name of spaces', { ...good, name: '   ' }],
    ['an empty list', { ...good, redirect_uris: [] }],
    ['no list', { name: 'Photos' }],
    ['a null list', { ...good, redirect_uris: null }],
    ['a number for a name', { ...good, name: 7 }],
    ['a number among the URIs', { ...good, redirect_uris: [7] }],
    ['a list for a body', [good]],
    ['no body', undefined],
    ['broken JSON', '{"name":'],
  ])('F3 %s gets 400 invalid_request in JSON', async (_what, body) => {
    const answer = await ask(app, ada, 'POST', clientsPath, body)
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(Object.keys(answer.body).sort()).toEqual(['error', 'error_description', 'error_uri', 'trace_id'])
    expect((await ask(app, ada, 'GET', clientsPath)).body).toEqual([])
  })

  test.each([
    ['zero-width', 'Pho\u200btos'],
    ['bidi override', 'Photos\u202egro.live'],
    ['control', 'Pho\u0000tos'],
    ['private use', 'Photos\ue000'],
    ['65 characters', 'x'.repeat(65)],
    ['far too many characters', 'x'.repeat(2000)],
  ])('a name is refused when it has %s', async (_what, name) => {
    const { status, body } = await ask(app, ada, 'POST', clientsPath, { ...good, name })
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  test.each(['写真アプリ', 'Größe', 'Фото', 'تطبيق الصور', '📷 Snap', "Ada's app <b>"])(
    'the name %s is kept as it is',
    async (name) => {
      const client = await aClient(app, ada, { name })
      expect((await ask(app, ada, 'GET', one(client.id))).body.name).toBe(name)
    },
  )

  test('a name is kept in its composed form, without spaces around it', async () => {
    const client = await aClient(app, ada, { name: '  Gro\u0308\u00dfe ' })
    expect((await ask(app, ada, 'GET', one(client.id))).body.name).toBe('Gr\u00f6\u00dfe')
  })

  test.each([
    ['501 characters', 'x'.repeat(501)],
    ['bidi override', 'a\u202eb'],
    ['control', 'a\u0007b'],
    ['line separator', 'a\u2028b'],
  ])('a description is refused when it has %s', async (_what, description) => {
    const { status, body } = await ask(app, ada, 'POST', clientsPath, { ...good, description })
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  test('a description of 500 characters and several lines is kept', async () => {
    const description = `${'ä'.repeat(497)}\n\tb`
    const client = await aClient(app, ada, { description })
    expect((await ask(app, ada, 'GET', one(client.id))).body.description).toBe(description)
  })

  test('scopes must be known; the answer repeats none of them', async () => {
    const { status, body } = await ask(app, ada, 'POST', clientsPath, {
      ...good,
      scopes: ['read', 'files:<script>'],
    })
    expect([status, body.error]).toEqual([400, 'invalid_scope'])
    expect(body.error_description).not.toContain('script')
    const client = await aClient(app, ada, { scopes: ['read', 'bucket:photos;2024/', 'read'] })
    expect((await ask(app, ada, 'GET', one(client.id))).body.scopes).toEqual(['read', 'bucket:photos;2024/'])
  })

  test.each([
    ['a bad one', ['https://a.example/', 'http://example.com/cb'], 'every other host needs https'],
    ['javascript', ['javascript:alert(1)'], 'private-use scheme with a dot'],
    ['one that a parser would change', ['https://A.example/cb'], 'register https://a.example/cb'],
    [
      'two that differ by letter case',
      ['https://a.example/cb', 'https://a.example/CB'],
      'registered already',
    ],
    ['21 of them', Array.from({ length: 21 }, (_, n) => `https://a.example/${n}`), 'at most 20'],
    ['one too long', [`https://a.example/${'x'.repeat(2048)}`], 'at most 2048'],
    ['an empty one', [''], 'absolute URL'],
  ])('of redirect URIs, %s refuses the whole registration', async (_what, redirect_uris, words) => {
    const { status, body } = await ask(app, ada, 'POST', clientsPath, { ...good, redirect_uris })
    expect([status, body.error]).toEqual([400, 'invalid_redirect_uri'])
    expect(body.error_description).toContain(words)
    expect((await ask(app, ada, 'GET', clientsPath)).body).toEqual([])
  })

  test('owner, ids and state cannot be set from outside', async () => {
    const bob = await signedInPerson(deps, 'developer')
    const forged = {
      id: 'x',
      client_id: 'mine',
      client_secret: 'mine',
      developer_id: bob.account.id,
      state: 'deleted',
      status: 0,
      storx_profile: false,
    }
    for (const [field, value] of Object.entries(forged)) {
      const form = { name: 'Photos', redirect_uris: [redirectUri], [field]: value }
      const refused = await ask(app, ada, 'POST', clientsPath, form)
      expect([refused.status, refused.body.error_description]).toEqual([
        400,
        expect.stringContaining('unknown field'),
      ])
    }
    const client = await aClient(app, ada)
    const refused = await ask(app, ada, 'PUT', one(client.id), { ...forged, name: 'Renamed' })
    expect(refused.status).toBe(400)
    expect((await ask(app, ada, 'GET', one(client.id))).body).toMatchObject({
      id: client.id,
      client_id: client.client_id,
      developer_id: ada.account.id,
      status: 1,
      name: 'Photos',
    })
    expect((await ask(app, bob, 'GET', clientsPath)).body).toEqual([])
  })

  test.each([
    ['__proto__', 400],
    ['constructor', 400],
    ['prototype', 400],
  ])('a %s key reaches no prototype and no client', async (key, status) => {
    const body = `{"name":"Photos","redirect_uris":["${redirectUri}"],"${key}":{"prototype":{"polluted":true},"polluted":true}}`
    expect((await ask(app, ada, 'POST', clientsPath, body)).status).toBe(status)
    expect('polluted' in {}).toBe(false)
    expect((await ask(app, ada, 'GET', clientsPath)).text).not.toContain('polluted')
  })

  test('a flood of registrations is stopped, and other developers go on', async () => {
    const statuses: number[] = []
    for (let made = 0; made < 101; made++)
      statuses.push((await ask(app, ada, 'POST', clientsPath, good)).status)
    expect(statuses).toEqual([...Array.from({ length: 100 }, () => 200), 429])
    const stopped = await ask(app, ada, 'POST', clientsPath, good)
    expect(Number(stopped.headers['retry-after'])).toBeGreaterThan(0)
    expect((await ask(app, await signedInPerson(deps, 'developer'), 'POST', clientsPath, good)).status).toBe(
      200,
    )
  })
})
