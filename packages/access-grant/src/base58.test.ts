import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeBase58,
  decodeBase58Check,
  encodeBase58,
  encodeBase58Check,
  maxBase58Length,
} from './base58.ts'
import { anyBytes } from './testing/arbitraries.ts'
import { codeOf } from './testing/vector.ts'

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** The textbook way, digit by digit. */
function slowBase58(bytes: Uint8Array): string {
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  let text = ''
  for (; number > 0n; number /= 58n) text = alphabet.charAt(Number(number % 58n)) + text
  const zeros = bytes.findIndex((byte) => byte !== 0)
  return '1'.repeat(zeros === -1 ? bytes.length : zeros) + text
}

test('blocks give the digits of the textbook', () => {
  fc.assert(fc.property(anyBytes(400), (bytes) => encodeBase58(bytes) === slowBase58(bytes)))
})

test.each([1, 2, 7, 8, 9, 372, 373, 374, 375, 376, 746, 747, 748, 749, 1500, 3000])(
  'so they do for the smallest and the largest numbers of %i bytes, where blocks are full and where they begin',
  (length) => {
    const largest = new Uint8Array(length).fill(255)
    const smallest = new Uint8Array(length).fill(1, 0, 1)
    for (const bytes of [largest, smallest, largest.with(-1, 0), smallest.fill(1, length - 1)])
      expect(encodeBase58(bytes)).toBe(slowBase58(bytes))
  },
)

test('they are right around every power of 58, where the number of digits changes', () => {
  for (const digits of [...Array(80).keys(), 509, 510, 511, 1019, 1020, 1021, 1529, 1530, 1531].slice(1)) {
    for (const difference of [-1n, 0n, 1n]) {
      const hex = (58n ** BigInt(digits) + difference).toString(16)
      const bytes = Uint8Array.from((hex.length % 2 ? `0${hex}` : hex).match(/../gu) ?? [], (pair) =>
        Number(`0x${pair}`),
      )
      expect(encodeBase58(bytes)).toBe(slowBase58(bytes))
      expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes)
    }
  }
})

test('decoding undoes encoding, leading zeros included', () => {
  const zerosAndBytes = fc
    .tuple(fc.nat(5), anyBytes(300))
    .map(([zeros, bytes]) => [...new Uint8Array(zeros), ...bytes])
  fc.assert(
    fc.property(zerosAndBytes, (list) => {
      const bytes = Uint8Array.from(list)
      expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes)
    }),
  )
})

test('a text with one wrong character never passes the checksum', () => {
  const mistake = fc.tuple(anyBytes(80), fc.nat(), fc.nat(57))
  fc.assert(
    fc.property(mistake, ([payload, where, digit]) => {
      const text = encodeBase58Check(payload, 0)
      const at = where % text.length
      const wrong = text.slice(0, at) + alphabet.charAt(digit) + text.slice(at + 1)
      if (wrong !== text) expect(codeOf(() => decodeBase58Check(wrong))).toMatch(/^(?:checksum|format)$/u)
    }),
  )
})

test.each([
  ['a character from outside the alphabet', '11An6UeerQM0'],
  ['a space after it', '11An6UeerQM6 '],
  ['a line end after it', '11An6UeerQM6\n'],
  ['a letter beyond Latin', '11An6UeerQMб'],
  ['nothing at all', ''],
])('a text with %s is refused', (_, text) => {
  expect(decodeBase58Check('11An6UeerQM6').version).toBe(0)
  expect(codeOf(() => decodeBase58Check(text))).toBe('format')
})

test('what is too long is refused before any work, in both directions', () => {
  expect(codeOf(() => decodeBase58('2'.repeat(maxBase58Length + 1)))).toBe('too_long')
  expect(codeOf(() => encodeBase58(new Uint8Array(maxBase58Length)))).toBe('too_long')
})

test('whatever can be encoded is short enough to be decoded', () => {
  const longest = new Uint8Array(Math.floor(maxBase58Length / 1.3658)).fill(255)
  expect(decodeBase58(encodeBase58(longest))).toEqual(longest)
  expect(codeOf(() => encodeBase58(new Uint8Array(longest.length + 1)))).toBe('too_long')
})
