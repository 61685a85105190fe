import { expect, test } from 'vitest'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { openPostgres } from './postgres.ts'
import type { StoreWatch } from './store.ts'
import { anApprovedCode, aRedemption, aScene, now } from './testing/scene.ts'

/** A store that says why a group fell apart, where one did. */
async function openWatched() {
  const broken: unknown[] = []
  const sizes: number[] = []
  const watch: StoreWatch = {
    looksAt() {},
    grouped: (redemptions) => void sizes.push(redemptions),
    ungrouped: (cause) => void broken.push(cause),
  }
  return { store: await openPostgres(await createDatabase(), { watch }), broken, sizes }
}

test('codes that are read at the same time are read together, each with its own client and secrets', async () => {
  const { store, broken } = await openWatched()
  const scenes = await Promise.all(Array.from({ length: 8 }, () => aScene(store)))
  const codes = await Promise.all(scenes.map((scene) => anApprovedCode(store, scene)))
  const read = await Promise.all(
    scenes.map(({ client }, at) => store.codes.read(client.client_id, codes[at]?.code_hash ?? '', now)),
  )
  expect(broken).toEqual([])
  expect(read.map(({ client, secrets, code, project }) => [client, secrets, code, project])).toStrictEqual(
    scenes.map(({ client, secret, project }, at) => [client, [secret], codes[at], project]),
  )
  await store.close()
})

test('codes that are redeemed at the same time are redeemed together', async () => {
  const { store, broken, sizes } = await openWatched()
  const scene = await aScene(store)
  const codes = await Promise.all(Array.from({ length: 12 }, () => anApprovedCode(store, scene)))
  const redeemed = await Promise.all(codes.map((code) => store.codes.redeem(aRedemption(code))))
  expect(redeemed).toEqual(codes.map(() => true))
  expect([broken, Math.max(...sizes)]).toEqual([[], 12])
  await store.close()
})

test('one that cannot be redeemed takes nobody along, and it is told', async () => {
  const { store, broken } = await openWatched()
  const scene = await aScene(store)
  const codes = await Promise.all(Array.from({ length: 3 }, () => anApprovedCode(store, scene)))
  const redemptions = codes.map((code) => aRedemption(code))
  const [good, bad, other] = redemptions
  if (good === undefined || bad === undefined || other === undefined) throw new Error('there are three')
  const taken = { ...bad, api_key: { ...bad.api_key, id: good.api_key.id } }
  const answers = await Promise.allSettled([good, taken, other].map((each) => store.codes.redeem(each)))
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(broken).toHaveLength(1)
  await store.close()
})
