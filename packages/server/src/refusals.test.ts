/** Every refusal is provoked by one change to a good request, answers its row, and is named in the log. */
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from './ids.ts'
import {
  pageOf,
  publicWords,
  type Reason,
  type RefusalRow,
  refusalGroups,
  refusals,
  sharedPages,
} from './refusals.ts'
import { openSqlite } from './store/sqlite.ts'
import { StoreUnavailable } from './store/store.ts'
import { aClient, aProjectOf, ask, redirectUri, signedInPerson } from './testing/people.ts'
import { type TestDeps, testApp } from './testing/test-deps.ts'

type App = Awaited<ReturnType<typeof testApp>>['app']
type Person = Awaited<ReturnType<typeof signedInPerson>>

let app: App
let deps: TestDeps
let ada: Person
let grace: Person
let client: Awaited<ReturnType<typeof aClient>>

beforeAll(async () => {
  ;({ app, deps } = await testApp())
  ada = await signedInPerson(deps, 'developer')
  grace = await signedInPerson(deps, 'user')
  await deps.network.createProject(grace.account.id, 'First')
  client = await aClient(app, ada)
})
afterAll(() => app.close())

const clients = '/api/v0/developer/auth/oauth2/clients'
const nobody = '01890000-0000-7000-8000-000000000000'

/** The last refusal that the log names. */
const lastReason = (): unknown =>
  deps.logLines
    .map((line): unknown => JSON.parse(line))
    .map((line) => (typeof line === 'object' && line !== null && 'reason' in line ? line.reason : undefined))
    .findLast((reason) => reason !== undefined)

async function expectRefusal(
  reason: Reason,
  answer: { status: number; body: Record<string, unknown> },
): Promise<void> {
  const row: RefusalRow = refusals[reason]
  expect({ status: answer.status, error: answer.body.error }).toEqual({
    status: row.status,
    error: row.error,
  })
  expect(lastReason()).toBe(reason)
}

describe('asking and deciding', () => {
  const asking = (change: object = {}) => ({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: ['read'],
    ...change,
  })
  const request = (change: object = {}, who = grace) =>
    ask(app, who, 'POST', '/api/v0/oauth2/request', asking(change))
  const consent = (change: object, who = grace) =>
    ask(app, who, 'POST', '/api/v0/oauth2/consent', { approve: true, approved_scopes: ['read'], ...change })

  test.each<[Reason, () => object]>([
    ['client_unknown_at_request', () => ({ client_id: nobody })],
    ['redirect_uri_unproven', () => ({ redirect_uri: 'https://evil.example/cb' })],
    ['scope_invalid', () => ({ scope: ['admin'] })],
    ['scope_invalid', () => ({ scope: ['bucket:photos'] })],
    ['request_malformed', () => ({ scope: 'read' })],
    ['request_malformed', () => ({ code_challenge: 'too short' })],
    ['request_malformed', () => ({ code_challenge_method: 'plain' })],
  ])('request: %s', async (reason, change) => {
    await expectRefusal(reason, await request(change()))
  })

  test('request: scope_invalid when the client is registered for less', async () => {
    const narrow = await aClient(app, ada, { scopes: ['read'] })
    const change = { client_id: narrow.client_id, redirect_uri: redirectUri }
    await expectRefusal('scope_invalid', await request({ ...change, scope: ['read', 'write'] }))
    expect((await request({ ...change, scope: ['read', 'bucket:photos'] })).status).toBe(200)
  })

  test('request and consent: client_inactive_at_request', async () => {
    const other = await aClient(app, ada)
    const change = { client_id: other.client_id, redirect_uri: redirectUri }
    const { body } = await request(change)
    await ask(app, ada, 'PATCH', `${clients}/${other.client_id}/status`, { status: 0 })
    await expectRefusal('client_inactive_at_request', await request(change))
    await expectRefusal('client_inactive_at_request', await consent({ request_id: body.request_id }))
    await ask(app, ada, 'DELETE', `${clients}/${other.client_id}`)
    await expectRefusal('client_unknown_at_request', await consent({ request_id: body.request_id }))
  })

  test.each<[Reason, (request_id: string) => object]>([
    ['request_id_unknown', () => ({ request_id: nobody })],
    ['request_id_unknown', () => ({ request_id: 'not a uuid' })],
    ['scope_invalid', (request_id) => ({ request_id, approved_scopes: ['read', 'write'] })],
    ['scope_invalid', (request_id) => ({ request_id, approved_scopes: ['anything'] })],
    ['scope_invalid', (request_id) => ({ request_id, rejected_scopes: ['read'] })],
    ['request_malformed', (request_id) => ({ request_id, not_afer: 1 })],
    ['project_not_found', (request_id) => ({ request_id, project_id: nobody })],
    ['not_after_unfit', (request_id) => ({ request_id, not_after: deps.clock.now() })],
    ['not_after_unfit', (request_id) => ({ request_id, not_after: deps.clock.now() + 366 * 86_400 })],
    ['request_malformed', (request_id) => ({ request_id, not_after: 1.5 })],
    ['request_malformed', (request_id) => ({ request_id, approve: 'yes' })],
  ])('consent: %s, and the request still waits', async (reason, change) => {
    const { body } = await request()
    await expectRefusal(reason, await consent(change(String(body.request_id))))
    expect((await consent({ request_id: body.request_id })).status).toBe(200)
  })

  test("consent: project_not_found for another user's project", async () => {
    const eve = await signedInPerson(deps, 'user')
    const foreign = await aProjectOf(deps, eve.account.id, 'Secret')
    const { body } = await request()
    await expectRefusal(
      'project_not_found',
      await consent({ request_id: body.request_id, project_id: foreign.id }),
    )
  })

  test('consent: request_of_another_user, request_not_pending, request_expired', async () => {
    const eve = await signedInPerson(deps, 'user')
    const { body } = await request()
    await expectRefusal('request_of_another_user', await consent({ request_id: body.request_id }, eve))
    expect((await consent({ request_id: body.request_id, approve: false })).status).toBe(200)
    await expectRefusal('request_not_pending', await consent({ request_id: body.request_id }))
    const late = await request()
    deps.clock.advance(600)
    await expectRefusal('request_expired', await consent({ request_id: late.body.request_id }))
  })

  test('connected apps: grant_not_found when nothing is held', async () => {
    const path = `/api/v0/auth/developer-access/${nobody}/revoke`
    await expectRefusal('grant_not_found', await ask(app, grace, 'DELETE', path))
  })
})

describe('clients', () => {
  const form = (change: object) => ({
    name: 'Photos',
    redirect_uris: ['https://photos.example/cb'],
    ...change,
  })
  test.each<[Reason, object]>([
    ['client_name_unfit', { name: 'Pho\u202etos' }],
    ['client_name_unfit', { name: 'x\u0007' }],
    ['client_description_unfit', { description: 'a\u200bb' }],
    ['redirect_uri_unfit', { redirect_uris: ['http://photos.example/cb'] }],
    ['redirect_uri_duplicate', { redirect_uris: ['https://photos.example/cb', 'https://photos.example/CB'] }],
    ['scope_invalid', { scopes: ['admin'] }],
  ])('registration: %s', async (reason, change) => {
    await expectRefusal(reason, await ask(app, ada, 'POST', clients, form(change)))
  })

  test('client_not_found, redirect_uri_not_registered, redirect_uri_last, client_secrets_too_many', async () => {
    const { id } = client
    await expectRefusal('client_not_found', await ask(app, ada, 'GET', `${clients}/${nobody}`))
    const uris = `${clients}/${id}/redirect-uris`
    await expectRefusal(
      'redirect_uri_not_registered',
      await ask(app, ada, 'DELETE', uris, { uri: 'https://other.example/' }),
    )
    await expectRefusal('redirect_uri_last', await ask(app, ada, 'DELETE', uris, { uri: redirectUri }))
    const rotation = `${clients}/${id}/regenerate-secret`
    await ask(app, ada, 'POST', rotation, { keep_previous_for: 60 })
    await expectRefusal(
      'client_secrets_too_many',
      await ask(app, ada, 'POST', rotation, { keep_previous_for: 60 }),
    )
  })
})

describe('whatever the door', () => {
  const raw = async (options: InjectOptions) => {
    const answer = await app.inject(options)
    return { status: answer.statusCode, body: answer.json() }
  }
  test.each<[Reason, InjectOptions]>([
    ['route_unknown', { method: 'GET', url: '/nowhere' }],
    ['method_not_allowed', { method: 'GET', url: '/api/v0/oauth2/token' }],
    [
      'content_type_unsupported',
      {
        method: 'POST',
        url: '/api/v0/oauth2/token',
        payload: 'a=b',
        headers: { 'content-type': 'text/plain' },
      },
    ],
    [
      'body_too_large',
      { method: 'POST', url: '/api/v0/oauth2/token', payload: { client_id: 'x'.repeat(17_000) } },
    ],
    [
      'request_malformed',
      {
        method: 'POST',
        url: '/api/v0/oauth2/token',
        payload: '{',
        headers: { 'content-type': 'application/json' },
      },
    ],
    ['not_signed_in', { method: 'GET', url: '/api/v0/projects' }],
  ])('%s', async (reason, options) => {
    await expectRefusal(reason, await raw(options))
  })

  test('internal: a defect is logged with the place it came from, and told in one sentence', async () => {
    const broken = await testApp({
      network: { ...deps.network, projectsOf: () => Promise.reject(new Error('a defect with details')) },
    })
    const user = await signedInPerson(broken.deps, 'user')
    const answer = await ask(broken.app, user, 'GET', '/api/v0/projects')
    expect([answer.status, answer.body.error]).toEqual([500, 'server_error'])
    expect(JSON.stringify(answer.body)).not.toContain('details')
    expect(broken.deps.logLines.join('')).toContain('refusals.test.ts')
    // Nobody can tell a word of a message from a value that somebody sent.
    expect(broken.deps.logLines.join('')).not.toContain('details')
    expect(broken.deps.logLines.join('')).toContain('"reason":"internal"')
    await broken.app.close()
  })

  test('store_unavailable: without its database the server says 503', async () => {
    const store = await openSqlite(':memory:')
    const find = () => Promise.reject(new StoreUnavailable('away'))
    const gone = await testApp({ store: { ...store, sessions: { ...store.sessions, find } } })
    const user = await signedInPerson(gone.deps, 'user')
    const answer = await ask(gone.app, user, 'GET', '/api/v0/projects')
    expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable'])
    expect(gone.deps.logLines.join('')).toContain('"reason":"store_unavailable"')
    await gone.app.close()
  })
})

test('public words are printable ASCII without quotes and backslashes, as RFC 6749 wants them', () => {
  for (const { description } of Object.values(refusals)) expect(publicWords(description)).toBe(description)
  expect(publicWords('a "b" \\ ü \n')).toBe("a 'b' ' ? ?")
})

describe('the table', () => {
  const rows: [Reason, RefusalRow][] = Object.entries(refusals).map(([reason, row]) => [
    reason as Reason,
    row,
  ])
  const answer = ({ error, status, description }: RefusalRow) => JSON.stringify([error, status, description])

  test.each(rows)('%s is explained in one plain sentence, and mended in one', (_reason, row) => {
    for (const sentence of [row.explanation, row.fix]) {
      expect(sentence).toMatch(/^[A-Z][\x20-\x7e]+\.$/)
      expect(sentence).not.toMatch(/[.!?] [A-Z]/)
    }
    expect(row.snippet ?? '').toMatch(/^[\x20-\x7e]*$/)
  })

  test('two answers that are the same have the same page, so that error_uri never says more than the body', () => {
    const pages = Map.groupBy(rows, ([, row]) => answer(row))
    for (const alike of pages.values())
      expect(new Set(alike.map(([reason]) => pageOf(reason))).size, JSON.stringify(alike)).toBe(1)
  })

  test('what depends on the client record is one and the same to the caller', () => {
    const alike = [
      'client_unknown',
      'client_inactive',
      'profile_disabled',
      'signature_wrong',
      'assertion_replayed',
    ] as const
    expect(new Set(alike.map((reason) => answer(refusals[reason]))).size).toBe(1)
    for (const reason of alike) expect(pageOf(reason)).toBe('client_authentication_failed')
  })

  test('a page is a reason of its own or shared by several, never both', () => {
    const shared = Object.keys(sharedPages)
    for (const name of shared) {
      expect(Object.keys(refusals)).not.toContain(name)
      expect(rows.filter(([reason]) => pageOf(reason) === name).length).toBeGreaterThan(1)
    }
  })

  test('every reason stands in one group', () => {
    const grouped = refusalGroups.flatMap((group) => Object.keys(group.rows))
    expect(grouped).toEqual(Object.keys(refusals))
  })
})

test('ids are time-ordered', () => {
  const first = newId(deps)
  deps.clock.advance(1)
  expect(newId(deps) > first).toBe(true)
})
