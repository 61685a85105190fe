import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EncryptionAccess, EncryptionStore } from './encryption-store.ts'
import { cipherSuite } from './path-component.ts'
import { decryptPath, encryptPath, pathKey, prefixInfo } from './path-encryption.ts'
import { encodeUtf8 } from './text.ts'

const access: EncryptionAccess = {
  default_key: new Uint8Array(32).fill(7),
  default_path_cipher: cipherSuite.aes_gcm,
  store_entries: [],
}
const paths = fc.array(
  fc
    .array(fc.constantFrom('', 'a', 'b', 'ab'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/')),
  { maxLength: 8 },
)

test('a store that has seen other paths says what a new one says', () => {
  const old = new EncryptionStore(access)
  fc.assert(
    fc.property(fc.constantFrom('one', 'two'), paths, (bucket, seen) => {
      for (const path of seen) {
        const encrypted = encryptPath(old, bucket, path)
        expect(encrypted).toEqual(encryptPath(new EncryptionStore(access), bucket, path))
        expect(decryptPath(old, bucket, encrypted)).toEqual(encodeUtf8(path))
        expect(decryptPath(new EncryptionStore(access), bucket, encrypted)).toEqual(encodeUtf8(path))
        expect(pathKey(old, bucket, path)).toEqual(pathKey(new EncryptionStore(access), bucket, path))
      }
    }),
  )
})

test('a store that has seen more than it remembers goes on as before', () => {
  const old = new EncryptionStore(access)
  const encryptAll = () => Array.from({ length: 600 }, (_, n) => encryptPath(old, 'b', `a/${n}`))
  const first = encryptAll()
  expect(encryptAll()).toEqual(first)
  expect(first.map((path) => decryptPath(old, 'b', path))).toEqual(first.map((_, n) => encodeUtf8(`a/${n}`)))
})

test('whoever wipes a key or a path wipes nothing in the store', () => {
  const store = new EncryptionStore(access)
  const before = { key: pathKey(store, 'b', 'a/c'), path: encryptPath(store, 'b', 'a/c') }
  for (const path of ['', 'a', 'a/c']) pathKey(store, 'b', path).fill(0)
  const { path, parent } = prefixInfo(store, 'b', 'a/c')
  for (const bytes of [...Object.values(path), ...Object.values(parent)]) bytes.fill(0)
  decryptPath(store, 'b', encryptPath(store, 'b', 'a/c')).fill(0)
  expect({ key: pathKey(store, 'b', 'a/c'), path: encryptPath(store, 'b', 'a/c') }).toEqual(before)
  expect(decryptPath(store, 'b', before.path)).toEqual(encodeUtf8('a/c'))
})
