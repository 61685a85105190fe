import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSealer, SealBroken } from './sealing.ts'

const sealer = createSealer(Buffer.alloc(32, 7), randomBytes)
const secret = Buffer.from('vks_secret')

test('what was sealed for a row opens for that row', () => {
  const sealed = sealer.seal('client-secret', 'row-1', secret)
  expect(sealer.open('client-secret', 'row-1', sealed)).toEqual(secret)
})

test('sealing twice gives two texts, and neither shows the secret', () => {
  const [one, two] = [
    sealer.seal('client-secret', 'row-1', secret),
    sealer.seal('client-secret', 'row-1', secret),
  ]
  expect(one).not.toBe(two)
  for (const sealed of [one, two]) {
    const body = Buffer.from(sealed.split('.')[2] ?? '', 'base64url')
    expect(body.includes(secret)).toBe(false)
  }
})

test('a sealed text copied to another row or another purpose does not open', () => {
  const sealed = sealer.seal('client-secret', 'row-1', secret)
  expect(() => sealer.open('client-secret', 'row-2', sealed)).toThrow(SealBroken)
  expect(() => sealer.open('api-key', 'row-1', sealed)).toThrow(SealBroken)
})

test('a sealed text cut anywhere, or with any one bit flipped, does not open', () => {
  const [version, key, body = ''] = sealer.seal('client-secret', 'row-1', secret).split('.')
  const bytes = Buffer.from(body, 'base64url')
  for (let length = 0; length < bytes.length; length++) {
    const cut = `${version}.${key}.${bytes.subarray(0, length).toString('base64url')}`
    expect(() => sealer.open('client-secret', 'row-1', cut)).toThrow(SealBroken)
  }
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    const text = `${version}.${key}.${flipped.toString('base64url')}`
    expect(() => sealer.open('client-secret', 'row-1', text)).toThrow(SealBroken)
  }
})

test('another master key names itself in the error and opens nothing', () => {
  const other = createSealer(Buffer.alloc(32, 8), randomBytes)
  const sealed = sealer.seal('client-secret', 'row-1', secret)
  expect(() => other.open('client-secret', 'row-1', sealed)).toThrow(
    `sealed under master key ${sealer.key_id}`,
  )
  const relabelled = sealed.replace(sealer.key_id, other.key_id)
  expect(() => other.open('client-secret', 'row-1', relabelled)).toThrow(SealBroken)
})

test.each(['', 'v1', 'v2.00000000.AAAA', 'v1.x', 'plain text', 'v1.a.b.c'])(
  '%j is no sealed text',
  (text) => {
    expect(() => sealer.open('client-secret', 'row-1', text)).toThrow(SealBroken)
  },
)

test('a master key of another length is refused', () => {
  expect(() => createSealer(Buffer.alloc(31), randomBytes)).toThrow(RangeError)
})
