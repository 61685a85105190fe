import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Acting } from '../audited.ts'
import {
  aClient,
  aGrant,
  aRequest,
  ask,
  clientsPath,
  oneOfEachRequest,
  type Person,
  signedInPerson,
  type TestClient,
} from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'
import { listApps, listAsked } from './apps-of-user.ts'
import { revokeAccess } from './connected-apps.ts'

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
  client = await aClient(app, developer)
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

async function acting({ account, token: _ }: Person): Promise<Acting> {
  const caller = { trace_id: 'trace', network: '192.0.2.1', user_agent: 'a browser' }
  const [session] = await deps.store.sessions.list('user', account.id, 0)
  if (session === undefined) throw new Error('nobody signed in')
  return { kind: 'user', account, session, caller }
}

test('grants that open the same are one access, from the oldest to the end of the longest', async () => {
  const { grant: older } = await aGrant(deps, user, client.client_id)
  deps.clock.advance(60)
  const { grant: newer } = await aGrant(deps, user, client.client_id)
  const { connected } = await listApps(deps, await acting(user))
  expect(connected).toMatchObject([
    {
      client: { name: 'Photos' },
      developer: { full_name: 'Grace Example' },
      rejected_scopes: ['write'],
      accesses: [
        {
          scopes: ['read'],
          project_name: 'first',
          since: older.created_at,
          not_after: newer.not_after,
          collected_at: newer.created_at,
        },
      ],
    },
  ])
  expect(connected[0]?.accesses).toHaveLength(1)
})

test('an app whose access ended says when and by whom', async () => {
  const end = async () => (await listApps(deps, await acting(user))).ended
  const { grant } = await aGrant(deps, user, client.client_id)
  expect(await end()).toEqual([])
  deps.clock.advance(5)
  await revokeAccess(deps, await acting(user), client.client_id)
  expect(await end()).toMatchObject([
    { client: { name: 'Photos' }, ended_at: grant.created_at + 5, ended_by: 'user' },
  ])

  const closed = await aClient(app, developer, { name: 'Closed' })
  await aGrant(deps, user, closed.client_id)
  deps.clock.advance(5)
  await ask(app, developer, 'DELETE', `${clientsPath}/${closed.id}`)
  const expiring = await aClient(app, developer, { name: 'Expiring' })
  const { grant: last } = await aGrant(deps, user, expiring.client_id)
  deps.clock.advance(last.not_after - deps.clock.now())
  expect(await end()).toMatchObject([
    { client: { name: 'Expiring' }, ended_at: last.not_after, ended_by: null },
    { client: { name: 'Closed' }, ended_by: 'developer' },
    { client: { name: 'Photos' }, ended_by: 'user' },
  ])
})

test('an app that was let in again is connected and not ended', async () => {
  await aGrant(deps, user, client.client_id)
  await revokeAccess(deps, await acting(user), client.client_id)
  await aGrant(deps, user, client.client_id)
  const { connected, ended } = await listApps(deps, await acting(user))
  expect([connected.length, ended.length]).toEqual([1, 0])
})

test('what an app asked is told with how it ended, newest first', async () => {
  await oneOfEachRequest(deps, user, client.client_id)
  const asked = await listAsked(deps, await acting(user), client.client_id)
  expect(asked.map(({ state }) => state)).toEqual(['waiting', 'rejected', 'approved', 'approved', 'expired'])
})

test("nothing of other users' apps is told", async () => {
  await aGrant(deps, user, client.client_id)
  await aRequest(deps, user, client.client_id)
  const stranger = await acting(await signedInPerson(deps, 'user'))
  expect(await listApps(deps, stranger)).toEqual({ connected: [], ended: [] })
  expect(await listAsked(deps, stranger, client.client_id)).toEqual([])
})
