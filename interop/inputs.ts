import fc from 'fast-check'
import type { Flag, GoCaveat, GoEncryptionAccess, GoPermission, GoTimestamp, Hex } from './questions.ts'

// Everything is drawn from small pools, so that caveats, prefixes, entries and actions meet each other.

export function hex(bytes: Uint8Array): Hex {
  return Buffer.from(bytes).toString('hex')
}

export function unhex(digits: Hex): Uint8Array {
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bytes the path encoding escapes, and bytes that are not UTF-8. */
export const awkwardBytes: fc.Arbitrary<Uint8Array> = fc
  .array(fc.constantFrom(0x00, 0x01, 0x02, 0x2e, 0xfe, 0xff, 0xc3, 0x80, 0x61), { maxLength: 5 })
  .map((bytes) => Uint8Array.from(bytes))

export const bucket: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('photos', 'photos', 'b', 'bucket-2').map(utf8) },
  { weight: 2, arbitrary: fc.constantFrom('', 'a/b', '/', 'фото', '🗝').map(utf8) },
  { weight: 1, arbitrary: awkwardBytes },
)

const component: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', '2024', '').map(utf8) },
  { weight: 2, arbitrary: fc.constantFrom('ключ', '🗝 🚪', ' ', '.', '..').map(utf8) },
  { weight: 2, arbitrary: awkwardBytes },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
)

export const path: fc.Arbitrary<Uint8Array> = fc
  .array(component, { maxLength: 5 })
  .map((components) =>
    Uint8Array.from(Buffer.concat(components.flatMap((c, i) => (i === 0 ? [c] : [utf8('/'), c])))),
  )

export const satellite_address: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .constantFrom(
        'sat@127.0.0.1:7777',
        'us1.storj.io:7777',
        '12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S@us1.storj.io:7777',
        'storxnetwork://a',
        'спутник',
      )
      .map(utf8),
  },
  { weight: 1, arbitrary: awkwardBytes },
)

export const key: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ minLength: 32, maxLength: 32 }) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array(32)) },
)

/** EncNull, EncAESGCM, EncSecretBox. */
export const cipher: fc.Arbitrary<number> = fc.constantFrom(1, 2, 3)

/** Also the ones nobody should store: unspecified, the base64url bypass, a number without a name. */
export const anyCipher: fc.Arbitrary<number> = fc.oneof(
  { weight: 9, arbitrary: cipher },
  { weight: 1, arbitrary: fc.constantFrom(0, 4, 5, 255) },
)

const now = 1_750_000_000n
export const seconds: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(now - 3n, now + 3n) },
  { weight: 2, arbitrary: fc.constantFrom(0n, -1n, 1n, 253_402_300_799n, -62_135_596_799n) },
)
export const nanos: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 0, 1, 500_000_000, 999_999_999),
  fc.nat(999_999_999),
)

export const timestamp: fc.Arbitrary<GoTimestamp> = fc.record({ seconds: seconds.map(String), nanos })

/** Also the moment that Go takes for "no time", and the ends of the range, where its seconds wrap around. */
export const anyTimestamp: fc.Arbitrary<GoTimestamp> = fc.oneof(
  { weight: 12, arbitrary: timestamp },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('-62135596800', '9223372036854775807', '-9223372036854775808')
      .map((s) => ({ seconds: s, nanos: 0 })),
  },
)

/** Nanoseconds. */
export const duration: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 3_600_000_000_000n, -1_500_000_000n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
)

const flags: readonly Flag[] = [
  'disallow_reads',
  'disallow_writes',
  'disallow_lists',
  'disallow_deletes',
  'disallow_locks',
  'disallow_put_retention',
  'disallow_get_retention',
  'disallow_put_legal_hold',
  'disallow_get_legal_hold',
  'disallow_bypass_governance_retention',
  'disallow_put_bucket_object_lock_configuration',
  'disallow_get_bucket_object_lock_configuration',
  'disallow_put_bucket_notification_configuration',
  'disallow_get_bucket_notification_configuration',
]

const disallowed = fc.subarray([...flags]).map((set) => Object.fromEntries(set.map((flag) => [flag, true])))
const allowedPath = fc.record({ bucket: bucket.map(hex), encrypted_path_prefix: path.map(hex) })

/** A caveat as its fields; what an encoder cannot tell from absence is absent. */
export const caveat: fc.Arbitrary<GoCaveat> = fc
  .tuple(
    fc.oneof(fc.constant({}), disallowed),
    fc.record(
      {
        allowed_paths: fc.array(allowedPath, { minLength: 1, maxLength: 3 }),
        not_after: timestamp,
        not_before: timestamp,
        max_object_ttl: duration.map(String),
        nonce: fc.uint8Array({ minLength: 1, maxLength: 5 }).map(hex),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  )
  .map(([disallows, rest]) => ({ ...disallows, ...rest }))

/** As good as encrypted: every component becomes another one, and no two become the same. */
function veiled(path: Uint8Array): Uint8Array {
  return Uint8Array.from(
    [...path].flatMap((byte, i) => [...(i === 0 ? [0x7e] : []), byte, ...(byte === 0x2f ? [0x7e] : [])]),
  )
}

/** A key store whose entries agree with each other, or not. */
export const encryptionAccess: fc.Arbitrary<GoEncryptionAccess> = fc.record(
  {
    default_key: key.map(hex),
    default_path_cipher: anyCipher,
    store_entries: fc.array(
      fc
        .record({
          bucket,
          path,
          key,
          path_cipher: anyCipher,
          encrypted: fc.oneof(
            { weight: 12, arbitrary: fc.constantFrom<'same' | 'veiled'>('same', 'veiled', 'veiled') },
            { weight: 1, arbitrary: path },
          ),
        })
        .map(({ bucket, path, key, path_cipher, encrypted }) => ({
          bucket: hex(bucket),
          unencrypted_path: hex(path),
          encrypted_path: hex(
            encrypted === 'same' ? path : encrypted === 'veiled' ? veiled(path) : encrypted,
          ),
          key: hex(key),
          path_cipher,
        })),
      { maxLength: 4 },
    ),
  },
  { requiredKeys: ['default_path_cipher'], noNullPrototype: true },
)

const allowances = [
  'AllowDownload',
  'AllowUpload',
  'AllowList',
  'AllowDelete',
  'AllowLock',
  'AllowPutObjectRetention',
  'AllowGetObjectRetention',
  'AllowPutObjectLegalHold',
  'AllowGetObjectLegalHold',
  'AllowBypassGovernanceRetention',
  'AllowPutBucketObjectLockConfiguration',
  'AllowGetBucketObjectLockConfiguration',
  'AllowPutBucketNotificationConfiguration',
  'AllowGetBucketNotificationConfiguration',
] as const

export const permission: fc.Arbitrary<GoPermission> = fc
  .tuple(
    fc.subarray([...allowances]).map((set) => Object.fromEntries(set.map((allow) => [allow, true]))),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      {
        weight: 2,
        arbitrary: fc.record(
          { NotBefore: anyTimestamp, NotAfter: anyTimestamp, MaxObjectTTL: duration.map(String) },
          { requiredKeys: [], noNullPrototype: true },
        ),
      },
    ),
  )
  .map(([allowed, limits]) => ({ ...allowed, ...limits }))
