import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSealer, type KeyRing, SealBroken } from './sealing.ts'

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

describe('while the master key is replaced', () => {
  const [old, next] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)]

  test('what is sealed under either key opens, and only the current one seals', () => {
    const both = createSealer(next, randomBytes, { previous: [old] })
    expect(both.open('client-secret', 'row-1', sealer.seal('client-secret', 'row-1', secret))).toEqual(secret)
    const sealed = both.seal('client-secret', 'row-1', secret)
    expect(() => sealer.open('client-secret', 'row-1', sealed)).toThrow(`under master key ${both.key_id}`)
    expect(createSealer(next, randomBytes).open('client-secret', 'row-1', sealed)).toEqual(secret)
    expect(both.key_ids).toEqual([both.key_id, sealer.key_id])
  })

  test('a text that names one key and was sealed under the other does not open', () => {
    const both = createSealer(next, randomBytes, { previous: [old] })
    const relabelled = sealer.seal('api-key', 'row-1', secret).replace(sealer.key_id, both.key_id)
    expect(() => both.open('api-key', 'row-1', relabelled)).toThrow(SealBroken)
  })

  test('a tag is made under the current key, and known under each', () => {
    const both = createSealer(next, randomBytes, { previous: [old, next] })
    const tags = both.tags('user-code', ['a'])
    expect(tags).toEqual([
      createSealer(next, randomBytes).tag('user-code', ['a']),
      sealer.tag('user-code', ['a']),
    ])
    expect(both.tag('user-code', ['a'])).toEqual(tags[0])
  })

  test('a running server looks for new keys when it seals, and at once when it meets one that it does not know', () => {
    let ring: KeyRing | undefined
    const looks: boolean[] = []
    const renewed = (urgent: boolean) => {
      looks.push(urgent)
      return ring
    }
    const running = createSealer(old, randomBytes, { renewed })
    const strange = createSealer(next, randomBytes).seal('api-key', 'row-1', secret)
    expect(() => running.open('api-key', 'row-1', strange)).toThrow(SealBroken)
    ring = { current: next, previous: [old] }
    expect(running.open('api-key', 'row-1', strange)).toEqual(secret)
    expect(looks).toEqual([true, true])
    expect(running.seal('api-key', 'row-1', secret)).toContain(`v1.${running.key_id}.`)
    expect(running.key_id).not.toBe(sealer.key_id)
    expect(looks).toEqual([true, true, false])
    expect(running.openDecoy()).toHaveLength(53)
  })
})
