import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type AccessGrant,
  createAccessGrant,
  parseAccessGrant,
  restrictAccessGrant,
  serializeAccessGrant,
} from './access-grant.ts'
import { type Action, operations } from './action.ts'
import { checkApiKey, restrictApiKey } from './api-key.ts'
import { decodeBase58, decodeBase58Check, encodeBase58, encodeBase58Check } from './base58.ts'
import { EncryptionStore } from './encryption-store.ts'
import { createMacaroon, serializeMacaroon, verifyMacaroon } from './macaroon.ts'
import { encryptPath, encryptPrefix, pathKey } from './path-encryption.ts'
import { fullPermission, noPermission } from './permission.ts'
import { anyKey, anyNonce, anyPermission } from './testing/arbitraries.ts'
import {
  anAccessGrant,
  anApiKey,
  nonce,
  readOnly,
  rootKey,
  satelliteAddress,
  secret,
} from './testing/sample.ts'
import { codeOf } from './testing/vector.ts'
import { encodeUtf8 } from './text.ts'
import { timestampFromSeconds } from './time.ts'

const time = timestampFromSeconds(1_700_000_000)
const anyPrefix = fc.record({
  bucket: fc.constantFrom('b1', 'b2'),
  prefix: fc.constantFrom('', '/', 'a', 'a/', 'a/b', 'a/b/', 'ab', '/a', 'a//', 'ü/x'),
})
const anyPrefixes = fc.array(anyPrefix, { maxLength: 3 })
const cipher = fc.constantFrom(1, 2, 3)

const anyGrant: fc.Arbitrary<AccessGrant> = fc
  .tuple(anyKey, anyKey, cipher, anyPermission, anyPrefixes, anyNonce)
  .map(([head, root_key, path_cipher, permission, prefixes, nonce]) => {
    const api_key = createMacaroon({ head, secret })
    const grant = createAccessGrant({ satellite_address: satelliteAddress, api_key, root_key, path_cipher })
    return restrictAccessGrant(grant, permission, prefixes, nonce)
  })

test('the text of an access grant gives the access grant back, and the same text again', () => {
  fc.assert(
    fc.property(anyGrant, (grant) => {
      const text = serializeAccessGrant(grant)
      expect(parseAccessGrant(text)).toEqual(grant)
      expect(serializeAccessGrant(parseAccessGrant(text))).toBe(text)
    }),
  )
})

const flip = (bytes: Uint8Array, where: number) => {
  const bit = where % (bytes.length * 8)
  return bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
}

test('an access grant with any flipped bit is refused', () => {
  const envelope = decodeBase58(serializeAccessGrant(anAccessGrant()))
  fc.assert(
    fc.property(fc.nat(), (where) => {
      expect(codeOf(() => parseAccessGrant(encodeBase58(flip(envelope, where))))).toBe('checksum')
    }),
  )
})

test('a flipped bit in the API key is refused or fails verification, even inside an honest envelope', () => {
  const { payload } = decodeBase58Check(serializeAccessGrant(anAccessGrant()))
  const start = 2 + encodeUtf8(satelliteAddress).length + 2
  const apiKey = payload.subarray(start, start + serializeMacaroon(anApiKey()).length)
  expect(apiKey).toEqual(serializeMacaroon(anApiKey()))
  for (let bit = 0; bit < apiKey.length * 8; bit++) {
    const broken = payload.slice()
    broken.set(flip(apiKey, bit), start)
    try {
      const { api_key } = parseAccessGrant(encodeBase58Check(broken, 0))
      expect(verifyMacaroon(api_key, secret)).toBe(false)
    } catch (error) {
      expect(error).toMatchObject({ code: 'macaroon' })
    }
  }
})

test('sharing twice reaches what both shares reach, and never more', () => {
  const paths = ['', 'a', 'ab', 'a/b', 'a/bc', 'a/b/c', '/a', 'x']
  let reached = 0
  fc.assert(
    fc.property(cipher, anyPrefixes, anyPrefixes, anyPermission, (path_cipher, first, second, permission) => {
      const before = restrictAccessGrant(anAccessGrant(path_cipher), fullPermission, first, nonce)
      let after: AccessGrant
      try {
        after = restrictAccessGrant(before, permission, second, nonce)
      } catch (error) {
        expect(error).toMatchObject({ code: 'missing_encryption_base' })
        return
      }
      for (const bucket of ['b1', 'b2', 'b3']) {
        for (const path of paths) {
          if (!usable(after, bucket, path)) continue
          reached++
          expect(usable(before, bucket, path)).toBe(true)
          expect(keyOf(after, bucket, path)).toEqual(keyOf(before, bucket, path))
        }
      }
    }),
    { numRuns: 300 },
  )
  expect(reached).toBeGreaterThan(50)
})

test('a share with prefixes loses the root key and keeps one key per prefix, in the order asked', () => {
  const prefixes = [{ bucket: 'b2', prefix: 'x/' }, { bucket: 'b1' }, { bucket: 'b2', prefix: 'a' }]
  const { encryption_access } = restrictAccessGrant(anAccessGrant(), readOnly, prefixes, nonce)
  expect(encryption_access.default_key).toBeUndefined()
  expect(encryption_access.store_entries.map((entry) => [entry.bucket, entry.unencrypted_path])).toEqual([
    [encodeUtf8('b2'), encodeUtf8('x')],
    [encodeUtf8('b1'), new Uint8Array()],
    [encodeUtf8('b2'), encodeUtf8('a')],
  ])
})

test('the grant that is restricted stays as it was', () => {
  const grant = anAccessGrant()
  const text = serializeAccessGrant(grant)
  restrictAccessGrant(grant, readOnly, [{ bucket: 'b', prefix: 'a' }], nonce)
  expect(serializeAccessGrant(grant)).toBe(text)
})

test('a root key never travels with an API key that is limited to paths', () => {
  const api_key = restrictApiKey(anApiKey(), {
    allowed_paths: [{ bucket: encodeUtf8('b'), encrypted_path_prefix: new Uint8Array() }],
  })
  const grant = createAccessGrant({ satellite_address: 's', api_key, root_key: rootKey })
  expect(grant.encryption_access.default_key).toBeUndefined()
  expect(grant.encryption_access.store_entries).toHaveLength(1)
})

test('keys that were limited elsewhere make the same access grant as the root key does', () => {
  const whole = restrictAccessGrant(anAccessGrant(), readOnly, [{ bucket: 'b', prefix: 'a' }], nonce)
  const { satellite_address, api_key, encryption_access } = whole
  expect(createAccessGrant({ satellite_address, api_key, encryption_access })).toEqual(whole)
})

test('sharing another whole bucket from a narrow share succeeds and leaves no key', () => {
  const narrow = restrictAccessGrant(anAccessGrant(), fullPermission, [{ bucket: 'b1', prefix: 'a' }], nonce)
  const dead = restrictAccessGrant(narrow, fullPermission, [{ bucket: 'b2' }], nonce)
  expect(dead.encryption_access.store_entries).toEqual([])
  expect(parseAccessGrant(serializeAccessGrant(dead))).toEqual(dead)
})

test('a satellite address of any bytes comes back byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 30 }), (address) => {
      const { payload } = decodeBase58Check(serializeAccessGrant(anAccessGrant()))
      const rest = payload.subarray(2 + encodeUtf8(satelliteAddress).length)
      const text = encodeBase58Check(Uint8Array.of(0x0a, address.length, ...address, ...rest), 0)
      expect(serializeAccessGrant(parseAccessGrant(text))).toBe(text)
    }),
  )
})

test.each([
  ['nothing allowed and nothing limited', noPermission, nonce, 'permission_empty'],
  ['a nonce of three bytes', readOnly, nonce.subarray(1), 'nonce'],
  [
    'an end before the beginning',
    { ...readOnly, not_before: time, not_after: timestampFromSeconds(1) },
    nonce,
    'time_range',
  ],
  ['no lifetime for objects', { ...readOnly, max_object_ttl: { seconds: 0n, nanos: 0 } }, nonce, 'ttl'],
  ['a negative lifetime', { ...readOnly, max_object_ttl: { seconds: 0n, nanos: -1 } }, nonce, 'ttl'],
] as const)('a restriction with %s is refused', (_, permission, bytes, code) => {
  expect(codeOf(() => restrictAccessGrant(anAccessGrant(), permission, [], bytes))).toBe(code)
})

test('without an address there is no access grant', () => {
  const form = { satellite_address: '', api_key: anApiKey(), root_key: rootKey }
  expect(codeOf(() => createAccessGrant(form))).toBe('satellite_address')
  expect(codeOf(() => serializeAccessGrant({ ...anAccessGrant(), satellite_address: '' }))).toBe(
    'satellite_address',
  )
})

test('every truncation of an access grant is refused, even inside an honest envelope', () => {
  const { payload } = decodeBase58Check(serializeAccessGrant(anAccessGrant()))
  const complete = payload.length - 2 // the cipher at the end may be missing
  for (let length = 0; length < complete; length++) {
    expect(codeOf(() => parseAccessGrant(encodeBase58Check(payload.subarray(0, length), 0)))).not.toBe(
      'checksum',
    )
  }
})

test('store entries that contradict each other, or whose key is no key, are refused while the grant is made', () => {
  const entry = {
    bucket: encodeUtf8('b'),
    unencrypted_path: encodeUtf8(''),
    encrypted_path: encodeUtf8('a'),
    key: rootKey,
    path_cipher: 2,
  }
  const made = (change: object) => () =>
    createAccessGrant({
      satellite_address: 'sat',
      api_key: anApiKey(),
      encryption_access: { default_path_cipher: 2, store_entries: [{ ...entry, ...change }] },
    })
  expect(codeOf(made({}))).toBe('store_entry')
  expect(codeOf(made({ encrypted_path: encodeUtf8(''), key: rootKey.subarray(1) }))).toBe('key')
})

/** Holds a key for the path, and the satellite would allow some action on it. */
function usable(grant: AccessGrant, bucket: string, path: string): boolean {
  const store = new EncryptionStore(grant.encryption_access)
  if (store.lookupUnencrypted(bucket, path).base === undefined) return false
  const encrypted_path = encryptPath(store, bucket, path)
  const actions: readonly Action[] = Object.values(operations)
    .filter((op) => op !== operations.project_info)
    .map((op) => ({ op, bucket, encrypted_path, time }))
  return actions.some((action) => checkApiKey({ api_key: grant.api_key, secret, version: 7, action }).allowed)
}

function keyOf(grant: AccessGrant, bucket: string, path: string): Uint8Array {
  return pathKey(new EncryptionStore(grant.encryption_access), bucket, path)
}

test('a listing prefix is encrypted the same way by the giver and by the receiver of a share', () => {
  const whole = anAccessGrant()
  const share = restrictAccessGrant(whole, readOnly, [{ bucket: 'b', prefix: 'a/b' }], nonce)
  const [giver, receiver] = [whole, share].map((grant) => new EncryptionStore(grant.encryption_access))
  expect(receiver && encryptPrefix(receiver, 'b', 'a/b/c/')).toEqual(
    giver && encryptPrefix(giver, 'b', 'a/b/c/'),
  )
})
