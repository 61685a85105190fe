/** What is under way while the master key is replaced goes on. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSealer, type KeyRing } from '../sealing.ts'
import { everyGrantType, type StandardScene, standardScene } from '../testing/standard-scene.ts'

const [old, next] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)]
let scene: StandardScene
let ring: KeyRing | undefined
beforeEach(async () => {
  ring = undefined
  scene = await standardScene({ sealer: createSealer(old, randomBytes, { renewed: () => ring }) })
})
afterEach(() => scene.close())

const replaceKey = () => {
  ring = { current: next, previous: [old] }
}
const refresh = (refresh_token: string) =>
  scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token })

test('an answer with a refresh token that was lost before is given again after', async () => {
  const { refresh_token } = (await scene.granted()).body
  const lost = (await refresh(refresh_token)).body
  replaceKey()
  const again = await refresh(refresh_token)
  expect([again.status, again.body.refresh_token]).toEqual([200, lost.refresh_token])
  const after = await refresh(again.body.refresh_token)
  expect(after.status).toBe(200)
  expect((await refresh(again.body.refresh_token)).body.refresh_token).toBe(after.body.refresh_token)
})

test('a second use after it is as much of a theft as before', async () => {
  const { refresh_token } = (await scene.granted()).body
  const { body } = await refresh(refresh_token)
  replaceKey()
  const used = await refresh(body.refresh_token)
  expect((await refresh(refresh_token)).body.error).toBe('invalid_grant')
  expect((await refresh(used.body.refresh_token)).body.error).toBe('invalid_grant')
})

test('a code that a device shows is found', async () => {
  const asked = await scene.post('/oauth2/device_authorization', { scope: 'read' })
  replaceKey()
  await scene.browser.decideForDevice(asked.body.user_code)
  const { device_code } = asked.body
  expect(
    (await scene.post('/oauth2/token', { grant_type: everyGrantType[2] ?? '', device_code })).status,
  ).toBe(200)
})
