import { describe, expect, test } from 'vitest'
import { noAuth } from './client-auth.ts'
import { beginDeviceAuthorization, type DeviceAuthorization, pollDevice } from './device.ts'
import { granted } from './testing/sealed-grant.ts'
import { aDouble, refused, type Script } from './testing/valetkey-double.ts'

const client = { client_id: 'tv', auth: noAuth() }
const told = {
  device_code: 'd',
  user_code: 'BCDF-GHJK',
  verification_uri: 'https://auth.example/device',
  verification_uri_complete: 'https://auth.example/device?user_code=BCDF-GHJK',
}

describe('beginDeviceAuthorization', () => {
  test('returns what the user is to be shown, and when it ends', async () => {
    const body = { ...told, expires_in: 600, interval: 5 }
    const { metadata, asked } = await aDouble({ '/oauth2/device_authorization': { body } })
    const form = { scope: 'read', offline_access: true }
    const device = await beginDeviceAuthorization(metadata, client, form)
    expect(device).toEqual({ ...told, interval: 5, expires_at: expect.any(Number) })
    expect(Math.abs(device.expires_at - Date.now() / 1000 - 600)).toBeLessThan(5)
    expect(asked[0]?.form).toEqual({ client_id: 'tv', scope: 'read offline_access' })
  })

  test('polls every five seconds when nobody says otherwise', async () => {
    const { verification_uri_complete: _, ...few } = told
    const { metadata } = await aDouble({
      '/oauth2/device_authorization': { body: { ...few, expires_in: 600 } },
    })
    expect(await beginDeviceAuthorization(metadata, client, { scope: 'read' })).toMatchObject({ interval: 5 })
  })

  test.each([
    ['no user code', { user_code: undefined }],
    ['an end in words', { expires_in: 'soon' }],
  ])('refuses an answer with %s', async (_what, change) => {
    const body = { ...told, expires_in: 600, ...change }
    const { metadata } = await aDouble({ '/oauth2/device_authorization': { body } })
    await expect(beginDeviceAuthorization(metadata, client, { scope: 'read' })).rejects.toMatchObject({
      error: 'unexpected_answer',
    })
  })
})

describe('pollDevice', () => {
  const device = (): DeviceAuthorization => ({
    ...told,
    expires_at: Date.now() / 1000 + 4,
    interval: 0,
  })

  /** Answers one after the other; the last one stays. */
  function inTurn(...answers: readonly ('lost' | ReturnType<typeof granted>)[]): Script {
    let turn = 0
    return { '/oauth2/token': () => answers[Math.min(turn++, answers.length - 1)] ?? 'lost' }
  }

  test('waits until the user has said yes', async () => {
    const pending = refused('authorization_pending')
    const { metadata, asked } = await aDouble(inTurn(pending, pending, granted('1abc')))
    expect(await pollDevice(metadata, client, device())).toMatchObject({ access_grant: '1abc' })
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'd',
      client_id: 'tv',
    }
    expect(asked.map((one) => one.form)).toEqual([form, form, form])
  })

  test('asks less often when the server wants that, and stops when the code has run out by then', async () => {
    const { metadata, asked } = await aDouble(inTurn(refused('slow_down'), granted('1abc')))
    await expect(pollDevice(metadata, client, device())).rejects.toMatchObject({ error: 'expired_token' })
    expect(asked).toHaveLength(1)
  })

  test('asks again, later, when the answer was lost', async () => {
    const { metadata, asked } = await aDouble(inTurn('lost', granted('1abc')))
    const begun = Date.now()
    expect(await pollDevice(metadata, client, device())).toMatchObject({ access_grant: '1abc' })
    expect(asked).toHaveLength(2)
    expect(Date.now() - begun).toBeGreaterThan(1900)
  })

  test.each(['access_denied', 'expired_token', 'invalid_client'])('stops at %s', async (error) => {
    const { metadata, asked } = await aDouble(inTurn(refused(error)))
    await expect(pollDevice(metadata, client, device())).rejects.toMatchObject({ error })
    expect(asked).toHaveLength(1)
  })

  test('waits no longer than the caller wants', async () => {
    const { metadata, asked } = await aDouble(inTurn(granted('1abc')))
    const leaving = new AbortController()
    const reason = new Error('switched off')
    const waiting = pollDevice(metadata, client, { ...device(), interval: 3 }, { signal: leaving.signal })
    leaving.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    const before = { signal: AbortSignal.abort(reason) }
    await expect(pollDevice(metadata, client, device(), before)).rejects.toBe(reason)
    expect(asked).toEqual([])
  })
})
