/** What release 0.1.0 left in its database goes on working, whichever database it was. */
import { readFileSync } from 'node:fs'
import { parseAccessGrant } from '@valetkey/access-grant'
import { SignJWT } from 'jose'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keepAuditChain } from '../packages/server/src/audit/upkeep.ts'
import { verifyChain } from '../packages/server/src/audit/verify.ts'
import { openPostgres } from '../packages/server/src/store/postgres.ts'
import { openSqlite } from '../packages/server/src/store/sqlite.ts'
import type { Store } from '../packages/server/src/store/store.ts'
import { type Answer, ask, clientsPath } from '../packages/server/src/testing/people.ts'
import { type TestDeps, testApp } from '../packages/server/src/testing/test-deps.ts'
import left from '../vectors/upgrade/0.1.0.json' with { type: 'json' }
import { createDatabase } from './testing/database.ts'
import { newFolder, writeDatabase } from './testing/sqlite-file.ts'

const dump = readFileSync(new URL('../vectors/upgrade/0.1.0.sql', import.meta.url), 'utf8')

const kinds: readonly { name: string; open: () => Promise<Store> }[] = [
  { name: 'sqlite', open: () => openSqlite(writeDatabase(newFolder(), dump)) },
  {
    name: 'postgres',
    async open() {
      const connectionString = await createDatabase()
      const client = new pg.Client({ connectionString })
      await client.connect()
      await client.query(dump).finally(() => client.end())
      return openPostgres(connectionString)
    },
  },
]

const { developer, user, photos, films, redirect_uri } = left

describe.each(kinds)('$name', ({ open }) => {
  let app: Awaited<ReturnType<typeof testApp>>['app']
  let deps: TestDeps
  beforeEach(async () => {
    const settings = { public_url: left.public_url }
    ;({ app, deps } = await testApp({ store: await open(), settings }))
    deps.clock.advance(left.at - deps.clock.now())
  })
  afterEach(async () => {
    await app.close()
    await deps.store.close()
  })

  const call = (
    { token }: { token?: string },
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    body?: object,
  ): Promise<Answer> =>
    ask(app, token === undefined ? undefined : ({ token } as Parameters<typeof ask>[1]), method, url, body)
  const redeem = async (client: { client_id: string; client_secret: string }, code: string) => {
    const { client_id, client_secret: secret } = client
    const jwt = new SignJWT({ client_id, exp: deps.clock.now() + 300 }).setProtectedHeader({ alg: 'HS256' })
    const client_secret = await jwt.sign(new TextEncoder().encode(secret))
    const { passphrase } = left
    return call({}, 'POST', '/api/v0/oauth2/token', {
      client_id,
      client_secret,
      redirect_uri,
      code,
      passphrase,
    })
  }
  const opens = async (access_grant: string) => {
    const { api_key } = parseAccessGrant(access_grant)
    const encrypted_path = new Uint8Array([2, 1, 1])
    return (await deps.network.check(api_key, { op: 'read', bucket: 'photos', encrypted_path })).allowed
  }

  test('people are still signed in, and can sign in again', async () => {
    expect((await call(user, 'GET', '/api/v0/auth/developer-access')).status).toBe(200)
    const clients = (await call(developer, 'GET', clientsPath)).body
    expect(clients.map(({ client_id }: { client_id: string }) => client_id).sort()).toEqual(
      [photos.client_id, films.client_id].sort(),
    )
    for (const [path, { email, password }] of [
      ['/api/v0/developer/auth/token', developer],
      ['/api/v0/auth/token', user],
    ] as const) {
      expect((await call({}, 'POST', path, { email, password })).status).toBe(200)
      expect((await call({}, 'POST', path, { email, password: 'another password' })).status).toBe(401)
    }
  })

  test.each([
    ['the newest secret', films.client_secret],
    ['the older one that has not retired', films.older_secret],
  ])('an unspent code is redeemed once, with %s', async (_which, client_secret) => {
    const first = await redeem({ ...films, client_secret }, left.code)
    expect([first.status, first.body.scopes]).toEqual([200, expect.arrayContaining(['read', 'list'])])
    const again = await redeem({ ...films, client_secret }, left.code)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_code'])
  })

  test('access is alive that was alive, ended that was ended, and a replay of an old code ends its access', async () => {
    const [first = '', second = ''] = left.active_access_grants
    expect([await opens(first), await opens(second), await opens(left.ended_access_grant)]).toEqual([
      true,
      true,
      false,
    ])
    expect((await redeem(photos, left.spent_code)).status).toBe(400)
    expect([await opens(first), await opens(second)]).toEqual([true, false])
    const revoked = await call(user, 'DELETE', `/api/v0/auth/developer-access/${photos.client_id}/revoke`)
    expect([revoked.status, await opens(first)]).toEqual([200, false])
  })

  test('a request that waited is approved, and its code redeemed', async () => {
    const decision = {
      request_id: left.waiting_request_id,
      approve: true,
      approved_scopes: ['read'],
      rejected_scopes: [],
    }
    const { body } = await call(user, 'POST', '/api/v0/oauth2/consent', decision)
    expect((await redeem(photos, body.code)).status).toBe(200)
  })

  test('nothing is lost, and what was recorded is in the chain of audit events', async () => {
    const events = left.counts.audit_events
    expect(await deps.store.audit.chain.waiting()).toBe(events)
    await keepAuditChain(deps)
    const { fault, end } = await verifyChain(deps.store.audit.chain)
    expect([fault, end.seq]).toEqual([undefined, events])
    const log = await call(user, 'GET', '/api/v0/audit-logs')
    expect(log.status).toBe(200)
    const traces = await call(developer, 'GET', '/api/v0/developer/auth/token-requests')
    expect(traces.body.token_requests).toHaveLength(left.counts.token_requests)
  })
})
