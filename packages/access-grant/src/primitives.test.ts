import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as ours from '#primitives'
import * as portable from './primitives.ts'
import { anyBytes, anyKey } from './testing/arbitraries.ts'

const anyIv = fc.uint8Array({ minLength: 12, maxLength: 12 })

describe('what the platform brings says what plain JavaScript says', () => {
  test('hashes, of keys of any length', () => {
    fc.assert(
      fc.property(anyBytes(300), anyBytes(300), anyBytes(), (key, message, more) => {
        expect(ours.sha256(message)).toStrictEqual(portable.sha256(message))
        expect(ours.hmacSha256(key, message)).toStrictEqual(portable.hmacSha256(key, message))
        expect(ours.hmacSha512(key, message, more)).toStrictEqual(portable.hmacSha512(key, message, more))
      }),
    )
  })

  test('seals', () => {
    fc.assert(
      fc.property(
        anyKey,
        anyIv,
        anyBytes(300),
        fc.option(anyBytes(), { nil: undefined }),
        (key, iv, plain, to) => {
          const sealed = portable.sealAesGcm(key, iv, plain, to)
          expect(ours.sealAesGcm(key, iv, plain, to)).toStrictEqual(sealed)
          expect(ours.openAesGcm(key, iv, sealed, to)).toStrictEqual(plain)
          expect(portable.openAesGcm(key, iv, sealed, to)).toStrictEqual(plain)
        },
      ),
    )
  })

  test.each(Object.entries({ ours, portable }))(
    '%s: what was cut or changed does not open',
    (_whose, { sealAesGcm, openAesGcm }) => {
      const [key, iv, to] = [new Uint8Array(32), new Uint8Array(12), new Uint8Array(3)]
      const sealed = sealAesGcm(key, iv, new Uint8Array(5), to)
      for (let length = 0; length < sealed.length; length++) {
        expect(() => openAesGcm(key, iv, sealed.subarray(0, length), to)).toThrow()
        expect(() => openAesGcm(key, iv, sealed.with(length, 99), to)).toThrow()
      }
      expect(() => openAesGcm(key, iv, sealed, to.subarray(1))).toThrow()
      expect(() => openAesGcm(key, iv, sealed)).toThrow()
    },
  )
})
