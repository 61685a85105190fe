import { rfc3339 } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  aClient,
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
const _statistics = (query = '') => ask(app, ada, 'GET', `${log}/statistics${query}`)
const exported = (query = '') => ask(app, ada, 'GET', `${log}/export${query}`)
const lines = (text: string) => text.trimEnd().split('\n')

const five = () => oneOfEachRequest(deps, user, client.client_id)

describe('the export', () => {
  test('K38 it is a CSV file with the header and name of the contract', async () => {
    await five()
    const { status, headers, text } = await exported()
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="access-logs-2026-03-01.csv"',
      'cache-control': 'no-store',
    })
    const now = deps.clock.now()
    const common = `${client.client_id},Photos`
    expect(lines(text)).toEqual([
      head,
      `${rfc3339(now)},${common},pending,${redirectUri},"read,write",,,`,
      `${rfc3339(now - 1)},${common},rejected,${redirectUri},"read,write",,"read,write",the user declined`,
      `${rfc3339(now - 2)},${common},approved,${redirectUri},"read,write",read,write,`,
      `${rfc3339(now - 3)},${common},approved,${redirectUri},"read,write",read,write,`,
      `${rfc3339(now - 4)},${common},rejected,${redirectUri},"read,write",,,the user did not decide in time`,
    ])
  })

  test('an empty log is exported as its header', async () => {
    expect((await exported()).text).toBe(`${head}\n`)
  })

  test('it holds everything, or the page that is asked for', async () => {
    for (let made = 0; made < 60; made++) await aRequest(deps, user, client.client_id)
    for (const [query, rows] of [
      ['', 60],
      ['?limit=-1', 60],
      ['?limit=7', 7],
      ['?limit=50&page=2', 10],
      ['?page=2', 10],
    ] as const) {
      expect([query, lines((await exported(query)).text).length - 1]).toEqual([query, rows])
    }
  })

  test('a log of several batches is exported whole, each row once, while new requests come in', async () => {
    for (let made = 0; made < 2100; made++) await aRequest(deps, user, client.client_id)
    const before: string[] = (await list('?limit=-1')).body.logs.map(({ id }: { id: string }) => id)
    const { log: read } = deps.store.requests
    const requests = {
      ...deps.store.requests,
      log: async (filter: Parameters<typeof read>[0]) => {
        deps.clock.advance(1)
        await aRequest(deps, user, client.client_id)
        return read(filter)
      },
    }
    const { app: busy } = await testApp({ store: { ...deps.store, requests } })
    const { text } = await ask(busy, ada, 'GET', `${log}/export`)
    await busy.close()
    expect(before).toHaveLength(2100)
    expect(lines(text).length - 1).toBeGreaterThanOrEqual(2100)
    expect(lines(text).length - 1).toBeLessThanOrEqual(2104)
  })

  test('a name that a spreadsheet would run is written as text', async () => {
    const formula = '=HYPERLINK("https://evil.example","x")'
    await ask(app, ada, 'PUT', `${clientsPath}/${client.id}`, { name: formula })
    await aRequest(deps, user, client.client_id, { scopes: ['bucket:photos;=1+1', 'read'] })
    const row = lines((await exported()).text)[1]
    expect(row).toContain(`,"'=HYPERLINK(""https://evil.example"",""x"")",`)
    expect((await list()).body.logs[0].client_name).toBe(formula)
  })

  test('a database that fails is told in JSON, before anything was sent', async () => {
    const requests = {
      ...deps.store.requests,
      log: () => Promise.reject(new Error('SELECT secret FROM somewhere')),
    }
    const { app: broken } = await testApp({ store: { ...deps.store, requests } })
    const { status, body, text } = await ask(broken, ada, 'GET', `${log}/export`)
    await broken.close()
    expect([status, body?.error]).toEqual([500, 'server_error'])
    expect(text).not.toContain('SELECT')
  })

  test('one that fails on the way is cut off rather than looking complete, and the log says so', async () => {
    for (let made = 0; made < 1001; made++) await aRequest(deps, user, client.client_id)
    const { log: read } = deps.store.requests
    const requests: typeof deps.store.requests = {
      ...deps.store.requests,
      log: (filter) =>
        filter.offset === 0 ? read(filter) : Promise.reject(new Error('the database went away')),
    }
    const { app: broken, deps: theirs } = await testApp({ store: { ...deps.store, requests } })
    await expect(ask(broken, ada, 'GET', `${log}/export`)).rejects.toThrow()
    await broken.close()
    expect(theirs.logLines.join('')).toContain('export_broken_off')
  })

  test('a flood of exports is stopped', async () => {
    const statuses: number[] = []
    for (let made = 0; made < 61; made++) statuses.push((await exported()).status)
    expect(statuses.indexOf(429)).toBe(60)
  })
})
