import pg from 'pg'
import { expect, test } from 'vitest'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { openPostgres } from './postgres.ts'
import { aGrant, aScene } from './testing/scene.ts'

test('PostgreSQL: a row that somebody holds is left out, and nobody waits for it', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url)
  const scene = await aScene(store)
  const [held, free] = [await aGrant(store, scene), await aGrant(store, scene)]
  const changes = [held, free].map(({ api_key: { id, sealed_secret } }) => ({
    row_id: id,
    from: sealed_secret,
    to: 'v1.new',
  }))
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin')
  await holder.query('update api_keys set revoked_at = 1 where id = $1', [held.api_key.id])
  expect(await store.sealed.replace('api-key', changes)).toBe(1)
  await holder.query('commit')
  await holder.end()
  expect(await store.sealed.replace('api-key', changes)).toBe(1)
  await store.close()
})
