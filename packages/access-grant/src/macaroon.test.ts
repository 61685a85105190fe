import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addCaveat,
  createMacaroon,
  type Macaroon,
  parseMacaroon,
  serializeMacaroon,
  tailsOf,
  verifyMacaroon,
} from './macaroon.ts'
import { anyBytes, anyKey } from './testing/arbitraries.ts'
import { codeOf } from './testing/vector.ts'

const anyMacaroon: fc.Arbitrary<{ macaroon: Macaroon; secret: Uint8Array }> = fc
  .tuple(anyBytes(40), anyKey, fc.array(anyBytes(200), { maxLength: 4 }))
  .map(([head, secret, caveats]) => ({
    macaroon: caveats.reduce(addCaveat, createMacaroon({ head, secret })),
    secret,
  }))

test('parsing undoes serializing, and serializing undoes parsing', () => {
  fc.assert(
    fc.property(anyMacaroon, ({ macaroon }) => {
      const bytes = serializeMacaroon(macaroon)
      expect(parseMacaroon(bytes)).toEqual(macaroon)
      expect(serializeMacaroon(parseMacaroon(bytes))).toEqual(bytes)
    }),
  )
})

test('only the secret that signed it verifies it', () => {
  fc.assert(
    fc.property(anyMacaroon, anyKey, ({ macaroon, secret }, other) => {
      expect(verifyMacaroon(macaroon, secret)).toBe(true)
      if (String(other) !== String(secret)) expect(verifyMacaroon(macaroon, other)).toBe(false)
    }),
  )
})

test('any flipped bit is refused or fails verification', () => {
  fc.assert(
    fc.property(anyMacaroon, fc.nat(), ({ macaroon, secret }, where) => {
      const bytes = serializeMacaroon(macaroon)
      const bit = where % (bytes.length * 8)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      let parsed: Macaroon
      try {
        parsed = parseMacaroon(bytes)
      } catch (error) {
        expect(error).toMatchObject({ code: 'macaroon' })
        return
      }
      expect(verifyMacaroon(parsed, secret)).toBe(false)
    }),
  )
})

test('caveats left out, added without the tail, or swapped break the signature', () => {
  const secret = new Uint8Array(32).fill(1)
  const [first, second] = [Uint8Array.of(1), Uint8Array.of(2)]
  const root = createMacaroon({ head: new Uint8Array(32), secret })
  const both = addCaveat(addCaveat(root, first), second)
  expect(verifyMacaroon(both, secret)).toBe(true)
  expect(verifyMacaroon({ ...both, caveats: [first] }, secret)).toBe(false)
  expect(verifyMacaroon({ ...both, caveats: [second, first] }, secret)).toBe(false)
  expect(verifyMacaroon({ ...both, caveats: [first, second, first] }, secret)).toBe(false)
  expect(verifyMacaroon({ ...both, tail: both.tail.subarray(0, 31) }, secret)).toBe(false)
})

test('the tails tell the whole line of descent, root first', () => {
  const secret = new Uint8Array(32).fill(1)
  const root = createMacaroon({ head: new Uint8Array(32), secret })
  const child = addCaveat(root, Uint8Array.of(1))
  const grandchild = addCaveat(child, Uint8Array.of(2))
  expect(tailsOf(grandchild, secret)).toEqual([root.tail, child.tail, grandchild.tail])
})

test('no macaroon that lost bytes at its end parses', () => {
  const bytes = serializeMacaroon(
    addCaveat(createMacaroon({ head: new Uint8Array(32), secret: new Uint8Array(32) }), Uint8Array.of(9)),
  )
  for (let length = 0; length < bytes.length; length++) {
    expect(codeOf(() => parseMacaroon(bytes.subarray(0, length)))).toBe('macaroon')
  }
})

test('what is parsed does not change when the input does', () => {
  const bytes = serializeMacaroon(createMacaroon({ head: new Uint8Array(32), secret: new Uint8Array(32) }))
  const macaroon = parseMacaroon(bytes)
  bytes.fill(7)
  expect(macaroon.head).toEqual(new Uint8Array(32))
})
