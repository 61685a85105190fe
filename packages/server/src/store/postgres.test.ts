import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { openPostgres } from './postgres.ts'
import { StoreUnavailable } from './store.ts'
import { storeContract, twoServersContract } from './testing/contract.ts'
import {
  aDevice,
  aGrant,
  anAccount,
  anApprovedCode,
  aRedemption,
  aRefreshableGrant,
  aRefreshToken,
  aRequestOfDevice,
  aScene,
  aSession,
  now,
} from './testing/scene.ts'

storeContract('postgres', async () => openPostgres(await createDatabase()))
twoServersContract('postgres', createDatabase, openPostgres)

async function asSuperuser(statement: string, values: readonly string[] = []): Promise<number> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  const { rowCount } = await client.query(statement, [...values]).finally(() => client.end())
  return rowCount ?? 0
}

const nameOf = (url: string) => new URL(url).pathname.slice(1)
/** Those of a store, and not of whoever holds a row: that one ended first, what waits for it would get through. */
const endConnections =
  "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'valetkey'"
const blocked = "select pid from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'"

/** Until so many statements in this database wait for what somebody else holds. */
const untilBlocked = (url: string, count: number) =>
  expect.poll(() => asSuperuser(blocked, [nameOf(url)]), { timeout: 10_000 }).toBe(count)

test('connections that the database ended are replaced', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url)
  const account = anAccount()
  await store.users.add(account)
  await asSuperuser(endConnections, [nameOf(url)])
  // The first may still meet a broken connection, and says so.
  await store.users.find(account.id).catch((error) => expect(error).toBeInstanceOf(StoreUnavailable))
  expect(await store.users.find(account.id)).toStrictEqual(account)
  await store.close()
})

test('a connection that ends under a running transaction undoes it and is a store unavailable', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url)
  const scene = await aScene(store)
  const { grant } = await aGrant(store, scene)
  const code = await anApprovedCode(store, scene)
  const holder = new pg.Client({ connectionString: url })
  holder.on('error', () => {})
  await holder.connect()
  await holder.query('begin')
  await holder.query('select * from authorization_codes where id = $1 for update', [code.id])
  const waiting = [
    store.codes.redeem(aRedemption(code)),
    store.grants.revokeClientOfUser(scene.user.id, scene.client.client_id, 1),
  ]
  const answers = Promise.allSettled(waiting)
  await untilBlocked(url, 2)
  await asSuperuser(endConnections, [nameOf(url)])
  for (const answer of await answers) {
    expect(answer.status === 'rejected' && answer.reason).toBeInstanceOf(StoreUnavailable)
  }
  await holder.end()
  expect(await store.grants.find(grant.id)).toStrictEqual(grant)
  expect(await store.codes.redeem(aRedemption(code))).toBe(true)
  await store.close()
})

test('a sign-in waits for a change of the password that is under way, and then counts for nothing', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url)
  const account = anAccount()
  await store.developers.add(account)
  const session = aSession(account.id)
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin')
  await holder.query("update developers set password_hash = 'new' where id = $1", [account.id])
  await holder.query('delete from sessions where account_id = $1', [account.id])
  const added = store.sessions.add(session, account.password_hash)
  await untilBlocked(url, 1)
  await holder.query('commit')
  await holder.end()
  expect(await added).toBe(false)
  expect(await store.sessions.find(session.token_hash, 'developer', now)).toBeUndefined()
  await store.close()
})

test('a refresh waits for an end of its grant that is under way, and then has no successor', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url)
  const { grant, refresh } = await aRefreshableGrant(store, await aScene(store))
  const successor = aRefreshToken(grant.id)
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin')
  await holder.query("update grants set state = 'revoked' where id = $1", [grant.id])
  const rotated = store.refreshTokens.rotate(refresh.token.token_hash, successor, now)
  await untilBlocked(url, 1)
  await holder.query('commit')
  await holder.end()
  expect(await rotated).toBe(false)
  expect(await store.refreshTokens.read(successor.token_hash)).toBeUndefined()
  await store.close()
})

test('an end of a grant waits for a refresh that is under way', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url)
  const { grant, refresh } = await aRefreshableGrant(store, await aScene(store))
  const { token_hash } = refresh.token
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin')
  await holder.query('select * from refresh_tokens where token_hash = $1 for update', [token_hash])
  const rotated = store.refreshTokens.rotate(token_hash, aRefreshToken(grant.id), now)
  await untilBlocked(url, 1)
  const revoked = store.grants.revoke(grant.id, 'user', now)
  await untilBlocked(url, 2)
  await holder.query('commit')
  await holder.end()
  expect(await Promise.all([rotated, revoked])).toEqual([true, true])
  await store.close()
})

test('a new claim of a device waits for a decision that came in time, and then it is too late', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url)
  const scene = await aScene(store)
  const device = aDevice(scene.client.client_id)
  const first = aRequestOfDevice(scene, device, { expires_at: now + 60 })
  await store.devices.add(device)
  await store.devices.claim(device.device_code_hash, first, now)
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin')
  await holder.query("update authorization_requests set state = 'approved' where id = $1", [first.id])
  const again = store.devices.claim(device.device_code_hash, aRequestOfDevice(scene, device), now + 60)
  await untilBlocked(url, 1)
  await holder.query('commit')
  await holder.end()
  expect(await again).toBe(false)
  expect(await store.devices.find(device.device_code_hash)).toMatchObject({ request_id: first.id })
  await store.close()
})

test('a code whose row somebody holds holds up nobody who redeems another', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url)
  const scene = await aScene(store)
  const [held, ...others] = await Promise.all(Array.from({ length: 6 }, () => anApprovedCode(store, scene)))
  if (held === undefined) throw new Error('there are six')
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin')
  await holder.query('select 1 from authorization_codes where id = $1 for no key update', [held.id])
  const waits = store.codes.redeem(aRedemption(held))
  const redeemed = await Promise.all(others.map((code) => store.codes.redeem(aRedemption(code))))
  expect(redeemed).toEqual(others.map(() => true))
  await untilBlocked(url, 1)
  await holder.query('rollback')
  await expect(waits).resolves.toBe(true)
  await holder.end()
  await store.close()
})

test('what no text of the database can hold harms none of those that are read with it', async () => {
  const store = await openPostgres(await createDatabase())
  const scene = await aScene(store)
  const code = await anApprovedCode(store, scene)
  const { client_id } = scene.client
  const hostile = ['\0', 'a\0b', '\ud800', '\udc00\ud800', '"\\u0000', '\\'].map(
    (text) => [text, text] as const,
  )
  const asked = [[client_id, code.code_hash] as const, ...hostile, [client_id, code.code_hash] as const]
  const read = await Promise.all(asked.map(([id, hash]) => store.codes.read(id, hash, now)))
  expect(read.map((found) => [found.client?.client_id, found.code?.id])).toEqual([
    [client_id, code.id],
    ...hostile.map(() => [undefined, undefined]),
    [client_id, code.id],
  ])
  await store.close()
})

test('a statement that takes too long is a store unavailable', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url, { statementTimeoutMs: 50 })
  const { client } = await aScene(store)
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin')
  await holder.query('select * from clients for update')
  await expect(store.clients.setState(client.id, 'inactive', 1)).rejects.toThrow(StoreUnavailable)
  await holder.end()
  await store.clients.setState(client.id, 'inactive', 1)
  expect(await store.clients.find(client.id)).toMatchObject({ state: 'inactive' })
  await store.close()
})

test('a database that is away is a store unavailable', async () => {
  await expect(openPostgres('postgres://127.0.0.1:1/none')).rejects.toThrow(StoreUnavailable)
  const url = await createDatabase()
  const store = await openPostgres(url, { connections: 2 })
  await asSuperuser(`drop database ${nameOf(url)} with (force)`)
  await expect(store.ready()).rejects.toThrow(StoreUnavailable)
  await expect(store.codes.read('a', 'b', 0)).rejects.toThrow(StoreUnavailable)
  await expect(store.users.add(anAccount())).rejects.toThrow(StoreUnavailable)
  await store.close()
})
