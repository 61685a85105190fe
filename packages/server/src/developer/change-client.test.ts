import { rfc3339 } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  aClient,
  ask,
  clientsPath,
  type Person,
  redirectUri,
  signedInPerson,
  type TestClient,
} from '../testing/people.ts'
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
const uris = (id: string) => `${clientsPath}/${id}/redirect-uris`

describe('changing', () => {
  test('what is absent or null stays, what is given is kept, and the answer is the truth', async () => {
    const client = await aClient(app, ada, { description: 'One', scopes: ['read'] })
    deps.clock.advance(5)
    const { status, body } = await ask(app, ada, 'PUT', one(client.id), {
      name: 'Pictures',
      description: null,
      scopes: null,
      redirect_uris: null,
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      name: 'Pictures',
      description: 'One',
      scopes: ['read'],
      redirect_uris: [redirectUri],
      updated_at: rfc3339(deps.clock.now()),
    })
    const emptied = await ask(app, ada, 'PUT', one(client.id), { description: '', scopes: [] })
    expect(emptied.body).toMatchObject({ name: 'Pictures', description: '', scopes: [] })
    const moved = await ask(app, ada, 'PUT', one(client.id), { redirect_uris: 'https://b.example/' })
    expect((await ask(app, ada, 'GET', one(client.id))).body).toMatchObject(moved.body)
    expect(moved.body.redirect_uris).toEqual(['https://b.example/'])
  })

  test.each([
    ['an empty name', { name: '' }, 'invalid_request'],
    ['an empty list of redirect URIs', { redirect_uris: [] }, 'invalid_request'],
    ['an unsafe redirect URI', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    ['K7/F7 http on another host', { redirect_uris: ['http://example.com/cb'] }, 'invalid_redirect_uri'],
    ['an unknown scope', { scopes: ['everything'] }, 'invalid_scope'],
    ['an unclean description', { description: '\u202e' }, 'invalid_request'],
  ])('%s is refused and changes nothing, not even the rest of the request', async (_what, change, error) => {
    const client = await aClient(app, ada)
    const before = (await ask(app, ada, 'GET', one(client.id))).body
    const { status, body } = await ask(app, ada, 'PUT', one(client.id), { description: 'New', ...change })
    expect([status, body.error]).toEqual([400, error])
    expect((await ask(app, ada, 'GET', one(client.id))).body).toEqual(before)
  })
})

describe('the StorX profile', () => {
  const aJwt = ({ client_id, client_secret }: TestClient) =>
    new SignJWT({ client_id, exp: deps.clock.now() + 300 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(client_secret))
  const redeem = async (client: TestClient) =>
    ask(app, undefined, 'POST', '/api/v0/oauth2/token', {
      client_id: client.client_id,
      client_secret: await aJwt(client),
      redirect_uri: redirectUri,
      code: 'x'.repeat(43),
    })
  const reasonOf = ({ body }: Answer) =>
    deps.logLines
      .map((line): Record<string, unknown> => JSON.parse(line))
      .find(({ event, trace_id }) => event === 'request' && trace_id === body.trace_id)?.reason

  test('is on until it is switched off: then a JWT of client_id and exp proves nothing', async () => {
    const client = await aClient(app, ada)
    expect(reasonOf(await redeem(client))).toBe('code_unknown')
    deps.clock.advance(5)
    const { status, body } = await ask(app, ada, 'PUT', one(client.id), { storx_profile: false })
    expect([status, body.storx_profile, body.updated_at]).toEqual([200, false, rfc3339(deps.clock.now())])
    const refused = await redeem(client)
    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
    expect(reasonOf(refused)).toBe('profile_disabled')

    const kept = await ask(app, ada, 'PUT', one(client.id), { name: 'Pictures', storx_profile: null })
    expect(kept.body).toMatchObject({ name: 'Pictures', storx_profile: false })
    expect((await ask(app, ada, 'GET', one(client.id))).body.storx_profile).toBe(false)
    await ask(app, ada, 'PUT', one(client.id), { storx_profile: true })
    expect(reasonOf(await redeem(client))).toBe('code_unknown')
  })

  test.each(['false', 0, 1, []])('request_malformed: %j switches nothing', async (storx_profile) => {
    const client = await aClient(app, ada)
    const { status, body } = await ask(app, ada, 'PUT', one(client.id), { storx_profile })
    expect([status, body.error]).toEqual([400, 'invalid_request'])
    expect((await ask(app, ada, 'GET', one(client.id))).body.storx_profile).toBe(true)
  })
})

describe('redirect URIs', () => {
  test('K7/F7 http is for the loopback alone, on every way to write a redirect URI', async () => {
    const client = await aClient(app, ada)
    const refused = [
      await ask(app, ada, 'POST', uris(client.id), { uri: 'http://example.com/cb' }),
      await ask(app, ada, 'PUT', uris(client.id), { old_uri: redirectUri, new_uri: 'http://example.com/cb' }),
      await ask(app, ada, 'PUT', one(client.id), { redirect_uris: 'http://example.com/cb' }),
      await ask(app, ada, 'POST', clientsPath, { name: 'X', redirect_uris: ['http://example.com/cb'] }),
    ]
    expect(refused.map(({ status, body }) => [status, body.error])).toEqual(
      refused.map(() => [400, 'invalid_redirect_uri']),
    )
    for (const uri of [
      'http://localhost:3000/cb',
      'http://127.0.0.1/cb',
      'http://[::1]:8/cb',
      'https://b.example/cb',
      'com.example.app:/cb',
    ]) {
      expect((await ask(app, ada, 'POST', uris(client.id), { uri })).body.redirect_uris).toContain(uri)
    }
  })

  test('K8 the last one stays, and one that differs only in letter case is a duplicate', async () => {
    const client = await aClient(app, ada)
    const last = await ask(app, ada, 'DELETE', uris(client.id), { uri: redirectUri })
    expect([last.status, last.body.error]).toEqual([400, 'invalid_redirect_uri'])
    expect(last.body.error_description).toContain('last redirect URI')
    for (const uri of [redirectUri, redirectUri.replace('callback', 'CallBack')]) {
      const { status, body } = await ask(app, ada, 'POST', uris(client.id), { uri })
      expect([status, body.error, body.error_description]).toEqual([
        400,
        'invalid_redirect_uri',
        'This redirect URI is registered already.',
      ])
    }
    expect((await ask(app, ada, 'GET', one(client.id))).body.redirect_uris).toEqual([redirectUri])
  })

  test('one is added at the end, trimmed, replaced in its place, and removed', async () => {
    const client = await aClient(app, ada)
    const added = await ask(app, ada, 'POST', uris(client.id), { uri: '  https://b.example/ ' })
    expect(added.body.redirect_uris).toEqual([redirectUri, 'https://b.example/'])
    const replaced = await ask(app, ada, 'PUT', uris(client.id), {
      old_uri: ` ${redirectUri}`,
      new_uri: redirectUri.toUpperCase().replace(/^.*\/\/[^/]*/, 'https://photos.example'),
    })
    expect(replaced.body.redirect_uris).toEqual(['https://photos.example/CALLBACK', 'https://b.example/'])
    const removed = await ask(app, ada, 'DELETE', uris(client.id), { uri: 'https://photos.example/CALLBACK' })
    expect(removed.body.redirect_uris).toEqual(['https://b.example/'])
    expect((await ask(app, ada, 'GET', one(client.id))).body).toMatchObject(removed.body)
  })

  test.each([
    ['POST', { uri: ' ' }, 'absolute URL'],
    ['POST', { uri: 'https://A.example/' }, 'register https://a.example/'],
    ['PUT', { old_uri: 'https://unknown.example/', new_uri: 'https://b.example/' }, 'not registered'],
    ['PUT', { old_uri: redirectUri, new_uri: 'https://c.example/CB' }, 'registered already'],
    ['DELETE', { uri: `${redirectUri}/` }, 'not registered'],
  ] as const)('%s %j is refused with words that help', async (method, form, words) => {
    const client = await aClient(app, ada, { redirect_uris: [redirectUri, 'https://c.example/cb'] })
    const { status, body } = await ask(app, ada, method, uris(client.id), form)
    expect([status, body.error]).toEqual([400, 'invalid_redirect_uri'])
    expect(body.error_description).toContain(words)
    expect((await ask(app, ada, 'GET', one(client.id))).body.redirect_uris).toEqual([
      redirectUri,
      'https://c.example/cb',
    ])
  })

  test.each([
    ['POST', {}],
    ['POST', { uri: 7 }],
    ['POST', { uri: 'x'.repeat(5000) }],
    ['PUT', { old_uri: redirectUri }],
    ['DELETE', undefined],
  ] as const)('%s %j is an invalid request', async (method, form) => {
    const client = await aClient(app, ada)
    const { status, body } = await ask(app, ada, method, uris(client.id), form)
    expect([status, body.error]).toEqual([400, 'invalid_request'])
    expect(body.error_description.length).toBeLessThan(500)
  })

  test('of many added at once none is lost, and no more than 20 stay', async () => {
    const client = await aClient(app, ada)
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, n) =>
        ask(app, ada, 'POST', uris(client.id), { uri: `https://b.example/${n}` }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19)
    const full = answers.filter(({ status }) => status !== 200)
    for (const { body } of full) expect(body.error_description).toContain('at most 20')
    const kept: string[] = (await ask(app, ada, 'GET', one(client.id))).body.redirect_uris
    expect(kept).toHaveLength(20)
    answers.forEach(({ status }, n) => {
      expect(kept.includes(`https://b.example/${n}`)).toBe(status === 200)
    })
  })

  test('of two who remove the last two at once, one succeeds', async () => {
    const client = await aClient(app, ada, { redirect_uris: [redirectUri, 'https://b.example/'] })
    const answers = await Promise.all(
      [redirectUri, 'https://b.example/'].map((uri) => ask(app, ada, 'DELETE', uris(client.id), { uri })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    expect((await ask(app, ada, 'GET', one(client.id))).body.redirect_uris).toHaveLength(1)
  })
})
