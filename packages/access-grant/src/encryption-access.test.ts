import fc from 'fast-check'
import { expect, test } from 'vitest'
import { effectivePaths } from './allowed-paths.ts'
import { restrictApiKey } from './api-key.ts'
import { equalBytes, startsWith } from './bytes.ts'
import { type AllowedPath, parseCaveat, serializeCaveat } from './caveat.ts'
import {
  encryptSharePrefixes,
  limitToApiKey,
  limitToPaths,
  overrideKey,
  parseEncryptionAccess,
  serializeEncryptionAccess,
} from './encryption-access.ts'
import { type EncryptionAccess, EncryptionStore } from './encryption-store.ts'
import { addCaveat, type Macaroon } from './macaroon.ts'
import { encryptPath, pathKey } from './path-encryption.ts'
import { nearPath } from './testing/arbitraries.ts'
import { anApiKey, rootKey } from './testing/sample.ts'
import { codeOf } from './testing/vector.ts'

const access: EncryptionAccess = { default_key: rootKey, default_path_cipher: 2, store_entries: [] }
const prefixes = [{ bucket: 'b1', prefix: 'a/b/' }, { bucket: 'b2' }]

/** The definition, word by word: kept is what every caveat with paths has a prefix for. */
function effectivePathsSlowly(macaroon: Macaroon): AllowedPath[] {
  const groups = macaroon.caveats
    .map((bytes) => parseCaveat(bytes).allowed_paths)
    .filter(({ length }) => length > 0)
  const covers = (path: AllowedPath) => (other: AllowedPath) =>
    equalBytes(path.bucket, other.bucket) &&
    startsWith(path.encrypted_path_prefix, other.encrypted_path_prefix)
  return groups.flat().filter((path) => groups.every((group) => group.some(covers(path))))
}

test('intersecting trees keeps exactly the paths that every caveat covers', () => {
  const groups = fc.array(fc.array(nearPath, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(groups, (lists) => {
      const apiKey = lists.reduce<Macaroon>(
        (key, allowed_paths) => restrictApiKey(key, { allowed_paths }),
        anApiKey(),
      )
      const names = (paths: readonly AllowedPath[]) =>
        new Set(paths.map(({ bucket, encrypted_path_prefix }) => `${bucket}|${encrypted_path_prefix}`))
      const kept = effectivePaths(apiKey) ?? []
      expect([...names(kept)]).toEqual([...names(effectivePathsSlowly(apiKey))])
      expect(kept).toHaveLength(names(kept).size)
    }),
    { numRuns: 1000 },
  )
})

test('an API key without paths restricts no path, whatever else it restricts', () => {
  expect(effectivePaths(restrictApiKey(anApiKey(), { disallow_reads: true }))).toBeUndefined()
  expect(limitToApiKey(access, restrictApiKey(anApiKey(), { disallow_reads: true }))).toBe(access)
})

test('a caveat that cannot be decoded leaves no key at all', () => {
  const limited = limitToApiKey(access, addCaveat(anApiKey(), Uint8Array.of(0xff)))
  expect(limited).toEqual({ default_path_cipher: 0, store_entries: [] })
})

test('the bytes of an encryption access give it back', () => {
  for (const value of [access, limitToPaths(access, encryptSharePrefixes(access, prefixes))]) {
    expect(parseEncryptionAccess(serializeEncryptionAccess(value))).toEqual(value)
  }
})

test('keys limited to prefixes open what is below them and nothing beside them', () => {
  const paths = encryptSharePrefixes(access, prefixes)
  const [whole, limited] = [access, limitToPaths(access, paths)].map((keys) => new EncryptionStore(keys))
  if (whole === undefined || limited === undefined) throw new Error('two stores')
  for (const [bucket, path] of [
    ['b1', 'a/b'],
    ['b1', 'a/b/c'],
    ['b2', 'x/y'],
  ] as const) {
    expect(pathKey(limited, bucket, path)).toEqual(pathKey(whole, bucket, path))
    expect(encryptPath(limited, bucket, path)).toEqual(encryptPath(whole, bucket, path))
  }
  for (const [bucket, path] of [
    ['b1', 'a'],
    ['b1', 'a/bc'],
    ['b3', 'x'],
  ] as const) {
    expect(codeOf(() => pathKey(limited, bucket, path))).toBe('missing_encryption_base')
  }
})

test('a prefix that the keys do not open is left out and takes no other with it', () => {
  const [first, second] = encryptSharePrefixes(access, prefixes)
  if (first === undefined || second === undefined) throw new Error('two paths')
  const broken = { ...first, encrypted_path_prefix: first.encrypted_path_prefix.slice(0, -1) }
  expect(limitToPaths(access, [broken, second]).store_entries).toHaveLength(1)
})

test('a user with a key of their own reads below their prefix only what that key opens', () => {
  const key = new Uint8Array(32).fill(7)
  const overridden = overrideKey(access, { bucket: 'b', prefix: 'users/7/', key })
  const store = new EncryptionStore(overridden)
  const whole = new EncryptionStore(access)
  expect(pathKey(store, 'b', 'users/7')).toEqual(key)
  expect(encryptPath(store, 'b', 'users/7')).toEqual(encryptPath(whole, 'b', 'users/7'))
  expect(encryptPath(store, 'b', 'users/7/x')).not.toEqual(encryptPath(whole, 'b', 'users/7/x'))
  expect(encryptPath(store, 'b', 'users/8/x')).toEqual(encryptPath(whole, 'b', 'users/8/x'))
  expect(overridden.default_key).toEqual(rootKey)
})

test('only a prefix that ends in a slash gets a key of its own, and only one of 32 bytes', () => {
  const override = (prefix: string, length: number) => () =>
    overrideKey(access, { bucket: 'b', prefix, key: new Uint8Array(length) })
  expect(codeOf(override('users/7', 32))).toBe('prefix')
  expect(codeOf(override('', 32))).toBe('prefix')
  expect(codeOf(override('users/7/', 31))).toBe('key')
})

test('entries of the same path but other names contradict each other, in any order', () => {
  const allowed = encryptSharePrefixes(access, [{ bucket: 'b', prefix: 'a' }])
  const [entry] = limitToPaths(access, allowed).store_entries
  if (entry === undefined) throw new Error('one entry')
  const other = { ...entry, unencrypted_path: Uint8Array.of(0x78) }
  for (const store_entries of [
    [entry, other],
    [other, entry],
  ]) {
    const bytes = serializeEncryptionAccess({ default_path_cipher: 2, store_entries })
    expect(codeOf(() => parseEncryptionAccess(bytes))).toBe('store_entry')
  }
})

test('a malformed default for contents is refused, though nothing depends on it', () => {
  expect(parseEncryptionAccess(Uint8Array.of(0x22, 2, 8, 1)).store_entries).toEqual([])
  expect(codeOf(() => parseEncryptionAccess(Uint8Array.of(0x22, 2, 10, 1)))).toBe('protobuf')
})

test('a cipher number beyond a byte keeps its low byte, and only a missing one means AES-GCM', () => {
  const cipherOf = (bytes: Uint8Array) => parseEncryptionAccess(bytes).default_path_cipher
  expect(cipherOf(new Uint8Array())).toBe(2)
  expect(cipherOf(Uint8Array.of(0x18, 0x83, 0x02))).toBe(3)
  expect(cipherOf(Uint8Array.of(0x18, 0x80, 0x02))).toBe(0)
})

test('serializing caveats of shares is what the caveat reader reads', () => {
  const allowed_paths = encryptSharePrefixes(access, prefixes)
  expect(parseCaveat(serializeCaveat({ allowed_paths })).allowed_paths).toEqual(allowed_paths)
})
