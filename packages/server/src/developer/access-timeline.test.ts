import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '../ids.ts'
import {
  aClient,
  aRequest,
  ask,
  clientsPath,
  oneOfEachRequest,
  type Person,
  signedInPerson,
  type TestClient,
} from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

const path = '/api/v0/developer/auth/access-logs'
const day = 86_400
const none = { approved: 0, pending: 0, rejected: 0 }

let app: FastifyInstance
let deps: TestDeps
let ada: Person
let user: Person
let client: TestClient
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
beforeEach(async () => {
  ada = await signedInPerson(deps, 'developer')
  user = await signedInPerson(deps, 'user')
  client = await aClient(app, ada)
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

const timeline = (query = '', who: Person | undefined = ada) =>
  ask(app, who, 'GET', `${path}/timeline${query}`)
const dateOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10)
const asked = (created_at: number) =>
  aRequest(deps, user, client.client_id, { created_at, expires_at: created_at + 600 })

test('the last thirty days are told one by one, those without a request as well', async () => {
  const now = deps.clock.now()
  await asked(now - 31 * day)
  await asked(now - 3 * day)
  await oneOfEachRequest(deps, user, client.client_id)
  const { status, body } = await timeline()
  expect(status).toBe(200)
  expect(body.days.map(({ date }: { date: string }) => date)).toEqual(
    Array.from({ length: 30 }, (_, at) => dateOf(now - (29 - at) * day)),
  )
  expect(body.days.at(-1)).toEqual({ date: dateOf(now), approved: 2, pending: 1, rejected: 2 })
  expect(body.days.at(-4)).toEqual({ date: dateOf(now - 3 * day), ...none, rejected: 1 })
  const quiet = body.days.filter(({ rejected }: { rejected: number }) => rejected === 0)
  expect(quiet).toHaveLength(28)
  expect(quiet[0]).toEqual({ date: dateOf(now - 29 * day), ...none })
})

test('a day begins and ends at midnight UTC, whatever offset the range is given in', async () => {
  const midnight = Date.UTC(2026, 0, 10) / 1000
  for (const at of [midnight - 1, midnight, midnight + day - 1, midnight + day]) await asked(at)
  const { body } = await timeline('?start_date=2026-01-10T01:00:00%2B01:00&end_date=2026-01-11T00:00:00Z')
  expect(body.days).toEqual([
    { date: '2026-01-10', ...none, rejected: 2 },
    { date: '2026-01-11', ...none, rejected: 1 },
  ])
})

test('its days add up to the statistics of the same range', async () => {
  const start = Date.UTC(2026, 0, 20, 6) / 1000
  for (let hour = 0; hour < 72; hour += 5) await asked(start + hour * 3600)
  const range = '?start_date=2026-01-20T08:00:00Z&end_date=2026-01-22T10:30:00Z'
  const { days } = (await timeline(range)).body
  const { body } = await ask(app, ada, 'GET', `${path}/statistics${range}`)
  expect(days).toHaveLength(3)
  expect(body.total).toBeGreaterThan(5)
  expect(days.reduce((sum: number, { rejected }: { rejected: number }) => sum + rejected, 0)).toBe(body.total)
})

test.each([
  ['?end_date=2026-02-10T12:00:00Z', 30, '2026-01-12'],
  ['?start_date=2025-03-02T00:00:00Z&end_date=2026-03-02T00:00:00Z', 366, '2025-03-02'],
  ['?start_date=2026-02-27T23:59:59Z', 3, '2026-02-27'],
  ['?start_date=2026-02-02T00:00:00Z&end_date=2026-02-01T00:00:00Z', 0, undefined],
  ['?start_date=9999-12-31T00:00:00Z&end_date=9999-12-31T23:59:59Z', 1, '9999-12-31'],
  ['?start_date=&end_date=&client_id=', 30, '2026-01-31'],
])('%s tells %d days from %s', async (query, length, first) => {
  const { status, body } = await timeline(query)
  expect([status, body.days.length, body.days[0]?.date]).toEqual([200, length, first])
})

test.each([
  'start_date=2025-03-01T23:59:59Z&end_date=2026-03-02T00:00:00Z',
  'start_date=0001-01-01T00:00:00Z&end_date=9999-12-31T23:59:59Z',
  'start_date=yesterday',
  'end_date=2026-02-31T00:00:00Z',
])('request_malformed: ?%s', async (query) => {
  const { status, body } = await timeline(`?${query}`)
  expect([status, body.error]).toEqual([400, 'invalid_request'])
  expect(body.error_description).toContain(query.split('=')[0])
})

test('one client is told alone, a deleted one too', async () => {
  const other = await aClient(app, ada, { name: 'Other' })
  await asked(deps.clock.now())
  await aRequest(deps, user, other.client_id)
  await ask(app, ada, 'DELETE', `${clientsPath}/${other.id}`)
  const today = async (query: string) => (await timeline(query)).body.days.at(-1)
  expect(await today('')).toMatchObject({ pending: 2 })
  expect(await today(`?client_id=${client.client_id}`)).toMatchObject({ pending: 1 })
  expect(await today(`?client_id=${other.client_id}`)).toMatchObject({ pending: 1 })
})

test("client_not_found: another developer's client reads like an unknown one; nobody reads without a session", async () => {
  await asked(deps.clock.now())
  const bob = await signedInPerson(deps, 'developer')
  for (const client_id of [client.client_id, client.id, newId(deps), '%00']) {
    const { status, body } = await timeline(`?client_id=${client_id}`, bob)
    expect([status, body.error_description]).toEqual([404, 'You have no client with this id.'])
  }
  const { days } = (await timeline('', bob)).body
  expect(days.every((each: typeof none) => each.pending + each.approved + each.rejected === 0)).toBe(true)
  for (const stranger of [undefined, user])
    expect((await ask(app, stranger, 'GET', `${path}/timeline`)).status).toBe(401)
})
