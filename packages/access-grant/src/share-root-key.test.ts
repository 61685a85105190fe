import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createAccessGrant,
  parseAccessGrant,
  restrictAccessGrant,
  serializeAccessGrant,
} from './access-grant.ts'
import { restrictApiKey } from './api-key.ts'
import { decodeBase64Url, encodeBase64Url } from './base64.ts'
import { parseEncryptionAccess, serializeEncryptionAccess } from './encryption-access.ts'
import { EncryptionStore } from './encryption-store.ts'
import { couldEncrypt, encryptPath, pathKey } from './path-encryption.ts'
import { permissionToCaveat } from './permission.ts'
import { shareRootKey } from './share-root-key.ts'
import { anAccessGrant, anApiKey, nonce, readOnly, rootKey, satelliteAddress } from './testing/sample.ts'
import { codeOf } from './testing/vector.ts'
import { encodeUtf8 } from './text.ts'

const name = fc.stringMatching(/^[a-zü.]{1,9}$/u)
const place = fc.record({
  bucket: fc.constantFrom('photos', 'music'),
  prefix: fc
    .array(name, { maxLength: 4 })
    .chain((parts) => fc.constantFrom(parts.join('/'), `${parts.join('/')}/`)),
})
const places = fc.array(
  place.map(({ bucket, prefix }) => ({ bucket, prefix: prefix === '/' ? '' : prefix })),
  { maxLength: 6 },
)

test('an access grant from shared keys is byte for byte the one from the root key', () => {
  fc.assert(
    fc.property(places, (prefixes) => {
      const fromRoot = restrictAccessGrant(anAccessGrant(), readOnly, prefixes, nonce)
      const { encryption_access, encrypted_prefixes } = shareRootKey(rootKey, prefixes)
      const caveat = permissionToCaveat(readOnly, encrypted_prefixes, nonce)
      const fromShared = createAccessGrant({
        satellite_address: satelliteAddress,
        api_key: restrictApiKey(anApiKey(), caveat),
        encryption_access: parseEncryptionAccess(serializeEncryptionAccess(encryption_access)),
      })
      expect(serializeAccessGrant(fromShared)).toBe(serializeAccessGrant(fromRoot))
      expect(parseAccessGrant(serializeAccessGrant(fromShared))).toEqual(fromRoot)
    }),
  )
})

test('the root key goes along only when the whole project is shared', () => {
  expect(shareRootKey(rootKey, [])).toEqual({
    encryption_access: { default_key: rootKey, default_path_cipher: 2, store_entries: [] },
    encrypted_prefixes: [],
  })
  const { encryption_access, encrypted_prefixes } = shareRootKey(rootKey, [
    { bucket: 'photos', prefix: '2026' },
    { bucket: 'music' },
  ])
  expect(encryption_access.default_key).toBeUndefined()
  expect(encrypted_prefixes.map(({ bucket }) => bucket)).toEqual([encodeUtf8('photos'), encodeUtf8('music')])
  const [whole, shared] = [
    new EncryptionStore(anAccessGrant().encryption_access),
    new EncryptionStore(encryption_access),
  ]
  expect(pathKey(shared, 'photos', '2026/a')).toEqual(pathKey(whole, 'photos', '2026/a'))
  expect(codeOf(() => pathKey(shared, 'photos', '2025'))).toBe('missing_encryption_base')
})

test('only 32 bytes are a root key, for the whole project as well', () => {
  for (const prefixes of [[], [{ bucket: 'photos' }]])
    expect(codeOf(() => shareRootKey(rootKey.slice(1), prefixes))).toBe('key')
})

test('what could be the encryption of a path is told without its key', () => {
  const store = new EncryptionStore(anAccessGrant().encryption_access)
  for (const path of ['', 'a', '2026/summer', 'ü/…/💥', '.']) {
    const encrypted = encryptPath(store, 'photos', path)
    expect(couldEncrypt(encrypted, path)).toBe(true)
    expect(couldEncrypt(encrypted, `${path}x`)).toBe(false)
    expect(couldEncrypt(encrypted, `${path}/x`)).toBe(false)
    if (path === '') continue
    for (let length = 0; length < encrypted.length; length++)
      expect(couldEncrypt(encrypted.slice(0, length), path)).toBe(false)
    expect(couldEncrypt(Uint8Array.of(...encrypted, 0x2f), path)).toBe(false)
  }
})

test('base64url without padding is read back, and nothing else is read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = encodeBase64Url(bytes)
      expect(text).toMatch(/^[A-Za-z0-9_-]*$/)
      expect(atob(text.replaceAll('-', '+').replaceAll('_', '/'))).toBe(String.fromCharCode(...bytes))
      expect(decodeBase64Url(text)).toEqual(bytes)
    }),
  )
  for (const text of ['A', 'AB', 'AAB', 'AA==', 'AA+A', 'AA/A', 'AA\n', ' AAA', 'AA=A', 'AAAAA'])
    expect(
      codeOf(() => decodeBase64Url(text)),
      JSON.stringify(text),
    ).toBe('format')
})
