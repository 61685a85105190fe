import { randomBytes } from 'node:crypto'
import type { ConsentPageData } from '@valetkey/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeviceCode } from '../../domain/device-code.ts'
import { deviceKeyOf } from '../../domain/device-key.ts'
import { newToken, tokenHash } from '../../ids.ts'
import { userCodeHash } from '../../oauth/authorize-device.ts'
import { type Answer, type Person, signedInPerson } from '../../testing/people.ts'
import { type RefusalScene, refusalScene } from '../../testing/refusal-scene.ts'

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

const code = 'BCDFGHJK'

/** A device of the client that waits for its user to enter `BCDF-GHJK`. */
async function aDevice(change: Partial<DeviceCode> = {}): Promise<DeviceCode> {
  const device_code = newToken(scene.deps)
  const now = scene.deps.clock.now()
  const device: DeviceCode = {
    device_code_hash: tokenHash(device_code),
    user_code_hash: userCodeHash(scene.deps, code),
    client_id: scene.client.client_id,
    scopes: ['read', 'bucket:photos'],
    offline_access: false,
    asked_project_id: null,
    latest_end: null,
    max_object_ttl: null,
    ...deviceKeyOf(device_code),
    network: '198.51.100.7',
    user_agent: 'photo-frame/2.1',
    created_at: now,
    expires_at: now + 600,
    interval_seconds: 5,
    last_polled_at: null,
    too_fast: false,
    request_id: null,
    ...change,
  }
  expect(await scene.deps.store.devices.add(device)).toBe(true)
  return device
}

const enter = (user_code: string, who: Person = scene.user) =>
  scene.ask(who, 'POST', '/device', { user_code })
const open = (url: string, who: Person | 'nobody' = scene.user) =>
  scene.send({ method: 'GET', url, ...(who === 'nobody' ? {} : { cookies: { _tokenKey: who.token } }) })

function dataOf({ text }: Answer): ConsentPageData {
  const [, json = 'null'] =
    /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(text) ?? []
  return JSON.parse(json)
}

/** What the browser posts; it makes the seals, and here they are only of the right form. */
const decisionOf = ({ request_id, csrf_token }: ConsentPageData, change: object = {}) => ({
  request_id,
  csrf_token,
  approve: true,
  approved_scopes: ['read', 'bucket:photos'],
  sealed_encryption_access: randomBytes(64).toString('base64url'),
  encrypted_prefixes: [{ bucket: 'photos', encrypted_path_prefix: '' }],
  sealed_half: randomBytes(125).toString('base64url'),
  ...change,
})
const decide = (data: ConsentPageData, change: object = {}) =>
  scene.ask(scene.user, 'POST', '/consent', decisionOf(data, change))

describe('the page', () => {
  test('greets a stranger with signing in, at the same address', async () => {
    const page = await open('/device?user_code=BCDF-GHJK', 'nobody')
    expect([page.status, page.text.includes('id="sign-in"')]).toEqual([200, true])
  })

  test('shows a code of its address and sends nothing by itself; a hostile one is text', async () => {
    const device = await aDevice()
    const page = await open('/device?user_code=BCDF-GHJK')
    expect(page.text).toContain('value="BCDF-GHJK"')
    expect(page.text).toContain('Does your device show this code?')
    expect((await scene.deps.store.devices.find(device.device_code_hash))?.request_id).toBeNull()
    expect((await open('/device?user_code="><script>')).text).toContain('&#34;&#62;&#60;script&#62;')
    expect((await open('/device?user_code=a&user_code=b')).status).toBe(200)
  })
})

describe('entering a code', () => {
  test.each(['BCDF-GHJK', 'bcdfghjk', ' bcdf ghjk '])(
    '%j finds the device, and its user is asked',
    async (text) => {
      await aDevice()
      const { status, body } = await enter(text)
      expect(status).toBe(200)
      const page = await open(`/consent/${body.request_id}`)
      expect(dataOf(page)).toMatchObject({
        ends_with: 'device',
        redirect_uri: '',
        iss: 'https://valetkey.test',
      })
    },
  )

  test('shows which client, that a device asks, and from where', async () => {
    const { public_key } = await aDevice({ user_agent: '<b>frame</b>' })
    const page = await open(`/consent/${(await enter(code)).body.request_id}`)
    expect(page.text).toContain('<bdi>Photos</bdi> on a device asks for access')
    expect(page.text).toContain('&#60;b&#62;frame&#60;/b&#62;, asking from 198.51.100.7')
    expect(page.text).toContain('id="device-warning"')
    expect(page.text).not.toContain('Sends you back to')
    expect(dataOf(page).device_public_key).toBe(public_key)
  })

  test('again, by the same user, finds the question that still waits', async () => {
    await aDevice()
    const [first, second] = [await enter(code), await enter(code)]
    expect(second.body).toEqual(first.body)
    expect((await enter(code, await signedInPerson(scene.deps, 'user'))).status).toBe(400)
  })

  test('that is unknown, expired, used, or of a client that was switched off: one answer', async () => {
    const told = async (answer: Promise<Answer>) => {
      const { status, body } = await answer
      return JSON.stringify([status, { ...body, trace_id: '' }])
    }
    const unknown = await told(enter(code))
    expect(unknown).toContain('invalid_user_code')
    await aDevice({ expires_at: scene.deps.clock.now() })
    expect(await told(enter(code))).toBe(unknown)
    await aDevice()
    const { body } = await enter(code)
    const data = dataOf(await open(`/consent/${body.request_id}`))
    const { request_id, csrf_token } = data
    await scene.ask(scene.user, 'POST', '/consent', { request_id, csrf_token, approve: false })
    expect(await told(enter(code))).toBe(unknown)
    await scene.deps.store.clients.setState(scene.client.id, 'inactive', scene.deps.clock.now())
    expect(await told(enter('no code'))).toBe(unknown)
    expect(await told(enter(code))).toBe(unknown)
  })

  test('wrongly five times closes it for ten minutes, even for the right code; right ones do not count', async () => {
    await aDevice()
    for (let again = 0; again < 6; again++) expect((await enter(code)).status).toBe(200)
    for (let tries = 0; tries < 5; tries++) expect((await enter('ZZZZ-ZZZZ')).status).toBe(400)
    const closed = await enter(code)
    expect([closed.status, Number(closed.headers['retry-after'])]).toEqual([429, 600])
    expect((await enter(code, await signedInPerson(scene.deps, 'user'))).status).toBe(400)
    scene.deps.clock.advance(599)
    expect((await enter(code)).status).toBe(429)
    scene.deps.clock.advance(1)
    expect((await enter('ZZZZ-ZZZZ')).status).toBe(400)
  })

  test('wrongly sixty times from one network closes it there for everybody', async () => {
    for (let people = 0; people < 12; people++) {
      const somebody = await signedInPerson(scene.deps, 'user')
      for (let tries = 0; tries < 5; tries++) expect((await enter('ZZZZ-ZZZZ', somebody)).status).toBe(400)
    }
    await aDevice()
    expect((await enter(code)).status).toBe(429)
  })

  test('is nobody\u2019s but a signed-in user\u2019s, on our own page', async () => {
    await aDevice()
    expect((await scene.ask(undefined, 'POST', '/device', { user_code: code })).status).toBe(401)
    const foreign = await scene.send({
      method: 'POST',
      url: '/device',
      payload: { user_code: code },
      cookies: { _tokenKey: scene.user.token },
      headers: { origin: 'https://evil.example' },
    })
    expect(foreign.status).toBe(403)
  })
})

describe('the decision', () => {
  const asked = async (change: Partial<DeviceCode> = {}) => {
    const device = await aDevice(change)
    const page = await open(`/consent/${(await enter(code)).body.request_id}`)
    return { device, data: dataOf(page) }
  }
  const codeOf = async ({ client_id, device_code_hash }: DeviceCode) =>
    (await scene.deps.store.codes.read(client_id, device_code_hash, scene.deps.clock.now())).code

  test('is redeemed with the device code, and tells the browser none', async () => {
    const { device, data } = await asked({ offline_access: true, max_object_ttl: 86_400 })
    const sealed_half = randomBytes(125).toString('base64url')
    const { status, body } = await decide(data, { sealed_half })
    expect([status, body]).toEqual([200, { code: 'APPROVED', redirect_uri: '' }])
    expect(await codeOf(device)).toMatchObject({
      code_hash: device.device_code_hash,
      expires_at: device.expires_at,
      dialect: 'standard',
      offline_access: true,
      max_object_ttl: 86_400,
      sealed_half,
      redirect_uri: '',
    })
  })

  test('lives at least as long as any code, when the device is about to give up', async () => {
    const { device, data } = await asked()
    scene.deps.clock.advance(590)
    expect((await decide(data)).status).toBe(200)
    expect((await codeOf(device))?.expires_at).toBe(scene.deps.clock.now() + scene.deps.settings.code_ttl)
  })

  test('comes too late once the device has given up', async () => {
    const { data } = await asked({ expires_at: scene.deps.clock.now() + 100 })
    expect(data.seconds_left).toBe(100)
    scene.deps.clock.advance(100)
    expect((await decide(data)).body.error).toBe('request_expired')
  })

  test.each<[string, object]>([
    ['no sealed half', { sealed_half: undefined }],
    ['a sealed half of another length', { sealed_half: randomBytes(124).toString('base64url') }],
    ['no sealed keys', { sealed_encryption_access: undefined, encrypted_prefixes: undefined }],
  ])('with %s is refused', async (_what, change) => {
    const { device, data } = await asked()
    const { status, body } = await decide(data, change)
    expect([status, body.error_uri]).toEqual([400, 'https://valetkey.test/errors/sealed_half_malformed'])
    expect(await codeOf(device)).toBeUndefined()
    expect((await decide(data)).status).toBe(200)
  })

  test('for an app has no sealed half', async () => {
    const { request_id } = (await scene.request({ scope: ['read', 'bucket:photos'] })).body
    const data = dataOf(await open(`/consent/${request_id}`))
    expect((await decide(data)).body.error_uri).toContain('sealed_half_malformed')
    expect((await decide(data, { sealed_half: undefined })).status).toBe(200)
  })

  test('a no leaves nothing to redeem', async () => {
    const { device, data } = await asked()
    const { request_id, csrf_token } = data
    const answer = await scene.ask(scene.user, 'POST', '/consent', { request_id, csrf_token, approve: false })
    expect(answer.body).toEqual({ code: 'REJECTED', redirect_uri: '' })
    expect(await codeOf(device)).toBeUndefined()
  })
})
