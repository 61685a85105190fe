import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { afterAll, expect, test, vi } from 'vitest'
import { openSqlite } from './sqlite.ts'
import { StoreUnavailable } from './store.ts'
import { storeContract, twoServersContract } from './testing/contract.ts'
import {
  aDevice,
  aFiledTrace,
  aGrant,
  anAccount,
  anApprovedCode,
  aRefreshableGrant,
  aRefreshToken,
  aRequestOfDevice,
  aScene,
  now,
} from './testing/scene.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))

storeContract('sqlite', () => openSqlite(':memory:'))
twoServersContract('sqlite', async () => join(folder, 'shared.db'), openSqlite)

test('what was stored is there when the file is opened again', async () => {
  const path = join(folder, 'kept.db')
  const before = await openSqlite(path)
  const { grant, api_key } = await aGrant(before, await aScene(before))
  await before.close()
  const after = await openSqlite(path)
  expect(await after.grants.find(grant.id)).toStrictEqual(grant)
  expect(await after.apiKeys.findByHead(api_key.head)).toStrictEqual(api_key)
  await after.close()
})

test('nobody else on the machine may read the file or its journal', async () => {
  const path = join(folder, 'private.db')
  const store = await openSqlite(path)
  await store.users.add(anAccount())
  expect([path, `${path}-wal`].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600])
  await store.close()
})

test('a file that somebody keeps locked, or that cannot be, is a store unavailable', async () => {
  const path = join(folder, 'locked.db')
  const store = await openSqlite(path, { busyTimeoutMs: 20 })
  const scene = await aScene(store)
  const holder = new DatabaseSync(path)
  holder.exec('begin immediate')
  await expect(store.users.add(anAccount())).rejects.toThrow(StoreUnavailable)
  await expect(aGrant(store, scene)).rejects.toThrow(StoreUnavailable)
  await expect(openSqlite(path, { busyTimeoutMs: 20 })).rejects.toThrow(StoreUnavailable)
  expect(await store.users.find(scene.user.id)).toStrictEqual(scene.user)
  holder.exec('rollback')
  await expect(store.users.add(anAccount())).resolves.toBe(true)
  holder.close()
  await store.close()
  await expect(openSqlite(join(folder, 'no', 'such', 'folder'))).rejects.toThrow(StoreUnavailable)
})

test('a disk that is full in the middle of a transaction is a store unavailable, and with room again it goes on', async () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  const store = await openSqlite(join(folder, 'full.db'))
  const [database] = prepare.mock.contexts
  prepare.mockRestore()
  if (!(database instanceof DatabaseSync)) throw new Error('no database was opened')
  const scene = await aScene(store)
  const codes = [await anApprovedCode(store, scene), await anApprovedCode(store, scene)]
  const pages = (most: number) => database.exec(`pragma max_page_count = ${most}`)
  const redeemUntilFull = async () => {
    for (;;) await aGrant(store, scene)
  }
  pages(1) // no more than there are
  // SQLite has undone it by then: an end of the transaction that is sent all the same must not hide the reason.
  await expect(redeemUntilFull()).rejects.toThrow(StoreUnavailable)
  pages(1_000_000)
  for (const code of codes)
    expect((await store.codes.read(code.client_id, code.code_hash, now)).code).toStrictEqual(code)
  await aGrant(store, scene)
  await store.close()
})

test('a token request sees nothing of a change that is under way and may be undone', async () => {
  const store = await openSqlite(':memory:')
  const scene = await aScene(store)
  const { client } = scene
  const code = await anApprovedCode(store, scene)
  const { run } = StatementSync.prototype
  const seen: ReturnType<typeof store.codes.read>[] = []
  const failing = vi.spyOn(StatementSync.prototype, 'run').mockImplementation(function (
    this: StatementSync,
    ...values: Parameters<typeof run>
  ) {
    const result = run.apply(this, values)
    if (!this.sourceSQL.startsWith('update "clients"')) return result
    seen.push(store.codes.read(client.client_id, code.code_hash, now))
    throw new Error('no more')
  })
  await expect(store.clients.update(client.id, () => ({ name: 'Another' }), now)).rejects.toThrow('no more')
  failing.mockRestore()
  expect(seen).toHaveLength(1)
  expect(await seen[0]).toMatchObject({ client: { name: client.name }, code: { id: code.id } })
  await store.close()
})

test('the log is copied into the file once nobody commits any more', async () => {
  const path = join(folder, 'quiet.db')
  const store = await openSqlite(path)
  const scene = await aScene(store)
  await aGrant(store, scene)
  const { mtimeMs } = statSync(path)
  await expect.poll(() => statSync(path).mtimeMs).toBeGreaterThan(mtimeMs)
  await store.close()
})

test('a list over a thousand clients reads those that have the newest, and lets others take their turn', async () => {
  const store = await openSqlite(':memory:')
  const names = Array.from({ length: 1000 }, (_, n) => `client ${n}`)
  await store.traces.addMany(names.map((filed_under, n) => aFiledTrace({ filed_under, at: now + (n % 7) })))
  const all = vi.spyOn(StatementSync.prototype, 'all')
  let turns = 0
  const count = setInterval(() => turns++, 0)
  const found = await store.traces.list({ filed_under: names, since: 0 }, { limit: 26 })
  clearInterval(count)
  const statements = all.mock.calls.length
  all.mockRestore()
  expect(found.map(({ at }) => at)).toEqual(Array.from({ length: 26 }, () => now + 6))
  expect(statements).toBeGreaterThan(0)
  expect(statements).toBeLessThan(20)
  expect(turns).toBeGreaterThan(0)
  await store.close()
})

test('no query reads a table from end to end: the cost does not grow with history', async () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  const store = await openSqlite(':memory:')
  const [database] = prepare.mock.contexts
  const scene = await aScene(store)
  const { user, client, developer, secret } = scene
  const code = await anApprovedCode(store, scene)
  const { grant, api_key } = await aGrant(store, scene)
  const filter = { developer_id: developer.id, now }
  await store.codes.read(client.client_id, code.code_hash, now)
  await store.apiKeys.findByHead(api_key.head)
  await store.sessions.find('hash', 'user', now)
  await store.mailTokens.take('hash', 'verify_email', 'user', now)
  await store.users.findByEmail(user.email)
  await store.users.setPassword(user.id, 'new')
  await store.projects.list(user.id)
  await store.clients.list(developer.id)
  await store.clients.rotate({ ...secret, id: 'next' }, now, developer.id)
  await store.clients.noteSecretsUsed([{ secret_id: secret.id, at: now }])
  await store.requests.history(user.id, client.client_id, now)
  await store.requests.currentScopes(user.id, client.client_id, now)
  await store.requests.log({ ...filter, client_id: client.client_id, from: 0, to: now, states: ['waiting'] })
  await store.requests.log(filter)
  await store.requests.statistics(filter)
  await store.grants.connectedApps(user.id, now)
  await store.grants.revoke(grant.id, 'user', now)
  await store.grants.revokeClientOfUser(user.id, client.client_id, now)
  await store.clients.setState(client.id, 'deleted', now)
  const about = { user_id: user.id, actions: ['a'], outcome: 'failed', from: 0, to: now } as const
  const search = { text: 'x', kinds: [{ action: 'a', outcome: 'failed' }] } as const
  await store.audit.log(about, { limit: 50, after: { at: now, id: 'id' } })
  await store.audit.log({ user_id: user.id, search }, { limit: 50 })
  await store.audit.count({ ...about, search })
  await store.requests.withChallenge(client.client_id, 'challenge')
  await store.requests.challengeUsed(client.client_id, 'challenge', now)
  await store.clients.toAuthenticate(client.client_id, now)
  await store.apiKeys.withGrant(api_key.head)
  await store.codes.burn(code.id, now)
  await store.refreshTokens.read('hash')
  const refreshable = await aRefreshableGrant(store, await aScene(store))
  const successor = aRefreshToken(refreshable.grant.id)
  await store.refreshTokens.rotate(refreshable.refresh.token.token_hash, successor, now)
  await store.pushedRequests.open('hash', 'client', now, now)
  await store.pushedRequests.take('hash', 'client', now)
  const device = aDevice(client.client_id)
  await store.devices.add(device)
  await store.devices.findByUserCode('hash', now)
  await store.devices.claim(device.device_code_hash, aRequestOfDevice(scene, device), now)
  await store.devices.claim(device.device_code_hash, aRequestOfDevice(scene, device), now)
  await store.devices.poll(device.device_code_hash, client.client_id, now)
  await store.clients.everOf(developer.id)
  await store.clients.known([client.client_id])
  await store.replays.seen('client', 'jti')
  await store.traces.addMany([aFiledTrace({ filed_under: client.client_id })])
  await store.traces.find('id')
  const narrow = { outcome: 'refused', reason: 'r', from: 0, to: now, since: 0 } as const
  const page = { limit: 50, after: { at: now, trace_id: 'id' } }
  await store.traces.list({ filed_under: [client.client_id, 'other'], ...narrow }, page)
  await store.traces.list({ filed_under: [client.client_id], since: 0 }, { limit: 50 })
  const many = Array.from({ length: 20 }, (_, n) => `client ${n}`)
  await store.traces.list({ filed_under: [...many, client.client_id], ...narrow }, page)
  await store.traces.list({ filed_under: [...many, client.client_id], since: 0 }, { limit: 50 })
  await store.traces.newest([developer.id], 0, 50)
  await store.traces.findMany(['id'])
  await store.traces.trim(client.client_id, false, 0)
  await store.traces.counts(client.client_id, now)
  await store.limits.peek('key', now)
  await store.sweep(now)

  const queries = prepare.mock.calls
    .map(([text]) => text)
    .filter((text) => /^(select|update|delete|with)\s/.test(text))
  prepare.mockRestore()
  if (!(database instanceof DatabaseSync)) throw new TypeError('the store prepares nothing')
  const planOf = (text: string) => database.prepare(`explain query plan ${text}`).all()
  // The list of migrations is meant to be read whole; `here` is the one row that a token request starts from, `newest`
  // are the few that another part of the query found, values come with the query, and an index over accounts that are
  // being deleted holds only those.
  const scans = queries
    .filter((text) => !text.includes('schema_migrations'))
    .flatMap((text) => planOf(text).map(({ detail }) => `${detail}: ${text}`))
    .filter((step) =>
      /^SCAN (?!here|newest|CONSTANT ROW|\d+-ROW VALUES|\w+ USING COVERING INDEX \w+_closing)/.test(step),
    )
  expect(queries.length).toBeGreaterThan(40)
  expect(scans).toEqual([])
  await store.close()
})
