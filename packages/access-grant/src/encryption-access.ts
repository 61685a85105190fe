import { effectivePaths } from './allowed-paths.ts'
import { type BytesLike, bytesOf, noBytes } from './bytes.ts'
import type { AllowedPath } from './caveat.ts'
import { type EncryptionAccess, EncryptionStore, type StoreEntry } from './encryption-store.ts'
import { AccessGrantError } from './errors.ts'
import type { Macaroon } from './macaroon.ts'
import { type CipherSuite, cipherSuite } from './path-component.ts'
import { decryptPath, encryptPath, pathKey, withoutTrailingSlash } from './path-encryption.ts'
import { MessageReader, MessageWriter } from './protobuf.ts'

/** A part of a project: a bucket, and how keys in it begin. One slash at the end makes no difference. */
export interface SharePrefix {
  readonly bucket: BytesLike
  /** Empty or absent means the whole bucket. */
  readonly prefix?: BytesLike
}

/** Storage keys, as data or in a store. */
export type Keys = EncryptionAccess | EncryptionStore

/**
 * The paths a caveat must allow for these prefixes.
 *
 * @param keys whoever goes on with the same keys hands in a store, which derives none of them twice
 * @throws AccessGrantError `missing_encryption_base`
 */
export function encryptSharePrefixes(keys: Keys, prefixes: readonly SharePrefix[]): AllowedPath[] {
  if (prefixes.length === 0) return []
  const store = storeOf(keys)
  return prefixes.map(({ bucket, prefix = '' }) => ({
    bucket: bytesOf(bucket),
    encrypted_path_prefix: encryptPath(store, bucket, withoutTrailingSlash(bytesOf(prefix))),
  }))
}

/**
 * Only the keys that an API key can use: unchanged without path restrictions, otherwise no default key
 * and one entry per prefix. A caveat that cannot be decoded leaves no key at all.
 *
 * @source storj/common grant/access.go (LimitTo)
 */
export function limitToApiKey(keys: Keys, apiKey: Macaroon): EncryptionAccess {
  let paths: readonly AllowedPath[] | undefined
  try {
    paths = effectivePaths(apiKey)
  } catch (error) {
    if (!(error instanceof AccessGrantError)) throw error
    return { default_path_cipher: cipherSuite.unspecified, store_entries: [] }
  }
  if (paths !== undefined) return limitToPaths(keys, paths)
  return keys instanceof EncryptionStore ? keys.toAccess() : keys
}

/** Only the keys of these prefixes, in this order; a prefix that the keys do not open is left out. */
export function limitToPaths(keys: Keys, paths: readonly AllowedPath[]): EncryptionAccess {
  const store = storeOf(keys)
  const { default_path_cipher } = store
  const limited = new EncryptionStore({ default_path_cipher, store_entries: [] })
  for (const path of paths) {
    try {
      limited.add(entryOf(store, path))
    } catch (error) {
      if (!(error instanceof AccessGrantError)) throw error
    }
  }
  return limited.toAccess()
}

/**
 * Gives a prefix a key of its own, so that one of many users of a project can be handed that part alone.
 *
 * @param form.prefix ends in a slash
 * @param form.key 32 bytes, usually `deriveRootKey` with `parallelism: 1` and the user's own salt
 * @throws AccessGrantError `prefix` `key` `missing_encryption_base` `store_entry`
 */
export function overrideKey(
  access: EncryptionAccess,
  form: { readonly bucket: BytesLike; readonly prefix: BytesLike; readonly key: Uint8Array },
): EncryptionAccess {
  const prefix = bytesOf(form.prefix)
  const unencrypted_path = withoutTrailingSlash(prefix)
  if (unencrypted_path.length === prefix.length) {
    throw new AccessGrantError('prefix', 'the prefix does not end in a slash')
  }
  const store = new EncryptionStore(access)
  store.add({
    bucket: bytesOf(form.bucket),
    unencrypted_path,
    encrypted_path: encryptPath(store, form.bucket, unencrypted_path),
    key: form.key,
    path_cipher: access.default_path_cipher,
  })
  return store.toAccess()
}

/** @source storj/common grant/internal/pb/encryption_access.proto */
export function serializeEncryptionAccess(access: EncryptionAccess): Uint8Array {
  const writer = new MessageWriter()
  writeEncryptionAccess(writer, access)
  return writer.finish()
}

export function writeEncryptionAccess(writer: MessageWriter, access: EncryptionAccess): void {
  writer.bytes(1, access.default_key ?? noBytes)
  for (const entry of access.store_entries) writer.message(2, () => writeEntry(writer, entry))
  writer.int32(3, access.default_path_cipher)
}

/** @throws AccessGrantError `protobuf` `encryption_access` `store_entry` `key` */
export function parseEncryptionAccess(bytes: Uint8Array): EncryptionAccess {
  return readEncryptionStore([new MessageReader(bytes)]).toAccess()
}

/** Reads one encryption access that may come in several parts; later parts add to earlier ones. */
export function readEncryptionStore(parts: readonly MessageReader[]): EncryptionStore {
  let defaultKey = noBytes
  let cipher = 0
  const store_entries: StoreEntry[] = []
  for (const reader of parts) {
    for (let field = reader.next(); field !== 0; field = reader.next()) {
      if (field === 1) defaultKey = reader.bytes()
      else if (field === 2) store_entries.push(readEntry(reader.message()))
      else if (field === 3) cipher = reader.int32()
      else if (field === 4) readParameters(reader.message())
      else reader.skip()
    }
  }
  return new EncryptionStore({
    ...(defaultKey.length > 0 && { default_key: defaultKey }),
    // Grants from before the field existed encrypt names with AES-GCM.
    default_path_cipher: cipher === cipherSuite.unspecified ? cipherSuite.aes_gcm : cipher & 0xff,
    store_entries,
  })
}

/** The store itself, or a new one with these keys. @throws AccessGrantError `key` `store_entry` */
export function storeOf(keys: Keys): EncryptionStore {
  return keys instanceof EncryptionStore ? keys : new EncryptionStore(keys)
}

function entryOf(store: EncryptionStore, { bucket, encrypted_path_prefix }: AllowedPath): StoreEntry {
  const unencrypted_path = decryptPath(store, bucket, encrypted_path_prefix)
  const key = pathKey(store, bucket, unencrypted_path)
  const { base } = store.lookupEncrypted(bucket, encrypted_path_prefix)
  if (base === undefined) throw new AccessGrantError('missing_decryption_base', 'no key opens this prefix')
  return {
    bucket,
    unencrypted_path,
    encrypted_path: encrypted_path_prefix,
    key,
    path_cipher: base.path_cipher,
  }
}

function writeEntry(writer: MessageWriter, entry: StoreEntry): void {
  writer.bytes(1, entry.bucket)
  writer.bytes(2, entry.unencrypted_path)
  writer.bytes(3, entry.encrypted_path)
  writer.bytes(4, entry.key)
  writer.int32(5, entry.path_cipher)
}

function readEntry(reader: MessageReader): StoreEntry {
  const entry = {
    bucket: noBytes,
    unencrypted_path: noBytes,
    encrypted_path: noBytes,
    key: noBytes,
    path_cipher: cipherSuite.unspecified as CipherSuite,
  }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) entry.bucket = reader.bytes()
    else if (field === 2) entry.unencrypted_path = reader.bytes()
    else if (field === 3) entry.encrypted_path = reader.bytes()
    else if (field === 4) entry.key = reader.bytes()
    else if (field === 5) entry.path_cipher = reader.int32() & 0xff
    else if (field === 6) readParameters(reader.message())
    else reader.skip()
  }
  return entry
}

/** How content is encrypted by default. Nothing depends on it, but a malformed one is still refused. */
function readParameters(reader: MessageReader): void {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) reader.int32()
    else if (field === 2) reader.int64()
    else reader.skip()
  }
}
