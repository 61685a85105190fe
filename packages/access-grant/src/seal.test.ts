import fc from 'fast-check'
import { expect, test } from 'vitest'
import { serializeEncryptionAccess } from './encryption-access.ts'
import { sealEncryptionAccess, sealOverhead, unsealEncryptionAccess } from './seal.ts'
import { shareRootKey } from './share-root-key.ts'
import { anyKey } from './testing/arbitraries.ts'
import { rootKey } from './testing/sample.ts'
import { codeOf } from './testing/vector.ts'
import { encodeUtf8 } from './text.ts'

const key = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)
const nonce = Uint8Array.from({ length: 12 }, (_, i) => 7 * i)
const associated_data = '01980000-0000-4000-8000-00000000cafe'
const places = [{ bucket: 'photos', prefix: '2026/ü' }, { bucket: 'music' }]
const { encryption_access } = shareRootKey(rootKey, places)
const sealed = () => sealEncryptionAccess(encryption_access, { key, nonce, associated_data })

/** The platform's own AES-GCM. */
const platformKey = (usage: 'encrypt' | 'decrypt') =>
  crypto.subtle.importKey('raw', key.slice(), 'AES-GCM', false, [usage])
const aesGcm = (iv: Uint8Array<ArrayBuffer>) => ({
  name: 'AES-GCM',
  iv,
  additionalData: encodeUtf8(associated_data).slice(),
  tagLength: 128,
})

test("what we seal, the platform's AES-GCM opens, and finds the serialized keys", async () => {
  const bytes = sealed()
  expect(bytes.subarray(0, 12)).toEqual(nonce)
  const plain = await crypto.subtle.decrypt(
    aesGcm(bytes.slice(0, 12)),
    await platformKey('decrypt'),
    bytes.slice(12),
  )
  expect(new Uint8Array(plain)).toEqual(serializeEncryptionAccess(encryption_access))
  expect(bytes).toHaveLength(plain.byteLength + sealOverhead)
})

test("what the platform's AES-GCM seals, we open", async () => {
  const plain = serializeEncryptionAccess(encryption_access).slice()
  const body = await crypto.subtle.encrypt(aesGcm(nonce.slice()), await platformKey('encrypt'), plain)
  const bytes = Uint8Array.of(...nonce, ...new Uint8Array(body))
  expect(unsealEncryptionAccess(bytes, { key, associated_data })).toEqual(encryption_access)
})

test('any flipped bit refuses, and so does any cut', () => {
  const bytes = sealed()
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = bytes.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(codeOf(() => unsealEncryptionAccess(flipped, { key, associated_data }))).toBe('seal')
  }
  for (let length = 0; length < bytes.length; length++)
    expect(codeOf(() => unsealEncryptionAccess(bytes.slice(0, length), { key, associated_data }))).toBe(
      'seal',
    )
})

test('another key refuses, and so do keys that were sealed for somebody else', () => {
  const bytes = sealed()
  fc.assert(
    fc.property(anyKey, fc.string(), (otherKey, otherData) => {
      const open = (form: Parameters<typeof unsealEncryptionAccess>[1]) => () =>
        unsealEncryptionAccess(bytes, form)
      expect(codeOf(open({ key: otherKey, associated_data }))).toBe('seal')
      expect(codeOf(open({ key, associated_data: otherData }))).toBe('seal')
    }),
  )
})

test('sealed bytes that hold no keys are refused by the same name', async () => {
  const noKeys = Uint8Array.of(0xff).slice()
  const body = await crypto.subtle.encrypt(aesGcm(nonce.slice()), await platformKey('encrypt'), noKeys)
  const bytes = Uint8Array.of(...nonce, ...new Uint8Array(body))
  expect(codeOf(() => unsealEncryptionAccess(bytes, { key, associated_data }))).toBe('seal')
})

test('only a key of 32 bytes and a nonce of 12 make a seal', () => {
  const form = { key, nonce, associated_data }
  const seal = (change: object) => () => sealEncryptionAccess(encryption_access, { ...form, ...change })
  expect(codeOf(seal({ key: key.slice(1) }))).toBe('key')
  expect(codeOf(seal({ nonce: nonce.slice(1) }))).toBe('nonce')
  expect(codeOf(() => unsealEncryptionAccess(sealed(), { key: key.slice(1), associated_data }))).toBe('key')
})

test('what is sealed is not there to be read', () => {
  const hidden = [...encryption_access.store_entries.map((entry) => entry.key), encodeUtf8('photos')]
  const text = sealed().join()
  for (const bytes of hidden) {
    expect(text).not.toContain(bytes.join())
    expect(serializeEncryptionAccess(encryption_access).join()).toContain(bytes.join())
  }
})
