import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../ids.ts'
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

describe("other people's clients", () => {
  const attempts = [
    ['GET', '', undefined],
    ['PUT', '', { name: 'Mine now' }],
    ['DELETE', '', undefined],
    ['PATCH', '/status', { status: 0 }],
    ['POST', '/regenerate-secret', undefined],
    ['DELETE', '/secrets/x', undefined],
    ['POST', '/redirect-uris', { uri: 'https://evil.example/' }],
    ['PUT', '/redirect-uris', { old_uri: redirectUri, new_uri: 'https://evil.example/' }],
    ['DELETE', '/redirect-uris', { uri: redirectUri }],
  ] as const

  test.each(attempts)(
    "K6/F6 %s %s of another developer's client changes nothing and reads like an unknown one",
    async (method, suffix, body) => {
      const client = await aClient(app, ada, { redirect_uris: [redirectUri, 'https://b.example/'] })
      const before = (await ask(app, ada, 'GET', one(client.id))).body
      const bob = await signedInPerson(deps, 'developer')
      const ids = [
        client.id,
        client.client_id,
        newId(deps),
        'not-a-uuid',
        '%00',
        client.id.toUpperCase(),
        `${client.id}%20`,
      ]
      const answers = await Promise.all(ids.map((id) => ask(app, bob, method, one(id) + suffix, body)))
      for (const answer of answers) {
        const { trace_id, ...rest } = answer.body
        expect(answer.status).toBe(404)
        expect(trace_id).toBe(answer.headers['x-trace-id'])
        expect(rest).toEqual({
          error: 'not_found',
          error_description: 'You have no client with this id.',
          error_uri: 'https://valetkey.test/errors/client_not_found',
        })
        expect(headersOf(answer)).toEqual(headersOf(answers[0] ?? answer))
      }
      expect((await ask(app, ada, 'GET', one(client.id))).body).toEqual(before)
      expect((await ask(app, bob, 'GET', clientsPath)).body).toEqual([])
    },
  )

  const headersOf = ({ headers }: { headers: Readonly<Record<string, unknown>> }) => ({
    ...headers,
    'x-trace-id': '',
    date: '',
  })

  test.each([['GET', undefined, undefined], ['POST', undefined, good], ...attempts] as const)(
    'nobody comes in without a session, whatever the body is: %s %s',
    async (method, suffix, body) => {
      const user = await signedInPerson(deps, 'user')
      const url = suffix === undefined ? clientsPath : one(newId(deps)) + suffix
      for (const stranger of [undefined, user]) {
        const { status, body: answer } = await ask(app, stranger, method, url, body)
        expect([status, answer.error]).toEqual([401, 'unauthorized'])
      }
    },
  )

  test('a page of another origin changes nothing with the cookie', async () => {
    const { statusCode } = await app.inject({
      method: 'POST',
      url: clientsPath,
      cookies: { _developer_tokenKey: ada.token },
      headers: { origin: 'https://evil.example' },
      payload: good,
    })
    expect(statusCode).toBe(403)
    expect((await ask(app, ada, 'GET', clientsPath)).body).toEqual([])
  })
})
