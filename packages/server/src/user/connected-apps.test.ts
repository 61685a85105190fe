import { rfc3339 } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../ids.ts'
import {
  aClient,
  aGrant,
  anApproval,
  aRequest,
  ask,
  clientsPath,
  type Person,
  signedInAgain,
  signedInPerson,
  type TestClient,
} from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

const apps = '/api/v0/auth/developer-access'
const read = { op: 'read', bucket: 'photos', encrypted_path: Buffer.from('x') } as const

let app: FastifyInstance
let deps: TestDeps
let developer: Person
let user: Person
let client: TestClient
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
beforeEach(async () => {
  developer = await signedInPerson(deps, 'developer', 'Grace Example')
  user = await signedInPerson(deps, 'user')
  client = await aClient(app, developer, { description: 'Shows photos' })
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

const connected = async (person = user) => (await ask(app, person, 'GET', apps)).body
const history = (client_id = client.client_id, person = user) =>
  ask(app, person, 'GET', `${apps}/${client_id}/history`)
const revoke = (client_id = client.client_id, person = user) =>
  ask(app, person, 'DELETE', `${apps}/${client_id}/revoke`)

describe('the list of connected apps', () => {
  test('K37 it is an array with the field names of the contract', async () => {
    expect(await connected()).toEqual([])
    await aRequest(deps, user, client.client_id)
    const { grant } = await aGrant(deps, user, client.client_id)
    expect(await connected()).toEqual([
      {
        developer_id: developer.account.id,
        developer_name: 'Grace Example',
        developer_email: developer.account.email,
        client_id: client.client_id,
        application_name: 'Photos',
        application_description: 'Shows photos',
        approved_scopes: ['read'],
        rejected_scopes: ['write'],
        access_granted_date: rfc3339(grant.created_at),
        last_access_date: rfc3339(grant.created_at),
        consent_expires_at: rfc3339(grant.not_after),
        is_active: true,
        total_requests: 2,
      },
    ])
  })

  test('F37 an app whose code was redeemed stays in it until its access expires', async () => {
    const { grant } = await aGrant(deps, user, client.client_id)
    deps.clock.advance(3600)
    expect(await connected()).toMatchObject([{ client_id: client.client_id, is_active: true }])
    deps.clock.advance(grant.not_after - deps.clock.now() - 1)
    const again = await signedInAgain(deps, 'user', user.account)
    expect(await connected(again)).toHaveLength(1)
    deps.clock.advance(1)
    expect(await connected(again)).toEqual([])
  })

  test('an app is one row however often it was let in, and only its own user sees it', async () => {
    const { grant } = await aGrant(deps, user, client.client_id)
    deps.clock.advance(1)
    const { grant: newer } = await aGrant(deps, user, client.client_id)
    const other = await aClient(app, developer, { name: 'Other' })
    deps.clock.advance(1)
    await aGrant(deps, user, other.client_id)
    expect(await connected()).toMatchObject([
      { application_name: 'Other' },
      {
        application_name: 'Photos',
        access_granted_date: rfc3339(grant.created_at),
        last_access_date: rfc3339(newer.created_at),
        total_requests: 2,
      },
    ])
    expect(await connected(await signedInPerson(deps, 'user'))).toEqual([])
  })
})

describe('the history of an app', () => {
  test('it has the field names of the contract, newest first, and a redeemed request counts as approved', async () => {
    const late = await aRequest(deps, user, client.client_id, { expires_at: deps.clock.now() + 1 })
    deps.clock.advance(1)
    const { grant } = await aGrant(deps, user, client.client_id)
    deps.clock.advance(1)
    const rejected = await aRequest(deps, user, client.client_id)
    const decision = { state: 'rejected', approved_scopes: [], rejected_scopes: [] } as const
    await deps.store.requests.decide(rejected.id, user.account.id, decision, undefined, deps.clock.now())
    deps.clock.advance(1)
    const waiting = await aRequest(deps, user, client.client_id)
    const now = deps.clock.now()
    const common = {
      client_id: client.client_id,
      application_name: 'Photos',
      scopes: ['read', 'write'],
      is_active: true,
    }
    expect((await history()).body).toEqual([
      { ...common, request_id: waiting.id, status: 0, created_at: rfc3339(now) },
      { ...common, request_id: rejected.id, status: 2, created_at: rfc3339(now - 1) },
      { ...common, request_id: grant.request_id, status: 1, created_at: rfc3339(now - 2) },
      { ...common, request_id: late.id, status: 2, created_at: rfc3339(now - 3) },
    ])
  })

  test.each(['01890000-0000-7000-8000-000000000000', 'x', '%00', '..%2f'])(
    'of the unknown client %s it is empty',
    async (client_id) => {
      const { status, body } = await history(client_id)
      expect([status, body]).toEqual([200, []])
    },
  )

  test("it holds nothing of other users' requests", async () => {
    await aGrant(deps, user, client.client_id)
    expect((await history(client.client_id, await signedInPerson(deps, 'user'))).body).toEqual([])
  })
})

describe('revoking', () => {
  test('F36 the storage access ends, the app leaves the list and is inactive in the history', async () => {
    const { api_key } = await aGrant(deps, user, client.client_id)
    const again = await aGrant(deps, user, client.client_id)
    expect((await deps.network.check(api_key, read)).allowed).toBe(true)
    const { status, body } = await revoke()
    expect([status, body]).toEqual([200, { message: 'Developer access revoked successfully' }])
    for (const key of [api_key, again.api_key])
      expect(await deps.network.check(key, read)).toMatchObject({ allowed: false, reason: 'revoked' })
    expect(await connected()).toEqual([])
    expect((await history()).body).toMatchObject([
      { status: 1, is_active: false },
      { status: 1, is_active: false },
    ])
    expect(await deps.store.grants.find(again.grant.id)).toMatchObject({
      state: 'revoked',
      revoked_by: 'user',
    })
  })

  test('F36 an approval whose code is still on its way ends as well', async () => {
    const code = await anApproval(deps, user, client.client_id)
    expect((await revoke()).status).toBe(200)
    expect(
      (await deps.store.codes.read(client.client_id, code.code_hash, deps.clock.now())).code?.revoked_at,
    ).toBe(deps.clock.now())
  })

  test("other apps and other users' access go on", async () => {
    const other = await aClient(app, developer, { name: 'Other' })
    const neighbour = await signedInPerson(deps, 'user')
    const kept = [await aGrant(deps, user, other.client_id), await aGrant(deps, neighbour, client.client_id)]
    await aGrant(deps, user, client.client_id)
    await revoke()
    for (const { api_key } of kept) expect((await deps.network.check(api_key, read)).allowed).toBe(true)
    expect(await connected()).toMatchObject([{ application_name: 'Other' }])
    expect(await connected(neighbour)).toMatchObject([{ application_name: 'Photos' }])
  })

  test('where there is nothing to revoke the answer is 404, the same for every client', async () => {
    await aGrant(deps, await signedInPerson(deps, 'user'), client.client_id)
    const rejected = await aClient(app, developer)
    await aRequest(deps, user, rejected.client_id)
    for (const client_id of [client.client_id, rejected.client_id, newId(deps), client.id, 'x', '%00']) {
      const { status, body } = await revoke(client_id)
      const { trace_id: _, ...rest } = body
      expect([status, rest]).toEqual([
        404,
        {
          error: 'not_found',
          error_description: 'This app holds no access of yours.',
          error_uri: 'https://valetkey.test/errors/grant_not_found',
        },
      ])
    }
  })

  test('of many who revoke at once one succeeds, and so does revoking what was given anew', async () => {
    await aGrant(deps, user, client.client_id)
    const answers = await Promise.all(Array.from({ length: 8 }, () => revoke()))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404, 404, 404, 404, 404])
    const { api_key } = await aGrant(deps, user, client.client_id)
    expect((await deps.network.check(api_key, read)).allowed).toBe(true)
    expect((await revoke()).status).toBe(200)
    expect((await deps.network.check(api_key, read)).allowed).toBe(false)
  })

  test('access of a client that its developer deleted has ended already, and its history stays', async () => {
    await aGrant(deps, user, client.client_id)
    await ask(app, developer, 'DELETE', `${clientsPath}/${client.id}`)
    expect(await connected()).toEqual([])
    expect((await revoke()).status).toBe(404)
    expect((await history()).body).toMatchObject([
      { status: 1, is_active: false, application_name: 'Photos' },
    ])
  })

  test('it is on record, and so is the attempt that found nothing', async () => {
    await aGrant(deps, user, client.client_id)
    const events: unknown[] = []
    const recorder = { ...deps.recorder, audit: (event: unknown) => void events.push(event) }
    const { app: watched } = await testApp({ store: deps.store, recorder })
    for (const outcome of ['success', 'failed']) {
      const { headers } = await ask(watched, user, 'DELETE', `${apps}/${client.client_id}/revoke`)
      expect(events.at(-1)).toEqual({
        actor_kind: 'user',
        actor_id: user.account.id,
        action: 'access.revoked',
        resource: client.client_id,
        outcome,
        network: '127.0.0.1',
        trace_id: headers['x-trace-id'],
      })
    }
    await watched.close()
  })

  test('nobody does it without a session, no developer with one of theirs, and no page of another origin', async () => {
    const { api_key } = await aGrant(deps, user, client.client_id)
    for (const stranger of [undefined, developer])
      expect((await ask(app, stranger, 'DELETE', `${apps}/${client.client_id}/revoke`)).status).toBe(401)
    const { statusCode } = await app.inject({
      method: 'DELETE',
      url: `${apps}/${client.client_id}/revoke`,
      cookies: { _tokenKey: user.token },
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    expect(statusCode).toBe(403)
    expect((await deps.network.check(api_key, read)).allowed).toBe(true)
  })
})
