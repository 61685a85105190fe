import fc from 'fast-check'
import type { Action } from '../action.ts'
import type { AllowedPath, Caveat, CaveatFlag } from '../caveat.ts'
import { caveatFlags } from '../caveat.ts'
import { componentsOf, joinComponents } from '../path-component.ts'
import { type Permission, type PermissionFlag, permissionFlags } from '../permission.ts'
import { encodeUtf8 } from '../text.ts'
import type { Timestamp } from '../time.ts'

export const anyBytes = (maxLength = 64): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
export const anyKey: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 32, maxLength: 32 })
export const anyNonce: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 4, maxLength: 4 })

/** Few values, close together, so that equal, earlier and later all happen. */
const timeBetween = (min: bigint, max: bigint): fc.Arbitrary<Timestamp> =>
  fc.record({ seconds: fc.bigInt({ min, max }), nanos: fc.integer({ min: 0, max: 2 }) })

const nearTime = timeBetween(999n, 1001n)
const earlierTime = timeBetween(995n, 1000n)
const laterTime = timeBetween(1000n, 1005n)

export const anyTime: fc.Arbitrary<Timestamp> = fc.record({
  seconds: fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .filter((seconds) => seconds !== -62_135_596_800n),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
})

const bucket: fc.Arbitrary<Uint8Array> = fc.constantFrom('', 'b1', 'b2').map(encodeUtf8)
const fewPaths = fc.constantFrom('', 'a', 'a/', 'a/b', 'ab', 'b', 'b//c').map(encodeUtf8)

export const nearPath: fc.Arbitrary<AllowedPath> = fc.record({ bucket, encrypted_path_prefix: fewPaths })

const flags = Object.fromEntries(Object.keys(caveatFlags).map((flag) => [flag, fc.boolean()])) as {
  readonly [flag in CaveatFlag]: fc.Arbitrary<boolean>
}

/** Caveats that refuse now this, now that; most flags clear, so that paths and times get their say. */
export const nearCaveat: fc.Arbitrary<Partial<Caveat>> = fc.record(
  {
    ...Object.fromEntries(
      Object.keys(caveatFlags).map((flag) => [flag, fc.integer({ max: 9, min: 0 }).map((n) => n === 0)]),
    ),
    allowed_paths: fc.array(nearPath, { maxLength: 3 }),
    not_after: laterTime,
    not_before: earlierTime,
    nonce: anyNonce,
  },
  { requiredKeys: [] },
)

export const anyCaveat: fc.Arbitrary<Caveat> = fc
  .record(
    {
      ...flags,
      allowed_paths: fc.array(fc.record({ bucket: anyBytes(8), encrypted_path_prefix: anyBytes(40) }), {
        maxLength: 3,
      }),
      not_after: anyTime,
      not_before: anyTime,
      max_object_ttl: fc
        .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
        .map((ns) => ({ seconds: ns / 1_000_000_000n, nanos: Number(ns % 1_000_000_000n) })),
      nonce: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    },
    { requiredKeys: [...(Object.keys(caveatFlags) as CaveatFlag[]), 'allowed_paths'] },
  )
  .map((caveat) => caveat as Caveat)

export const nearAction: fc.Arbitrary<Action> = fc.record({
  op: fc.integer({ min: 0, max: 17 }),
  bucket,
  encrypted_path: fewPaths,
  time: nearTime,
})

/** Object paths of any bytes, with many slashes in odd places. */
export const anyPath: fc.Arbitrary<Uint8Array> = fc
  .array(fc.oneof(anyBytes(6), fc.constant(new Uint8Array())), { minLength: 1, maxLength: 4 })
  .map((parts) => joinComponents(parts.flatMap((part) => (part.length === 0 ? [part] : componentsOf(part)))))

const permission = Object.fromEntries(permissionFlags.map((flag) => [flag, fc.boolean()])) as {
  readonly [flag in PermissionFlag]: fc.Arbitrary<boolean>
}

export const anyPermission: fc.Arbitrary<Permission> = fc
  .record(permission)
  .filter((flags) => permissionFlags.some((flag) => flags[flag]))
