import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  aClient,
  aGrant,
  anApproval,
  ask,
  clientsPath,
  type Person,
  redirectUri,
  signedInPerson,
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

describe('ending', () => {
  const setStatus = (id: string, body: unknown) => ask(app, ada, 'PATCH', `${one(id)}/status`, body)
  const request = (user: Person, client_id: string) =>
    ask(app, user, 'POST', '/api/v0/oauth2/request', {
      client_id,
      redirect_uri: redirectUri,
      scope: ['read'],
    })

  test('K9 status 0 makes request answer client_inactive, status 1 restores it', async () => {
    const client = await aClient(app, ada)
    const user = await signedInPerson(deps, 'user')
    const off = await setStatus(client.id, { status: 0 })
    expect([off.status, off.text]).toEqual([200, ''])
    expect((await ask(app, ada, 'GET', one(client.id))).body.status).toBe(0)
    const refused = await request(user, client.client_id)
    expect([refused.status, refused.body.error]).toEqual([400, 'client_inactive'])
    expect((await setStatus(client.id, { status: 1 })).status).toBe(200)
    expect((await request(user, client.client_id)).status).toBe(200)
  })

  test.each([
    { status: 2 },
    { status: -1 },
    { status: 0.5 },
    { status: '1' },
    { status: true },
    { status: null },
    {},
    undefined,
  ])('status %j is refused and deactivates nothing', async (body) => {
    const client = await aClient(app, ada)
    const answer = await setStatus(client.id, body)
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
    expect((await ask(app, ada, 'GET', one(client.id))).body.status).toBe(1)
  })

  test('K10 a deleted client answers 204 and is gone: from the list, from its address, from request', async () => {
    const client = await aClient(app, ada)
    const deleted = await ask(app, ada, 'DELETE', one(client.id))
    expect([deleted.status, deleted.text]).toEqual([204, ''])
    expect((await ask(app, ada, 'GET', clientsPath)).body).toEqual([])
    for (const method of ['GET', 'DELETE'] as const)
      expect((await ask(app, ada, method, one(client.id))).status).toBe(404)
    expect((await setStatus(client.id, { status: 1 })).status).toBe(404)
    const refused = await request(await signedInPerson(deps, 'user'), client.client_id)
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_client_id'])
  })

  test.each([
    ['deactivating', (id: string) => setStatus(id, { status: 0 })],
    ['deleting', (id: string) => ask(app, ada, 'DELETE', one(id))],
  ] as const)(
    '%s a client ends the storage access it was given, and codes on their way',
    async (_what, end) => {
      const client = await aClient(app, ada)
      const other = await aClient(app, ada, { name: 'Other' })
      const user = await signedInPerson(deps, 'user')
      const ended = await aGrant(deps, user, client.client_id)
      const untouched = await aGrant(deps, user, other.client_id)
      const code = await anApproval(deps, user, client.client_id)
      await end(client.id)
      const read = { op: 'read', bucket: 'photos', encrypted_path: Buffer.from('x') } as const
      expect(await deps.network.check(ended.api_key, read)).toMatchObject({
        allowed: false,
        reason: 'revoked',
      })
      expect((await deps.network.check(untouched.api_key, read)).allowed).toBe(true)
      expect(
        (await deps.store.codes.read(other.client_id, code.code_hash, deps.clock.now())).code?.revoked_at,
      ).toBe(deps.clock.now())
    },
  )
})
