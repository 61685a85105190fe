import { rfc3339 } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { NewAuditEvent } from '../domain/audit-event.ts'
import { auditNames } from '../domain/audit-words.ts'
import {
  type Answer,
  aClient,
  ask,
  type Person,
  redirectUri,
  signedInAgain,
  signedInPerson,
  type TestClient,
} from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

const log = '/api/v0/audit-logs'

let app: FastifyInstance
let deps: TestDeps
let developer: Person
let user: Person
let client: TestClient
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
beforeEach(async () => {
  developer = await signedInPerson(deps, 'developer')
  user = await signedInPerson(deps, 'user', 'Grace Example')
  client = await aClient(app, developer)
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

async function read(suffix = '', person: Person | undefined = user): Promise<Answer> {
  await deps.recorder.flush()
  return ask(app, person, 'GET', log + suffix)
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

/** The user approves what the client asks; returns the code and the request it answers. */
async function approval(): Promise<{ code: string; request_id: string }> {
  await deps.network.createProject(user.account.id, 'First')
  const form = { client_id: client.client_id, redirect_uri: redirectUri, scope: ['read'] }
  const { request_id } = (await ask(app, user, 'POST', '/api/v0/oauth2/request', form)).body
  const consent = { request_id, approve: true, approved_scopes: ['read'] }
  const { code } = (await ask(app, user, 'POST', '/api/v0/oauth2/consent', consent)).body
  return { code, request_id }
}

async function redeem(code: string, by: TestClient = client, key = by.client_secret): Promise<number> {
  const { client_id } = by
  const client_secret = await new SignJWT({ client_id, exp: deps.clock.now() + 300 })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(Buffer.from(key))
  const form = { client_id, client_secret, redirect_uri: redirectUri, code, passphrase: '' }
  return (await ask(app, undefined, 'POST', '/api/v0/oauth2/token', form)).status
}

describe('the audit log of a user', () => {
  test('it has the field names of the contract, and follows an app from its question to its end', async () => {
    expect((await read()).body).toEqual({ Items: [], NextCursor: '', TotalCount: 0 })
    const start = deps.clock.now()
    const { code, request_id } = await approval()
    deps.clock.advance(1)
    expect(await redeem(code)).toBe(200)
    deps.clock.advance(1)
    await ask(app, user, 'DELETE', `/api/v0/auth/developer-access/${client.client_id}/revoke`)

    const by = { actor_id: user.account.id, actor: 'Grace Example', actor_email: user.account.email }
    const common = {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ip_address: '127.0.0.1',
      status: 'success',
    }
    const { Items, NextCursor, TotalCount } = (await read()).body
    expect([NextCursor, TotalCount]).toEqual(['', 4])
    expect(Items.slice(0, 2)).toEqual([
      {
        ...common,
        ...by,
        timestamp: rfc3339(start + 2),
        action: 'DEVELOPER_ACCESS_REVOKE',
        resource: client.client_id,
        message: 'You ended all access of the app "Photos".',
      },
      {
        ...common,
        timestamp: rfc3339(start + 1),
        actor_id: client.client_id,
        actor: 'Photos',
        actor_email: '',
        action: 'OAUTH2_TOKEN',
        resource: request_id,
        message: 'The access you gave the app "Photos" was handed out.',
      },
    ])
    const first = { ...common, ...by, timestamp: rfc3339(start), resource: request_id }
    // Two in one second: their order is not promised.
    expect(Items.slice(2)).toEqual(
      expect.arrayContaining([
        { ...first, action: 'OAUTH2_CONSENT', message: 'You gave the app "Photos" access to your storage.' },
        { ...first, action: 'OAUTH2_REQUEST', message: 'The app "Photos" asked for access to your storage.' },
      ]),
    )
  })

  test('a refused redemption is on record, by the client that proved who it is, else by nobody known', async () => {
    const other = await aClient(app, developer, { name: 'Other' })
    const { code, request_id } = await approval()
    await read()
    const tries: [by: TestClient, key: string, actor: object][] = [
      [client, client.client_secret, { actor_id: client.client_id, actor: 'Photos' }],
      [other, other.client_secret, { actor_id: other.client_id, actor: 'Other' }],
      [client, 'a key that is not the one', { actor_id: '', actor: 'unknown' }],
    ]
    deps.clock.advance(60)
    for (const [by, key, actor] of tries) {
      deps.clock.advance(1)
      expect(await redeem(code, by, key)).toBeGreaterThanOrEqual(400)
      expect((await read('?action=OAUTH2_TOKEN')).body.Items[0]).toMatchObject({
        ...actor,
        actor_email: '',
        resource: request_id,
        message: 'An attempt to collect the access you gave the app "Photos" was turned down.',
        status: 'failed',
      })
    }
    expect((await read('?action=OAUTH2_TOKEN&status=failed')).body.TotalCount).toBe(3)
    await redeem('x'.repeat(43))
    expect((await read('?action=OAUTH2_TOKEN')).body.TotalCount).toBe(3)
  })

  test('what strangers try with an account is shown to its user, and to nobody else', async () => {
    const neighbour = await signedInPerson(deps, 'user')
    const form = { email: user.account.email, password: 'not the password' }
    await deps.store.users.setPassword(user.account.id, await deps.passwords.hash('the password'))
    user = await signedInAgain(deps, 'user', user.account)
    expect((await ask(app, undefined, 'POST', '/api/v0/auth/token', form)).status).toBe(401)
    expect((await read()).body).toMatchObject({
      TotalCount: 1,
      Items: [{ actor_id: '', actor: 'unknown', action: 'USER_SIGNED_IN', status: 'failed' }],
    })
    expect((await read('', neighbour)).body.TotalCount).toBe(0)
  })

  test('an app that somebody named in vain is not named back', async () => {
    await ask(app, user, 'DELETE', `/api/v0/auth/developer-access/${client.client_id}/revoke`)
    const { text, body } = await read()
    expect(body.Items[0].message).toBe('You tried to end the access of an app, and nothing ended.')
    expect(text).not.toContain('Photos')
  })

  test('pages follow each other by cursor, without gap or repetition, while events come in', async () => {
    for (let made = 0; made < 60; made++) {
      record()
      if (made % 7 === 0) deps.clock.advance(1)
    }
    const all = (await read('?limit=200')).body
    expect([all.Items.length, all.NextCursor, all.TotalCount]).toEqual([60, '', 60])
    expect((await read()).body.Items).toEqual(all.Items.slice(0, 50))

    const paged: unknown[] = []
    let cursor = ''
    do {
      const { Items, NextCursor } = (await read(`?limit=20&cursor=${cursor}`)).body
      expect(Items).toHaveLength(20)
      paged.push(...Items)
      cursor = NextCursor
      record()
    } while (cursor !== '')
    expect(paged).toEqual(all.Items)
  })

  test('it can be narrowed by action, status, text and dates, and so can the export', async () => {
    await approval()
    deps.clock.advance(60)
    record({ outcome: 'failed', network: '2001:db8::9' })
    const now = deps.clock.now()
    const at = (seconds: number) => encodeURIComponent(rfc3339(now + seconds))
    const rows: [query: string, matching: number][] = [
      ['?action=OAUTH2_CONSENT', 1],
      ['?action=oauth.approved', 1],
      ['?action=__proto__', 0],
      ['?status=success', 2],
      ['?status=failed', 1],
      ['?status=failed&action=OAUTH2_CONSENT', 0],
      ['?search=photos', 2],
      ['?search=asked+for+access', 1],
      ['?search=user_signed', 1],
      ['?search=2001%3ADB8', 1],
      ['?search=%25', 0],
      ['?search=%00', 0],
      [`?from=${at(0)}`, 1],
      [`?to=${at(-60)}`, 2],
      [`?from=${at(-60)}&to=${at(-1)}`, 2],
      [`?from=${encodeURIComponent(rfc3339(now + 2 * 3600).replace('Z', '+02:00'))}`, 1],
      ['?action=&status=&search=&from=&to=', 3],
      ['?unknown=x', 3],
    ]
    for (const [query, matching] of rows) {
      const { Items, TotalCount } = (await read(query)).body
      expect([query, Items.length, TotalCount]).toEqual([query, matching, matching])
      expect([query, lines(await read(`/export${query}`)).length - 1]).toEqual([query, matching])
    }
  })

  test('its actions are a list of names, the same for everybody', async () => {
    expect((await read('/actions')).body).toEqual({ actions: auditNames })
  })
})

describe('refused', () => {
  test.each([
    'status=1',
    'status=success&status=failed',
    'from=yesterday',
    'from=2026-01-31',
    'to=2026-02-31T00:00:00Z',
    'to=1700000000',
    `search=${'x'.repeat(101)}`,
    `action=${'x'.repeat(65)}`,
  ])('?%s is an invalid request, in the list and the export', async (query) => {
    for (const { status, body } of [await read(`?${query}`), await read(`/export?${query}`)]) {
      expect([status, body.error]).toEqual([400, 'invalid_request'])
      expect(body.error_description).toContain(query.split('=')[0])
    }
  })

  const cursorOf = (text: string) => Buffer.from(text).toString('base64url')
  test.each([
    'limit=0',
    'limit=-1',
    'limit=201',
    'limit=1000',
    'limit=1e2',
    'limit=x',
    'cursor=x',
    'cursor=%00',
    `cursor=${cursorOf('1.x')}`,
    `cursor=${cursorOf('x.01890000-0000-7000-8000-000000000000')}`,
    `cursor=${cursorOf("1.01890000-0000-7000-8000-000000000000' or 1=1")}`,
    `cursor=${'A'.repeat(300)}`,
  ])('?%s is an invalid request', async (query) => {
    const { status, body } = await read(`?${query}`)
    expect([status, body.error]).toEqual([400, 'invalid_request'])
    expect(body.error_description).toContain(query.split('=')[0])
  })

  test('a cursor shows nobody the log of somebody else', async () => {
    record()
    record()
    const { NextCursor } = (await read('?limit=1')).body
    const neighbour = await signedInPerson(deps, 'user')
    expect((await read(`?cursor=${NextCursor}`, neighbour)).body.Items).toEqual([])
  })

  test('nobody reads it without a session, and no developer with one of theirs', async () => {
    for (const stranger of [undefined, developer]) {
      for (const path of ['', '/actions', '/export'])
        expect((await ask(app, stranger, 'GET', log + path)).status).toBe(401)
    }
  })
})
