import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { openSqlite } from './sqlite.ts'
import { StoreUnavailable } from './store.ts'
import { storeContract, twoServersContract } from './testing/contract.ts'
import { aGrant, anAccount, aScene } from './testing/scene.ts'

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
