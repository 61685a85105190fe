import fc from 'fast-check'
import { expect, test } from 'vitest'
import { childKey } from './derived-key.ts'
import { type EncryptionAccess, EncryptionStore, type StoreEntry } from './encryption-store.ts'
import {
  cipherSuite,
  decodeSegment,
  decryptComponent,
  encodeSegment,
  encryptComponent,
} from './path-component.ts'
import { decryptPath, encryptPath, encryptPrefix, pathKey, prefixInfo } from './path-encryption.ts'
import { anyBytes, anyKey, anyPath } from './testing/arbitraries.ts'
import { rootKey } from './testing/sample.ts'
import { codeOf } from './testing/vector.ts'
import { encodeUtf8 } from './text.ts'

const realCiphers = fc.constantFrom(cipherSuite.aes_gcm, cipherSuite.secret_box)
const anyCipher = fc.constantFrom(cipherSuite.null, cipherSuite.aes_gcm, cipherSuite.secret_box)

function storeWith(access: Partial<EncryptionAccess>, options = {}): EncryptionStore {
  return new EncryptionStore(
    { default_path_cipher: cipherSuite.aes_gcm, store_entries: [], ...access },
    options,
  )
}

function entry(bucket: string, plain: string, encrypted: Uint8Array | string, key: Uint8Array): StoreEntry {
  return {
    bucket: encodeUtf8(bucket),
    unencrypted_path: encodeUtf8(plain),
    encrypted_path: typeof encrypted === 'string' ? encodeUtf8(encrypted) : encrypted,
    key,
    path_cipher: cipherSuite.aes_gcm,
  }
}

test('decrypting undoes encrypting, for paths of any bytes', () => {
  fc.assert(
    fc.property(anyKey, anyPath, anyCipher, (default_key, path, default_path_cipher) => {
      const store = storeWith({ default_key, default_path_cipher })
      expect(decryptPath(store, 'b', encryptPath(store, 'b', path))).toEqual(path)
    }),
  )
})

test('a segment holds no 00, 2f or ff, decodes back, and keeps the order of its bytes', () => {
  const compare = (a: Uint8Array, b: Uint8Array) => {
    const at = a.findIndex((byte, i) => byte !== b[i])
    return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1)
  }
  fc.assert(
    fc.property(anyBytes(20), anyBytes(20), (a, b) => {
      expect(decodeSegment(encodeSegment(a))).toEqual(a)
      expect([...encodeSegment(a)].some((byte) => byte === 0 || byte === 0x2f || byte === 0xff)).toBe(false)
      expect(Math.sign(compare(encodeSegment(a), encodeSegment(b)))).toBe(Math.sign(compare(a, b)))
    }),
  )
})

test('every segment that decodes is one that encoding would write', () => {
  fc.assert(
    fc.property(anyBytes(12), (tail) => {
      const encoded = Uint8Array.of(2, ...tail)
      try {
        expect(encodeSegment(decodeSegment(encoded))).toEqual(encoded)
      } catch (error) {
        expect(error).toMatchObject({ code: 'decryption' })
      }
    }),
    { numRuns: 1000 },
  )
})

test('a component with a flipped bit, or one byte short, does not decrypt', () => {
  fc.assert(
    fc.property(anyKey, anyBytes(20), realCiphers, fc.nat(), (key, component, cipher, where) => {
      fc.pre(component.length > 0)
      const raw = decodeSegment(encryptComponent(component, cipher, key))
      expect(codeOf(() => decryptComponent(encodeSegment(raw.subarray(0, -1)), cipher, key))).toBe(
        'decryption',
      )
      const bit = where % (raw.length * 8)
      raw[bit >> 3] = (raw[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(codeOf(() => decryptComponent(encodeSegment(raw), cipher, key))).toBe('decryption')
    }),
  )
})

test('a truncated authentication tag is not accepted, down to no tag at all', () => {
  for (const cipher of [cipherSuite.aes_gcm, cipherSuite.secret_box]) {
    const raw = decodeSegment(encryptComponent(encodeUtf8('a'), cipher, rootKey))
    const nonceLength = cipher === cipherSuite.aes_gcm ? 12 : 24
    for (let length = nonceLength + 1; length < raw.length; length++) {
      const shorter = encodeSegment(raw.subarray(0, length))
      expect(codeOf(() => decryptComponent(shorter, cipher, rootKey))).toBe('decryption')
    }
  }
})

test('equal names encrypt differently in different buckets and below different parents', () => {
  const store = storeWith({ default_key: rootKey })
  const names = [
    encryptPath(store, 'b1', 'x'),
    encryptPath(store, 'b2', 'x'),
    encryptPath(store, 'b1', 'a/x').slice(-30),
    encryptPath(store, 'b1', 'b/x').slice(-30),
  ]
  expect(new Set(names.map(String)).size).toBe(4)
})

test('the key of a path does not depend on the cipher, and follows component by component', () => {
  const [gcm, plain] = [2, 1].map((default_path_cipher) =>
    storeWith({ default_key: rootKey, default_path_cipher }),
  )
  const expected = childKey(childKey(childKey(rootKey, 'b'), 'a'), '')
  for (const store of [gcm, plain]) expect(store && pathKey(store, 'b', 'a/')).toEqual(expected)
})

test('an entry wins over the default key, and its key is not mixed with the bucket again', () => {
  const key = new Uint8Array(32).fill(9)
  const store = storeWith({ default_key: rootKey, store_entries: [entry('b', 'u', 'e', key)] })
  expect(pathKey(store, 'b', 'u')).toEqual(key)
  expect(pathKey(store, 'b', 'u/x')).toEqual(childKey(key, 'x'))
  expect(pathKey(store, 'b', 'other')).toEqual(childKey(childKey(rootKey, 'b'), 'other'))
})

test('without a key for it a path is neither encrypted nor decrypted, but the empty path needs none', () => {
  const store = storeWith({ store_entries: [entry('b', 'u', 'e', rootKey)] })
  expect(codeOf(() => encryptPath(store, 'b', 'other'))).toBe('missing_encryption_base')
  expect(codeOf(() => decryptPath(store, 'b', 'other'))).toBe('missing_decryption_base')
  expect(codeOf(() => pathKey(store, 'b', ''))).toBe('missing_encryption_base')
  expect(codeOf(() => prefixInfo(store, 'b', 'u'))).toBe('missing_encryption_base')
  expect(encryptPath(store, 'b', '')).toEqual(new Uint8Array())
  expect(decryptPath(store, 'b', '')).toEqual(new Uint8Array())
})

test('the parent of a listing below an entry is the entry itself', () => {
  const key = new Uint8Array(32).fill(9)
  const store = storeWith({ store_entries: [entry('b', 'u', 'e', key)] })
  const { parent, path } = prefixInfo(store, 'b', 'u/')
  expect(parent).toEqual({ unencrypted: encodeUtf8('u'), encrypted: encodeUtf8('e'), key })
  expect(path.unencrypted).toEqual(encodeUtf8('u/'))
  expect(path.key).toEqual(childKey(key, ''))
})

test('a prefix keeps its slash at the end, a path encrypts the empty name behind it', () => {
  const store = storeWith({ default_key: rootKey })
  expect(encryptPrefix(store, 'b', 'a/')).toEqual(Uint8Array.of(...encryptPath(store, 'b', 'a'), 0x2f))
  expect(encryptPath(store, 'b', 'a/').at(-1)).not.toBe(0x2f)
})

test('an unknown cipher encrypts nothing', () => {
  const store = storeWith({ default_key: rootKey, default_path_cipher: 77 })
  expect(codeOf(() => encryptPath(store, 'b', 'a'))).toBe('cipher')
  expect(codeOf(() => decryptPath(store, 'b', encodeSegment(new Uint8Array(40).fill(9))))).toBe('cipher')
})

test('bypassing shows encrypted names in base64url and takes them back', () => {
  const access = { default_key: rootKey, default_path_cipher: cipherSuite.aes_gcm, store_entries: [] }
  const encrypted = encryptPath(new EncryptionStore(access), 'b', 'a/b')
  const bypass = new EncryptionStore(access, { bypass: true })
  const shown = decryptPath(bypass, 'b', encrypted)
  expect(String.fromCharCode(...shown)).toMatch(/^[\w-]+={0,2}\/[\w-]+={0,2}$/u)
  expect(encryptPath(bypass, 'b', shown)).toEqual(encrypted)
  for (const wrong of ['YQ', 'YQ===', 'Y+==', 'ü']) {
    expect(codeOf(() => encryptPath(bypass, 'b', wrong))).toBe('decryption')
  }
})

test('one name cannot have two encryptions, nor one encryption two names, at any depth', () => {
  const store = storeWith({ store_entries: [entry('b', 'u/v', 'e/f', rootKey)] })
  const before = store.toAccess()
  for (const [plain, encrypted] of [
    ['u', 'x'],
    ['x', 'e'],
    ['u/v/w', 'e/x/y'],
    ['u/x/w', 'e/f/y'],
    ['u', 'e/f'],
    ['', 'e'],
  ] as const) {
    expect(codeOf(() => store.add(entry('b', plain, encrypted, rootKey)))).toBe('store_entry')
  }
  expect(store.toAccess()).toEqual(before)
  store.add(entry('c', 'u', 'x', rootKey))
  store.add(entry('b', 'u/w', 'e/g', rootKey))
  expect(store.toAccess().store_entries).toHaveLength(3)
})

test('adding a path again replaces its key and keeps its place', () => {
  const key = new Uint8Array(32).fill(9)
  const entries = [entry('b', 'u', 'e', rootKey), entry('b', 'v', 'f', rootKey), entry('b', 'u', 'e', key)]
  const { store_entries } = storeWith({ store_entries: entries }).toAccess()
  expect(store_entries).toEqual([entries[2], entries[1]])
})

test('a key of another length is refused', () => {
  expect(codeOf(() => storeWith({ default_key: new Uint8Array(31) }))).toBe('key')
  expect(codeOf(() => storeWith({ store_entries: [entry('b', 'u', 'e', new Uint8Array(33))] }))).toBe('key')
})
