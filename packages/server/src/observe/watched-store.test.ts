import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { reseal } from '../keys/rotate-master-key.ts'
import { createSealer } from '../sealing.ts'
import { openSqlite } from '../store/sqlite.ts'
import { aGrant, aScene } from '../store/testing/scene.ts'
import { createMetrics } from './metrics.ts'
import { noTracing } from './tracing.ts'
import { watchedStore } from './watched-store.ts'

test('what is a list in the port is one when the store is watched, and everything is sealed again through it', async () => {
  const plain = await openSqlite(':memory:')
  const metrics = await createMetrics()
  const store = watchedStore(plain, metrics, noTracing)
  expect(store).not.toBe(plain)
  expect(store.sealed.purposes).toEqual(['client-secret', 'api-key', 'webhook-secret'])

  const [old, next] = [randomBytes(32), randomBytes(32)]
  const { api_key } = await aGrant(store, await aScene(store))
  const sealed = createSealer(old, randomBytes).seal('api-key', api_key.id, Buffer.from('a secret'))
  await store.sealed.replace('api-key', [{ row_id: api_key.id, from: api_key.sealed_secret, to: sealed }])

  const sealer = createSealer(next, randomBytes, { previous: [old] })
  expect(await reseal({ store, sealer })).toMatchObject({ resealed: 1, left: 0 })
  const [text] = await store.sealed.read('api-key', '', 9)
  expect(
    createSealer(next, randomBytes)
      .open('api-key', api_key.id, text?.sealed ?? '')
      .toString(),
  ).toBe('a secret')
  expect((await metrics.page()).text).toContain('valetkey_store_seconds_count{method="sealed.replace"} 2')
  await store.close()
})
