import { rfc3339 } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
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
