import { rfc3339 } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { NewAuditEvent } from '../domain/audit-event.ts'
import { type Answer, ask, type Person, signedInAgain, signedInPerson } from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

const log = '/api/v0/audit-logs'
const head = 'timestamp,actor,action,resource,message,ip_address,status'
const day = 86_400

let app: FastifyInstance
let deps: TestDeps
let user: Person
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
beforeEach(async () => {
  user = await signedInPerson(deps, 'user', 'Grace Example')
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

async function exported(query = '', by = app): Promise<Answer> {
  await deps.recorder.flush()
  return ask(by, user, 'GET', `${log}/export${query}`)
}
const lines = ({ text }: Answer) => text.trimEnd().split('\n')

/** Records what this user did, without doing it. */
function record(over: Partial<NewAuditEvent> = {}): void {
  deps.recorder.audit({
    actor_kind: 'user',
    actor_id: user.account.id,
    action: 'user.signed_in',
    resource: user.account.id,
    outcome: 'success',
    network: '192.0.2.1',
    trace_id: 'aa',
    ...over,
  })
}

/** The same server at the same time, with this part of its store replaced. */
async function appWith(audit: Partial<typeof deps.store.audit>): Promise<FastifyInstance> {
  const store = { ...deps.store, audit: { ...deps.store.audit, ...audit } }
  const other = await testApp({ store })
  other.deps.clock.advance(deps.clock.now() - other.deps.clock.now())
  return other.app
}

test('it is a CSV file with the header of the contract, newest first', async () => {
  const now = deps.clock.now()
  record()
  deps.clock.advance(1)
  record({ action: 'oauth.requested', resource: null, outcome: 'failed', network: '2001:db8::9' })
  const answer = await exported()
  expect(answer.headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="audit-logs-${rfc3339(now).slice(0, 10)}.csv"`,
    'cache-control': 'no-store',
  })
  const who = 'Grace Example'
  expect(answer.text).toBe(
    [
      head,
      `${rfc3339(now + 1)},${who},OAUTH2_REQUEST,,An app tried to ask for access to your storage.,2001:db8::9,failed`,
      `${rfc3339(now)},${who},USER_SIGNED_IN,${user.account.id},You signed in.,192.0.2.1,success`,
      '',
    ].join('\n'),
  )
})

test('a name that a spreadsheet would run is written as text', async () => {
  user = await signedInPerson(deps, 'user', '=1+1')
  record()
  expect(lines(await exported())[1]).toContain(",'=1+1,")
})

test('without dates it holds the last 7 days, with dates at most 90', async () => {
  for (let made = 0; made < 10; made++) {
    record()
    deps.clock.advance(day * 10)
  }
  record()
  deps.clock.advance(day * 7)
  record()
  user = await signedInAgain(deps, 'user', user.account)
  const now = deps.clock.now()
  const at = (days: number) => encodeURIComponent(rfc3339(now - days * day))
  const rows: [query: string, rows: number][] = [
    ['', 2],
    [`?from=${at(90)}`, 10],
    [`?to=${at(7)}`, 1],
    [`?to=${at(-1000)}`, 2],
    [`?from=${at(107)}&to=${at(17)}`, 10],
    [`?from=${at(0)}&to=${at(1)}`, 0],
  ]
  for (const [query, matching] of rows)
    expect([query, lines(await exported(query)).length - 1]).toEqual([query, matching])
  for (const query of [`?from=${at(91)}`, `?from=${at(108)}&to=${at(17)}`]) {
    const { status, body } = await exported(query)
    expect([status, body.error, body.error_description]).toEqual([
      400,
      'invalid_request',
      'from: an export covers at most 90 days.',
    ])
  }
})

test('a log of several batches is exported whole, each row once, while events come in, and ends at 100 000 rows', async () => {
  for (let made = 0; made < 1001; made++) record({ resource: `before-${made}` })
  await deps.recorder.flush()
  const { log: readLog } = deps.store.audit
  const busy = await appWith({
    log: async (...args) => {
      record()
      await deps.recorder.flush()
      return readLog(...args)
    },
  })
  const rows = lines(await exported('', busy)).slice(1)
  await busy.close()
  const before = rows.map((row) => row.split(',')[3]).filter((resource) => resource?.startsWith('before-'))
  expect([before.length, new Set(before).size]).toEqual([1001, 1001])

  let asked = 0
  const [entry] = await readLog({ user_id: user.account.id }, { limit: 1 })
  if (entry === undefined) throw new Error('the log is empty')
  const endless = await appWith({
    log: async (_filter, { limit }) => {
      asked += limit
      return Array.from({ length: limit }, () => entry)
    },
  })
  expect(lines(await exported('', endless)).length - 1).toBe(100_000)
  await endless.close()
  expect(asked).toBe(100_000)
})

test('a flood of exports is stopped', async () => {
  const statuses: number[] = []
  for (let made = 0; made < 61; made++) statuses.push((await exported()).status)
  expect(statuses.indexOf(429)).toBe(60)
})
