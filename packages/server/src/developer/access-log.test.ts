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
  oneOfEachRequest,
  type Person,
  redirectUri,
  signedInPerson,
  type TestClient,
} from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

const log = '/api/v0/developer/auth/access-logs'
const head =
  'Timestamp,Client ID,Client Name,Status,Redirect URI,Scopes,Approved Scopes,Rejected Scopes,Rejection Reason'

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

const list = (query = '') => ask(app, ada, 'GET', `${log}${query}`)
const statistics = (query = '') => ask(app, ada, 'GET', `${log}/statistics${query}`)
const exported = (query = '') => ask(app, ada, 'GET', `${log}/export${query}`)
const lines = (text: string) => text.trimEnd().split('\n')

const five = () => oneOfEachRequest(deps, user, client.client_id)

describe('the list', () => {
  test('K38/F38 entries have the fields of the contract, and a redeemed request counts as approved', async () => {
    await five()
    const { status, body, headers } = await list()
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toMatchObject({
      pageCount: 1,
      currentPage: 1,
      totalCount: 5,
      hasMore: false,
      limit: 50,
      offset: 0,
    })
    const now = deps.clock.now()
    const common = {
      id: expect.any(String),
      client_id: client.client_id,
      client_name: 'Photos',
      redirect_uri: redirectUri,
      scopes: ['read', 'write'],
    }
    expect(body.logs).toEqual([
      {
        ...common,
        timestamp: rfc3339(now),
        status: 0,
        access_status: 'pending',
        approved_scopes: [],
        rejected_scopes: [],
        consent_expires_at: rfc3339(now + 600),
      },
      {
        ...common,
        timestamp: rfc3339(now - 1),
        status: 2,
        access_status: 'rejected',
        rejection_reason: 'the user declined',
        approved_scopes: [],
        rejected_scopes: ['read', 'write'],
        consent_expires_at: rfc3339(now + 599),
      },
      {
        ...common,
        timestamp: rfc3339(now - 2),
        status: 1,
        access_status: 'approved',
        approved_scopes: ['read'],
        rejected_scopes: ['write'],
        consent_expires_at: rfc3339(now + 598),
        code_expires_at: rfc3339(now + 58),
      },
      {
        ...common,
        timestamp: rfc3339(now - 3),
        status: 1,
        access_status: 'approved',
        approved_scopes: ['read'],
        rejected_scopes: ['write'],
        consent_expires_at: rfc3339(now + 597),
        code_expires_at: rfc3339(now + 57),
      },
      {
        ...common,
        timestamp: rfc3339(now - 4),
        status: 2,
        access_status: 'rejected',
        rejection_reason: 'the user did not decide in time',
        approved_scopes: [],
        rejected_scopes: [],
        consent_expires_at: rfc3339(now - 3),
      },
    ])
  })

  test('it never says which user, and holds no code', async () => {
    const code = await anApproval(deps, user, client.client_id)
    for (const { text } of [await list(), await exported()]) {
      for (const secret of [user.account.id, user.account.email, code.code_hash, code.id])
        expect(text).not.toContain(secret)
    }
  })

  test('K38 it is paged from 1 by limit; 0 and -1 mean all', async () => {
    for (let made = 0; made < 60; made++) await aRequest(deps, user, client.client_id)
    const page = async (query: string) => {
      const { logs, ...rest } = (await list(query)).body
      return { ...rest, rows: logs.length }
    }
    const common = { totalCount: 60 }
    expect(await page('')).toEqual({
      ...common,
      pageCount: 2,
      currentPage: 1,
      hasMore: true,
      limit: 50,
      offset: 0,
      rows: 50,
    })
    expect(await page('?page=2')).toEqual({
      ...common,
      pageCount: 2,
      currentPage: 2,
      hasMore: false,
      limit: 50,
      offset: 50,
      rows: 10,
    })
    expect(await page('?limit=25&page=3')).toEqual({
      ...common,
      pageCount: 3,
      currentPage: 3,
      hasMore: false,
      limit: 25,
      offset: 50,
      rows: 10,
    })
    expect(await page('?limit=20&page=2')).toEqual({
      ...common,
      pageCount: 3,
      currentPage: 2,
      hasMore: true,
      limit: 20,
      offset: 20,
      rows: 20,
    })
    expect(await page('?page=9')).toEqual({
      ...common,
      pageCount: 2,
      currentPage: 9,
      hasMore: false,
      limit: 50,
      offset: 400,
      rows: 0,
    })
    expect(await page('?limit=-1')).toEqual({
      ...common,
      pageCount: 1,
      currentPage: 1,
      hasMore: false,
      limit: -1,
      offset: 0,
      rows: 60,
    })
    expect(await page('?limit=0&page=7')).toEqual({
      ...common,
      pageCount: 1,
      currentPage: 1,
      hasMore: false,
      limit: 0,
      offset: 0,
      rows: 60,
    })
    const all: string[] = (await list('?limit=0')).body.logs.map(({ id }: { id: string }) => id)
    const pages = await Promise.all([1, 2, 3].map(async (n) => (await list(`?limit=20&page=${n}`)).body.logs))
    expect(pages.flat().map(({ id }) => id)).toEqual(all)
  })

  test('an empty log is one of zero pages', async () => {
    expect((await list()).body).toEqual({
      logs: [],
      pageCount: 0,
      currentPage: 1,
      totalCount: 0,
      hasMore: false,
      limit: 50,
      offset: 0,
    })
    expect((await list('?limit=-1')).body).toMatchObject({ logs: [], pageCount: 0 })
  })

  test('it can be narrowed by status, client and dates, which bind the statistics and the export as well', async () => {
    await five()
    const other = await aClient(app, ada, { name: 'Other' })
    await aRequest(deps, user, other.client_id)
    const now = deps.clock.now()
    const at = (seconds: number) => encodeURIComponent(rfc3339(now + seconds))
    const rows: [query: string, matching: number][] = [
      ['?status=0', 2],
      ['?status=1', 2],
      ['?status=2', 2],
      [`?client_id=${client.client_id}`, 5],
      [`?client_id=${other.client_id}&status=1`, 0],
      [`?start_date=${at(-2)}`, 4],
      [`?end_date=${at(-2)}`, 3],
      [`?start_date=${at(-2)}&end_date=${at(-2)}`, 1],
      [`?start_date=${encodeURIComponent(rfc3339(now + 2 * 3600 - 2).replace('Z', '+02:00'))}`, 4],
      [`?end_date=${encodeURIComponent(rfc3339(now - 2).replace('Z', '.999Z'))}`, 3],
      ['?ip_address=192.0.2.1', 6],
      ['?status=&client_id=&start_date=&limit=&page=', 6],
      ['?unknown=x', 6],
    ]
    for (const [query, matching] of rows) {
      expect([query, (await list(query)).body.totalCount]).toEqual([query, matching])
      expect([query, (await statistics(query)).body.total]).toEqual([query, matching])
      expect([query, lines((await exported(query)).text).length - 1]).toEqual([query, matching])
    }
  })
})

test('F38 statistics count a redeemed request as approved and one decided too late as rejected', async () => {
  expect((await statistics()).body).toEqual({
    total: 0,
    approved: 0,
    pending: 0,
    rejected: 0,
    success_rate: 0,
  })
  await five()
  await aGrant(deps, user, client.client_id)
  expect((await statistics()).body).toEqual({
    total: 6,
    approved: 3,
    pending: 1,
    rejected: 2,
    success_rate: 50,
  })
  await aRequest(deps, user, client.client_id)
  expect((await statistics()).body).toEqual({
    total: 7,
    approved: 3,
    pending: 2,
    rejected: 2,
    success_rate: 42.86,
  })
  expect((await statistics('?status=2')).body).toEqual({
    total: 2,
    approved: 0,
    pending: 0,
    rejected: 2,
    success_rate: 0,
  })
})

describe('refused', () => {
  test.each([
    'limit=x',
    'limit=-2',
    'limit=1.5',
    'limit=1e3',
    'limit=99999999999',
    'page=0',
    'page=-1',
    'page=x',
    'status=3',
    'status=x',
    'status=0&status=1',
    'start_date=yesterday',
    'start_date=2026-01-31',
    'end_date=2026-02-31T00:00:00Z',
    'end_date=2026-01-31T00:00:00',
    'end_date=1700000000',
    `client_id=${'x'.repeat(300)}`,
  ])('?%s is an invalid request, in the list, the statistics and the export', async (query) => {
    for (const answer of [
      await list(`?${query}`),
      await statistics(`?${query}`),
      await exported(`?${query}`),
    ]) {
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
      expect(answer.headers['content-type']).toMatch(/^application\/json/)
      expect(answer.body.error_description).toContain(query.split('=')[0])
    }
  })

  test("another developer's client_id reads like an unknown one", async () => {
    const bob = await signedInPerson(deps, 'developer')
    await aRequest(deps, user, client.client_id)
    for (const client_id of [client.client_id, client.id, newId(deps), 'x', '%00']) {
      for (const path of ['', '/statistics', '/export']) {
        const { status, body } = await ask(app, bob, 'GET', `${log}${path}?client_id=${client_id}`)
        expect([status, body.error, body.error_description]).toEqual([
          404,
          'not_found',
          'You have no client with this id.',
        ])
      }
    }
    expect((await ask(app, bob, 'GET', log)).body.totalCount).toBe(0)
    expect((await ask(app, bob, 'GET', `${log}/statistics`)).body.total).toBe(0)
    expect((await ask(app, bob, 'GET', `${log}/export`)).text).toBe(`${head}\n`)
  })

  test('nobody reads it without a session, and no user with one of theirs', async () => {
    for (const stranger of [undefined, user]) {
      for (const path of ['', '/statistics', '/export'])
        expect((await ask(app, stranger, 'GET', log + path)).status).toBe(401)
    }
  })
})

test('a deleted client stays in the log of its developer', async () => {
  await aRequest(deps, user, client.client_id)
  await ask(app, ada, 'DELETE', `${clientsPath}/${client.id}`)
  expect((await list()).body.totalCount).toBe(1)
  expect((await list(`?client_id=${client.client_id}`)).body.logs[0]).toMatchObject({ client_name: 'Photos' })
})
