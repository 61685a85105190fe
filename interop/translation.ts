import {
  type AccessGrant,
  AccessGrantError,
  type ApiKey,
  addCaveat,
  type Caveat,
  type CaveatFlag,
  caveatFlags,
  createMacaroon,
  decodeBase58Check,
  durationOf,
  type EncryptionAccess,
  EncryptionStore,
  nanosecondsOf,
  noPermission,
  type PathInfo,
  type Permission,
  parseCaveat,
  type StoreEntry,
  serializeAccessGrant,
  serializeApiKey,
  serializeMacaroon,
  type Timestamp,
} from '../packages/access-grant/src/index.ts'
import { bytesOfAnyText } from '../packages/access-grant/src/text.ts'
import { hex, unhex } from './inputs.ts'
import type {
  GoAccessGrant,
  GoApiKey,
  GoCaveat,
  GoEncryptionAccess,
  GoPathInfo,
  GoPermission,
  GoRawCaveat,
  GoTimestamp,
  Verbs,
} from './questions.ts'

// Between the values of our library and the judge's words.

export function shownGrant(grant: AccessGrant): GoAccessGrant {
  const access_grant = serializeAccessGrant(grant)
  return {
    satellite_address: hex(bytesOfAnyText(grant.satellite_address)),
    api_key: shownApiKey(grant.api_key),
    encryption_access: shownEncryptionAccess(grant.encryption_access),
    access_grant,
    payload: hex(decodeBase58Check(access_grant).payload),
  }
}

export function shownApiKey(key: ApiKey): GoApiKey {
  return {
    head: hex(key.head),
    ...(key.caveats.length > 0 && { caveats: key.caveats.map(shownRawCaveat) }),
    tail: hex(key.tail),
    raw: hex(serializeMacaroon(key)),
    api_key: serializeApiKey(key),
  }
}

export function apiKeyOf({ head, secret, caveats }: Verbs['create_api_key']['form']): ApiKey {
  return caveats.map(unhex).reduce(addCaveat, createMacaroon({ head: unhex(head), secret: unhex(secret) }))
}

function shownRawCaveat(raw: Uint8Array): GoRawCaveat {
  try {
    return { raw: hex(raw), fields: shownCaveat(parseCaveat(raw)) }
  } catch (error) {
    if (error instanceof AccessGrantError) return { raw: hex(raw), error: error.code }
    throw error
  }
}

const flags = Object.keys(caveatFlags) as CaveatFlag[]

export function shownCaveat(caveat: Caveat): GoCaveat {
  const { allowed_paths, not_after, not_before, max_object_ttl, nonce } = caveat
  return {
    ...Object.fromEntries(flags.filter((flag) => caveat[flag]).map((flag) => [flag, true])),
    ...(allowed_paths.length > 0 && {
      allowed_paths: allowed_paths.map(({ bucket, encrypted_path_prefix }) => ({
        bucket: hex(bucket),
        encrypted_path_prefix: hex(encrypted_path_prefix),
      })),
    }),
    ...(not_after && { not_after: shownTimestamp(not_after) }),
    ...(not_before && { not_before: shownTimestamp(not_before) }),
    ...(max_object_ttl && { max_object_ttl: String(nanosecondsOf(max_object_ttl)) }),
    ...(nonce && { nonce: hex(nonce) }),
  }
}

export function caveatOf({
  allowed_paths,
  not_after,
  not_before,
  max_object_ttl,
  nonce,
  ...disallowed
}: GoCaveat): Partial<Caveat> {
  return {
    ...disallowed,
    ...(allowed_paths && {
      allowed_paths: allowed_paths.map(({ bucket, encrypted_path_prefix }) => ({
        bucket: unhex(bucket),
        encrypted_path_prefix: unhex(encrypted_path_prefix),
      })),
    }),
    ...(not_after && { not_after: timestampOf(not_after) }),
    ...(not_before && { not_before: timestampOf(not_before) }),
    ...(max_object_ttl !== undefined && { max_object_ttl: durationOf(BigInt(max_object_ttl)) }),
    ...(nonce !== undefined && { nonce: unhex(nonce) }),
  }
}

/** AllowPutObjectRetention is allow_put_object_retention. */
export function permissionOf({ NotBefore, NotAfter, MaxObjectTTL, ...allowed }: GoPermission): Permission {
  const named = Object.entries(allowed).map(([name, value]) => [
    name.replace(/(?!^)[A-Z]/gu, '_$&').toLowerCase(),
    value,
  ])
  const unknown = named.find(([name]) => !Object.hasOwn(noPermission, String(name)))
  if (unknown !== undefined) throw new Error(`no permission is called ${unknown[0]}`)
  return {
    ...noPermission,
    ...Object.fromEntries(named),
    ...(NotBefore && { not_before: timestampOf(NotBefore) }),
    ...(NotAfter && { not_after: timestampOf(NotAfter) }),
    ...(MaxObjectTTL !== undefined && { max_object_ttl: durationOf(BigInt(MaxObjectTTL)) }),
  }
}

function shownEncryptionAccess(access: EncryptionAccess): GoEncryptionAccess {
  const { default_key, default_path_cipher, store_entries } = access
  const order = (a: StoreEntry, b: StoreEntry) =>
    Buffer.compare(a.bucket, b.bucket) || Buffer.compare(a.unencrypted_path, b.unencrypted_path)
  return {
    ...(default_key && { default_key: hex(default_key) }),
    default_path_cipher,
    ...(store_entries.length > 0 && {
      store_entries: [...store_entries].sort(order).map((entry) => ({
        bucket: hex(entry.bucket),
        unencrypted_path: hex(entry.unencrypted_path),
        encrypted_path: hex(entry.encrypted_path),
        key: hex(entry.key),
        path_cipher: entry.path_cipher,
      })),
    }),
  }
}

export function encryptionAccessOf({
  default_key,
  default_path_cipher,
  store_entries = [],
}: GoEncryptionAccess): EncryptionAccess {
  return {
    ...(default_key !== undefined && { default_key: unhex(default_key) }),
    default_path_cipher,
    store_entries: store_entries.map((entry) => ({
      bucket: unhex(entry.bucket),
      unencrypted_path: unhex(entry.unencrypted_path),
      encrypted_path: unhex(entry.encrypted_path),
      key: unhex(entry.key),
      path_cipher: entry.path_cipher,
    })),
  }
}

export function storeAndPath(form: Verbs['encrypt_path']['form']): [EncryptionStore, Uint8Array, Uint8Array] {
  return [
    new EncryptionStore(encryptionAccessOf(form.encryption_access)),
    unhex(form.bucket),
    unhex(form.path),
  ]
}

export function shownPath({ unencrypted, encrypted, key }: PathInfo): GoPathInfo {
  return { unencrypted: hex(unencrypted), encrypted: hex(encrypted), key: hex(key) }
}

function shownTimestamp({ seconds, nanos }: Timestamp): GoTimestamp {
  return { seconds: String(seconds), nanos }
}

export function timestampOf({ seconds, nanos }: GoTimestamp): Timestamp {
  return { seconds: BigInt(seconds), nanos }
}
