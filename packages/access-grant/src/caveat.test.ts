import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { caveatToJson, parseCaveat, serializeCaveat } from './caveat.ts'
import { anyCaveat } from './testing/arbitraries.ts'
import { hex } from './testing/vector.ts'
import { encodeUtf8 } from './text.ts'

test('parsing undoes serializing', () => {
  fc.assert(
    fc.property(anyCaveat, (caveat) => {
      const bytes = serializeCaveat(caveat)
      expect(parseCaveat(bytes)).toEqual(caveat)
      expect(serializeCaveat(parseCaveat(bytes))).toEqual(bytes)
    }),
  )
})

test('a field that satellites of tomorrow may add is passed over', () => {
  expect(parseCaveat(hexToBytes('0801fa010161'))).toEqual(parseCaveat(hexToBytes('0801')))
})

test.each([
  ['nanoseconds below zero borrow a second', 'a2010d080510ffffffffffffffffff01', 'a20108080410ff93ebdc03'],
  ['a duration beyond 64 bits of nanoseconds stops there', 'b201060880e497d012', 'b201060880e497d012'],
])('%s', (_, input, normal) => {
  expect(hex(serializeCaveat(parseCaveat(hexToBytes(input))))).toBe(normal)
})

test('the JSON form says what is set and nothing else', () => {
  expect(caveatToJson(parseCaveat(new Uint8Array()))).toEqual({})
  const caveat = parseCaveat(
    serializeCaveat({
      disallow_reads: true,
      allowed_paths: [{ bucket: encodeUtf8('b'), encrypted_path_prefix: new Uint8Array() }],
      not_after: { seconds: 1_700_000_000n, nanos: 500_000_000 },
      max_object_ttl: { seconds: 1n, nanos: 1 },
      nonce: Uint8Array.of(255, 255, 255, 255),
    }),
  )
  expect(caveatToJson(caveat)).toEqual({
    disallow_reads: true,
    allowed_paths: [{ bucket: 'Yg==' }],
    not_after: '2023-11-14T22:13:20.5Z',
    max_object_ttl: 1_000_000_001,
    nonce: '/////w==',
  })
})
