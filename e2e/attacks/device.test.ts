/** Devices that guess, hurry, or were given up. */
import { deviceCodeGrant } from '@valetkey/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Answer,
  aClient,
  ask,
  type Person,
  signedInPerson,
} from '../../packages/server/src/testing/people.ts'
import { type StandardScene, standardScene } from '../../packages/server/src/testing/standard-scene.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const begin = async () =>
  (await scene.post('/oauth2/device_authorization', { scope: 'read bucket:photos' })).body
const grant_type = deviceCodeGrant
const poll = (device_code: string): Promise<Answer> =>
  scene.post('/oauth2/token', { grant_type, device_code })
const enter = (user_code: string, who: Person = scene.user) =>
  ask(scene.app, who, 'POST', '/device', { user_code })

test('attack 65: device phishing and guessing: five wrong user codes close the page for their user, and for nobody else', async () => {
  const { user_code } = await begin()
  for (let tries = 0; tries < 5; tries++) {
    const wrong = await enter('ZZZZ-ZZZZ')
    expect([wrong.status, wrong.body.error]).toEqual([400, 'invalid_user_code'])
  }
  const closed = await enter(user_code)
  expect([closed.status, closed.body.error, Number(closed.headers['retry-after'])]).toEqual([
    429,
    'temporarily_unavailable',
    600,
  ])
  expect((await enter(user_code, await signedInPerson(scene.deps, 'user'))).status).toBe(200)
})

test('attack 65: device phishing and guessing: who polls too fast is told slow_down, and waits five seconds longer from then on', async () => {
  const { device_code, interval, user_code } = await begin()
  const told = async () => (await poll(device_code)).body.error
  expect(interval).toBe(5)
  expect(await told()).toBe('authorization_pending')
  scene.deps.clock.advance(4)
  expect(await told()).toBe('slow_down')
  scene.deps.clock.advance(9)
  expect(await told()).toBe('slow_down')
  scene.deps.clock.advance(15)
  expect(await told()).toBe('authorization_pending')
  scene.deps.clock.advance(14)
  expect(await told()).toBe('slow_down')
  await scene.browser.decideForDevice(user_code)
  scene.deps.clock.advance(20)
  expect((await poll(device_code)).status).toBe(200)
})

test('attack 65: device phishing and guessing: an approval that comes too late is refused, and the device told expired_token', async () => {
  const { device_code, user_code, expires_in } = await begin()
  const asked = await enter(user_code)
  expect(asked.status).toBe(200)
  scene.deps.clock.advance(expires_in)
  await expect(scene.browser.decideForDevice(user_code)).rejects.toThrow('/device answered 400')
  const headers = { authorization: `Bearer ${(await signedInPerson(scene.deps, 'user')).token}` }
  expect(
    (await scene.app.inject({ url: `/consent/${asked.body.request_id}`, headers })).statusCode,
  ).toBeGreaterThan(399)
  const { status, body } = await poll(device_code)
  expect([status, body.error]).toEqual([400, 'expired_token'])
})

test('attack 65: device phishing and guessing: a no ends it, an approval is traded once, and only by the client that asked', async () => {
  const denied = await begin()
  await scene.browser.decideForDevice(denied.user_code, { deny: true })
  expect((await poll(denied.device_code)).body.error).toBe('access_denied')

  const approved = await begin()
  await scene.browser.decideForDevice(approved.user_code)
  const stranger = await aClient(scene.app, scene.developer, {
    grant_types: ['authorization_code', grant_type],
  })
  const stolen = await scene.post(
    '/oauth2/token',
    { grant_type, device_code: approved.device_code },
    stranger,
  )
  expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant'])
  const guessed = await poll('x'.repeat(43))
  expect([guessed.status, guessed.body.error]).toEqual([400, 'invalid_grant'])
  const [one, two] = await Promise.all([poll(approved.device_code), poll(approved.device_code)])
  expect([one.status, two.status].sort()).toEqual([200, 400])
  const { body } = [one, two].find(({ status }) => status === 200) ?? one
  // Nobody but the device ever had its code: two requests at once are one that was sent again. Much later it is a theft.
  const active = async () =>
    (await scene.post('/oauth2/introspect', { token: body.access_token })).body.active
  expect(await active()).toBe(true)
  scene.deps.clock.advance(60)
  expect((await poll(approved.device_code)).body.error).toBe('invalid_grant')
  expect(await active()).toBe(false)
})

test('attack 65: device phishing and guessing: a code in a link fills in the form, sends nothing, and its page warns', async () => {
  const { verification_uri_complete, device_code } = await begin()
  const url = verification_uri_complete.replace('https://valetkey.test', '')
  const headers = { authorization: `Bearer ${scene.user.token}`, accept: 'text/html' }
  const page = await scene.app.inject({ url, headers })
  expect(page.body).toContain('whoever sends you a code wants to get at your files')
  expect((await poll(device_code)).body.error).toBe('authorization_pending')
  const { request_id } = (await enter(new URL(verification_uri_complete).searchParams.get('user_code') ?? ''))
    .body
  const consent = await scene.app.inject({ url: `/consent/${request_id}`, headers })
  expect(consent.body).toContain('on a device asks for access')
  expect(consent.body).toContain('asking from 127.0.0.1')
  expect(consent.body).toContain('id="device-warning"')
})
