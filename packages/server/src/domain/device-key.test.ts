import { createECDH, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { sealForDevice } from '../../../web/src/pages/consent/seal-for-device.ts'
import { deviceKeyOf, isSealedHalf, openHalf } from './device-key.ts'

const device_code = randomBytes(32).toString('base64url')
const client_id = 'a client'
const half = Uint8Array.from(randomBytes(32))
const { public_key } = deviceKeyOf(device_code)

test('the half that a browser seals for a device opens with its device code', async () => {
  const sealed = await sealForDevice(half, { public_key, client_id })
  expect(isSealedHalf(sealed)).toBe(true)
  expect(openHalf(device_code, client_id, sealed)).toEqual(Buffer.from(half))
})

test('a device code has one public key, a point of P-256, and says nothing else of itself', () => {
  expect(deviceKeyOf(device_code)).toEqual({ public_key })
  expect(Buffer.from(public_key, 'base64url')).toHaveLength(65)
  const other = createECDH('prime256v1')
  other.generateKeys()
  expect(() => other.computeSecret(Buffer.from(public_key, 'base64url'))).not.toThrow()
  expect(deviceKeyOf(`${device_code}x`).public_key).not.toBe(public_key)
})

test('two seals of one half have nothing in common', async () => {
  const [first, second] = [
    await sealForDevice(half, { public_key, client_id }),
    await sealForDevice(half, { public_key, client_id }),
  ]
  expect(first.slice(0, 80)).not.toBe(second.slice(0, 80))
  expect(first.slice(-80)).not.toBe(second.slice(-80))
})

test('with one bit changed, for another client, or for another device it does not open', async () => {
  const sealed = await sealForDevice(half, { public_key, client_id })
  expect(openHalf(device_code, 'another client', sealed)).toBeUndefined()
  expect(openHalf(`${device_code}x`, client_id, sealed)).toBeUndefined()
  const bytes = Buffer.from(sealed, 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(openHalf(device_code, client_id, changed.toString('base64url')), `byte ${at}`).toBeUndefined()
  }
})

test.each([
  ['nothing', ''],
  ['a byte less', randomBytes(124).toString('base64url')],
  ['a byte more', randomBytes(126).toString('base64url')],
  ['padding', `${randomBytes(125).toString('base64url')}=`],
  ['no point of the curve', Buffer.concat([Buffer.from([4]), Buffer.alloc(124)]).toString('base64url')],
])('%s is no sealed half that opens', (_what, text) => {
  expect(openHalf(device_code, client_id, text)).toBeUndefined()
})
