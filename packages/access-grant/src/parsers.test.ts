import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAccessGrant } from './access-grant.ts'
import { effectivePaths } from './allowed-paths.ts'
import { parseApiKey } from './api-key.ts'
import { decodeBase58, encodeBase58, encodeBase58Check, maxBase58Length } from './base58.ts'
import { parseCaveat, serializeCaveat } from './caveat.ts'
import { describeAccessGrant } from './describe.ts'
import { parseEncryptionAccess, serializeEncryptionAccess } from './encryption-access.ts'
import type { StoreEntry } from './encryption-store.ts'
import { AccessGrantError } from './errors.ts'
import { addCaveat, type Macaroon, parseMacaroon, serializeMacaroon } from './macaroon.ts'
import { parseNodeUrl } from './node-url.ts'
import { componentsOf, decodeSegment } from './path-component.ts'
import { growth } from './testing/growth.ts'
import { anApiKey, rootKey } from './testing/sample.ts'
import { encodeUtf8 } from './text.ts'

const inEnvelope = (parse: (text: string) => unknown) => (bytes: Uint8Array) =>
  parse(encodeBase58Check(bytes, 0))

const parsers: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  parseMacaroon,
  parseCaveat,
  parseEncryptionAccess,
  decodeSegment,
  parseApiKey: inEnvelope(parseApiKey),
  parseAccessGrant: inEnvelope((text) => describeAccessGrant(parseAccessGrant(text))),
  parseNodeUrl: (bytes) => parseNodeUrl(String.fromCharCode(...bytes)),
}

/** Bytes that look enough like the formats to get past the first check. */
const plausible = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        [2],
        [2, 32],
        [0],
        [6, 32],
        [8, 1],
        [82, 0],
        [0x0a, 3, 97, 64, 98],
        [0x12, 2],
        [0x1a, 0],
        [0x80],
        [0xff],
      ),
      fc.uint8Array({ maxLength: 34 }).map((bytes) => [...bytes]),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Uint8Array.from(parts.flat()))

test.each(Object.entries(parsers))('%s answers or refuses, whatever the bytes', (_, parse) => {
  const answersOrRefuses = (bytes: Uint8Array) => {
    try {
      parse(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(AccessGrantError)
    }
  }
  fc.assert(fc.property(plausible, answersOrRefuses), { numRuns: 2000 })
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), answersOrRefuses), { numRuns: 1000 })
})

test('text that is no text of ours is refused as such', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      for (const parse of [parseApiKey, parseAccessGrant]) {
        expect(() => parse(text)).toThrow(AccessGrantError)
      }
    }),
  )
})

const repeated = (bytes: readonly number[], times: number) =>
  Uint8Array.from({ length: bytes.length * times }, (_, i) => bytes[i % bytes.length] ?? 0)

/** A macaroon whose caveats all allow one common bucket, and each another path besides. */
function manyPathCaveats(count: number): Macaroon {
  const bucket = encodeUtf8('b')
  return Array.from({ length: count }, (_, i) =>
    serializeCaveat({
      allowed_paths: [
        { bucket, encrypted_path_prefix: new Uint8Array() },
        { bucket, encrypted_path_prefix: Uint8Array.of(i >> 8, i & 255) },
      ],
    }),
  ).reduce(addCaveat, anApiKey())
}

function manyEntries(count: number): StoreEntry[] {
  return Array.from({ length: count }, (_, i) => {
    const path = encodeUtf8(`p${i}`)
    return {
      bucket: encodeUtf8('b'),
      unencrypted_path: path,
      encrypted_path: path,
      key: rootKey,
      path_cipher: 1,
    }
  })
}

/** One caveat with one path that is nothing but slashes, and keys to match. */
function slashes(count: number): Uint8Array {
  const grant = { bucket: encodeUtf8('b'), encrypted_path_prefix: new Uint8Array(count).fill(0x2f) }
  return serializeCaveat({ allowed_paths: [grant] })
}

describe('four times the input takes about four times as long, not sixteen', () => {
  test.each<[string, (size: number) => () => unknown, number]>([
    [
      'a macaroon of many caveats',
      (n) => {
        const bytes = serializeMacaroon(manyPathCaveats(n / 4))
        return () => parseMacaroon(bytes)
      },
      4000,
    ],
    ['a caveat of empty paths', (n) => () => parseCaveat(repeated([82, 0], n)), 4000],
    ['a caveat of unknown fields', (n) => () => parseCaveat(repeated([0xc8, 2, 1], n)), 4000],
    [
      'path restrictions that intersect again and again',
      (n) => {
        const macaroon = manyPathCaveats(n)
        return () => effectivePaths(macaroon)
      },
      200,
    ],
    [
      'a path restriction of one long prefix',
      (n) => {
        const macaroon = [slashes(n), slashes(n + 1)].reduce(addCaveat, anApiKey())
        return () => effectivePaths(macaroon)
      },
      1500,
    ],
    ['a path of slashes', (n) => () => componentsOf(new Uint8Array(n).fill(0x2f)), 4000],
    ['a segment of escapes', (n) => () => decodeSegment(Uint8Array.of(2, ...repeated([1, 1], n))), 5000],
    [
      'an encryption access of entries',
      (n) => {
        const bytes = serializeEncryptionAccess({ default_path_cipher: 2, store_entries: manyEntries(n) })
        return () => parseEncryptionAccess(bytes)
      },
      250,
    ],
    [
      'an access grant of slashes under a root key',
      (n) => {
        const macaroon = serializeMacaroon(addCaveat(anApiKey(), slashes(n)))
        const length = (size: number) => [(size & 127) | 128, size >> 7]
        const keys = [0x0a, 32, ...new Uint8Array(32), 0x18, 1]
        const text = encodeBase58Check(
          Uint8Array.from([
            0x0a,
            1,
            97,
            0x12,
            ...length(macaroon.length),
            ...macaroon,
            0x1a,
            keys.length,
            ...keys,
          ]),
          0,
        )
        return () => parseAccessGrant(text)
      },
      80,
    ],
  ])('%s', (_, prepare, size) => {
    expect(growth(prepare, size, 10)).toBeLessThan(10)
  })
})

test('base58 grows faster than its input, so its input is bounded: the longest takes a blink', () => {
  const text = 'z'.repeat(maxBase58Length)
  const bytes = new Uint8Array(Math.floor(maxBase58Length / 1.3658)).fill(255)
  const start = performance.now()
  decodeBase58(text)
  encodeBase58(bytes)
  expect(performance.now() - start).toBeLessThan(1000)
})
