import { expect } from 'vitest'
import { equalBytes } from '../bytes.ts'
import { childKey, contentKey, deriveKey } from '../derived-key.ts'
import { type EncryptionAccess, EncryptionStore, type StoreEntry } from '../encryption-store.ts'
import {
  cipherSuite,
  componentsOf,
  decodeSegment,
  decryptComponent,
  encodeSegment,
  encryptComponent,
} from '../path-component.ts'
import { decryptPath, encryptPath, encryptPrefix, pathKey, prefixInfo } from '../path-encryption.ts'
import { portableArgon2id } from '../portable-argon2id.ts'
import { deriveRootKey } from '../root-key.ts'
import { decodeAscii, encodeUtf8 } from '../text.ts'
import { argon2id, rootKey } from './sample.ts'
import { type Checks, codeOf, Fields, hex, refuses } from './vector.ts'

export const pathChecks: Checks = {
  'root-key': async ({ inputs, expected }) => {
    for (const implementation of [argon2id, portableArgon2id]) {
      const key = await deriveRootKey({
        passphrase: inputs.text('passphrase_utf8'),
        salt: inputs.bytes('salt_hex'),
        argon2id: implementation,
        path: inputs.text('path'),
        parallelism: inputs.number('threads'),
      })
      expect(hex(key)).toBe(expected.text('value'))
    }
  },

  'derive-key': ({ inputs, expected }) => {
    expect(hex(deriveKey(inputs.bytes('key_hex'), inputs.text('message')))).toBe(expected.text('value'))
  },

  'derive-path-key': ({ inputs, expected }) => {
    const key = pathKey(storeOf(inputs), inputs.text('bucket'), inputs.text('path'))
    expect(hex(key)).toBe(expected.text('path_key_hex'))
    expect(hex(contentKey(key))).toBe(expected.text('content_key_hex'))
  },

  'path-components': ({ inputs, expected }) => {
    const pieces = componentsOf(encodeUtf8(inputs.text('path'))).map(decodeAscii)
    expect(pieces).toEqual(expected.list('value'))
  },

  'segment-encode': ({ inputs, expected }) => {
    expect(hex(encodeSegment(inputs.bytes('raw_hex')))).toBe(expected.text('value'))
    expect(hex(decodeSegment(encodeSegment(inputs.bytes('raw_hex'))))).toBe(inputs.text('raw_hex'))
  },

  'segment-decode': ({ inputs, expected }) => {
    const act = () => decodeSegment(inputs.bytes('encoded_hex'))
    if (refuses(expected)) expect(codeOf(act)).toBe('decryption')
    else expect(hex(act())).toBe(expected.text('raw_hex'))
  },

  'segment-invalid': ({ inputs, expected }) => {
    expect(refuses(expected)).toBe(true)
    expect(codeOf(() => decodeSegment(inputs.bytes('encoded_hex')))).toBe('decryption')
  },

  'segment-roundtrip': ({ inputs, expected }) => {
    const encoded = encodeSegment(inputs.bytes('raw_hex'))
    expect([0x00, 0x2f, 0xff].some((byte) => encoded.includes(byte))).toBe(false)
    expect(equalBytes(decodeSegment(encoded), inputs.bytes('raw_hex'))).toBe(expected.raw('roundtrip'))
  },

  'component-encrypt': ({ inputs, expected }) => {
    const parent = inputs.bytes('parent_key_hex')
    const component = encodeUtf8(inputs.text('component'))
    const cipher = inputs.number('cipher')
    const own = childKey(parent, component)
    expect(hex(own)).toBe(expected.text('child_key_hex'))
    expect(hex(deriveKey(own, 'nonce').subarray(0, 24))).toBe(expected.text('nonce24_hex'))
    const encrypted = encryptComponent(component, cipher, parent)
    expect(hex(encrypted)).toBe(expected.text('encoded_hex'))
    expect(decryptComponent(encrypted, cipher, parent)).toEqual(component)
  },

  'component-decrypt': ({ inputs, expected }) => {
    const parent = inputs.bytes('parent_key_hex')
    const act = () => decryptComponent(inputs.bytes('encoded_hex'), inputs.number('cipher'), parent)
    if (refuses(expected)) expect(codeOf(act)).toBe('decryption')
    else expect(decodeAscii(act())).toBe(expected.text('component'))
  },

  'path-literal': ({ inputs, expected }) => {
    const store = storeOf(inputs)
    const encrypted = encryptPath(store, inputs.text('bucket'), inputs.text('path'))
    expect(hex(encrypted)).toBe(expected.text('value'))
    expect(decodeAscii(decryptPath(store, inputs.text('bucket'), encrypted))).toBe(inputs.text('path'))
  },

  'path-nonce-literal': ({ inputs, expected }) => {
    const key = inputs.bytes('entry_key_hex')
    const nonce = hex(deriveKey(key, 'nonce').subarray(0, 12))
    expect(nonce).toBe(expected.text('nonce_hex'))
    expect(hex(decodeSegment(inputs.bytes('encrypted_component_hex')).subarray(0, 12))).toBe(nonce)
  },

  'path-encrypt': ({ inputs, expected }) => {
    const store = storeOf(inputs)
    const bucket = inputs.text('bucket')
    const path = inputs.bytes('path_hex')
    const encrypted = encryptPath(store, bucket, path)
    expect(hex(encrypted)).toBe(expected.text('encrypted_hex'))
    expect(hex(encryptPrefix(store, bucket, path))).toBe(expected.text('encrypted_prefix_hex'))
    expect(hex(decryptPath(store, bucket, encrypted))).toBe(inputs.text('path_hex'))
  },

  'path-encrypt-base64': ({ inputs, expected }) => {
    const store = new EncryptionStore(accessWith(cipherSuite.aes_gcm), { bypass: true })
    expect(hex(encryptPath(store, 'bucket', inputs.text('path')))).toBe(expected.text('value'))
  },

  'path-decrypt-base64': ({ inputs, expected }) => {
    const store = new EncryptionStore(accessWith(cipherSuite.aes_gcm), { bypass: true })
    expect(decodeAscii(decryptPath(store, 'bucket', inputs.bytes('path_hex')))).toBe(expected.text('value'))
  },

  'path-encrypt-errors': ({ inputs, expected }) => {
    const key = inputs.has('key_hex') ? inputs.bytes('key_hex') : rootKey
    const entry = {
      bucket: encodeUtf8('b'),
      unencrypted_path: none,
      encrypted_path: none,
      key,
      path_cipher: 0,
    }
    const store = new EncryptionStore({ default_path_cipher: 0, store_entries: [entry] })
    const act = () => encryptPath(store, 'b', inputs.text('path'))
    if (refuses(expected)) expect(codeOf(act)).toBe('cipher')
    else expect(hex(act())).toBe(expected.text('encrypted_hex'))
  },

  'prefix-info': ({ inputs, expected }) => {
    const { path, parent } = prefixInfo(storeOf(inputs), inputs.text('bucket'), inputs.text('path'))
    expect(decodeAscii(path.unencrypted)).toBe(inputs.text('path'))
    expect(hex(path.encrypted)).toBe(expected.text('path_enc_hex'))
    expect(hex(path.key)).toBe(expected.text('path_key_hex'))
    expect(decodeAscii(parent.unencrypted)).toBe(expected.text('parent_unenc'))
    expect(hex(parent.encrypted)).toBe(expected.text('parent_enc_hex'))
    expect(hex(parent.key)).toBe(expected.text('parent_key_hex'))
  },

  'store-add': ({ inputs, expected }) => {
    const entries = inputs.list('existing').map(entryOf)
    const store = new EncryptionStore({ default_path_cipher: 1, store_entries: entries })
    const act = () => store.add(entryOf(inputs.list('add')))
    if (expected.raw('ok') === true) act()
    else expect(codeOf(act)).toBe('store_entry')
    expect(store.toAccess().store_entries).toHaveLength(
      entries.length + (expected.raw('ok') === true ? 1 : 0),
    )
  },

  'store-lookup': ({ inputs, expected }) => {
    const store = new EncryptionStore({
      ...(inputs.has('default_key') && { default_key: namedKey(inputs.text('default_key')) }),
      default_path_cipher: 1,
      store_entries: inputs.list('entries').map(entryOf),
    })
    const plain = inputs.text('by') === 'u'
    const [bucket, path] = [inputs.text('bucket'), inputs.text('path')]
    const found = plain ? store.lookupUnencrypted(bucket, path) : store.lookupEncrypted(bucket, path)
    const revealed = found.revealed.map(({ unencrypted, encrypted }) => {
      const pair = [decodeAscii(encrypted), decodeAscii(unencrypted)]
      return plain ? pair : pair.reverse()
    })
    expect(Object.fromEntries(revealed)).toEqual(expected.raw('revealed'))
    expect(found.remaining.map(decodeAscii)).toEqual(expected.list('remaining'))
    const { base } = found
    const [plainBase, encryptedBase, keyName] = expected.has('base') ? expected.texts('base') : []
    expect(base && decodeAscii(base.unencrypted_path)).toBe(plainBase)
    expect(base && decodeAscii(base.encrypted_path)).toBe(encryptedBase)
    // Upstream answers the default key and mixes the bucket in later; we answer the bucket's key.
    const key = keyName === undefined ? undefined : namedKey(keyName)
    expect(base?.key).toEqual(base?.is_default && key ? childKey(key, bucket) : key)
    expect(base?.is_default ?? false).toBe(expected.raw('default'))
  },
}

const none = new Uint8Array()

function accessWith(path_cipher: number, default_key = rootKey): EncryptionAccess {
  return { default_key, default_path_cipher: path_cipher, store_entries: [] }
}

function storeOf(inputs: Fields): EncryptionStore {
  const cipher = inputs.has('cipher') ? inputs.number('cipher') : cipherSuite.aes_gcm
  return new EncryptionStore(accessWith(cipher, inputs.bytes('default_key_hex')))
}

/** `[bucket, unencrypted, encrypted, name of the key]` */
function entryOf(value: unknown): StoreEntry {
  const [bucket = '', plain = '', encrypted = '', key = ''] = new Fields({ value }).texts('value')
  return {
    bucket: encodeUtf8(bucket),
    unencrypted_path: encodeUtf8(plain),
    encrypted_path: encodeUtf8(encrypted),
    key: namedKey(key),
    path_cipher: 1,
  }
}

function namedKey(name: string): Uint8Array {
  const key = new Uint8Array(32)
  key.set(encodeUtf8(name))
  return key
}
