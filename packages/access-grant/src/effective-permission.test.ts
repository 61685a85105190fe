import fc from 'fast-check'
import { expect, test } from 'vitest'
import { operations } from './action.ts'
import { type ApiKey, checkApiKey, restrictApiKey } from './api-key.ts'
import { effectivePermission } from './effective-permission.ts'
import { addCaveat } from './macaroon.ts'
import { fullPermission, noPermission, permissionFlags, permissionToCaveat } from './permission.ts'
import { anyPermission } from './testing/arbitraries.ts'
import { anApiKey, nonce, secret } from './testing/sample.ts'
import { codeOf } from './testing/vector.ts'
import { timestampFromSeconds } from './time.ts'

const time = timestampFromSeconds(1000)

test('a key without restrictions may do everything, without an end', () => {
  expect(effectivePermission(anApiKey())).toEqual(fullPermission)
})

test('the permission that a share was made with is read back from it', () => {
  fc.assert(
    fc.property(anyPermission, (permission) => {
      const apiKey = restrictApiKey(anApiKey(), permissionToCaveat(permission, [], nonce))
      // Who may set a retention may read it too.
      const allow_get_object_retention =
        permission.allow_get_object_retention || permission.allow_put_object_retention
      expect(effectivePermission(apiKey)).toEqual({ ...permission, allow_get_object_retention })
    }),
  )
})

test('each flag tells what the satellite would decide, after any number of restrictions', () => {
  const ops = Object.values(operations).filter((op) => op !== operations.project_info)
  fc.assert(
    fc.property(fc.array(anyPermission, { maxLength: 3 }), (permissions) => {
      const apiKey = permissions.reduce<ApiKey>(
        (key, permission) => restrictApiKey(key, permissionToCaveat(permission, [], nonce)),
        anApiKey(),
      )
      const decided = ops.map((op) => {
        const action = { op, bucket: 'b', encrypted_path: 'p', time }
        return checkApiKey({ api_key: apiKey, secret, version: 7, action }).allowed
      })
      const permission = effectivePermission(apiKey)
      expect(permissionFlags.map((flag) => permission[flag])).toEqual(decided)
    }),
  )
})

test('of several limits the narrowest counts', () => {
  const seconds = (n: number) => ({ seconds: BigInt(n), nanos: 0 })
  const apiKey = [
    { not_after: seconds(30), not_before: seconds(1), max_object_ttl: seconds(9) },
    { not_after: seconds(20), not_before: seconds(2), max_object_ttl: seconds(5) },
    { not_after: seconds(25), not_before: seconds(0), max_object_ttl: seconds(7) },
    {},
  ].reduce<ApiKey>(restrictApiKey, anApiKey())
  const { not_after, not_before, max_object_ttl } = effectivePermission(apiKey)
  expect({ not_after, not_before, max_object_ttl }).toEqual({
    not_after: seconds(20),
    not_before: seconds(2),
    max_object_ttl: seconds(5),
  })
})

test('a caveat that cannot be decoded has no permission to tell', () => {
  expect(codeOf(() => effectivePermission(addCaveat(anApiKey(), Uint8Array.of(0xff))))).toBe('protobuf')
})

test('a time limit alone is a permission, though it allows nothing', () => {
  const caveat = permissionToCaveat({ ...noPermission, not_after: time }, [], nonce)
  const permission = effectivePermission(restrictApiKey(anApiKey(), caveat))
  expect(permission).toEqual({ ...noPermission, not_after: time })
})

test("Go's zero time counts as no time", () => {
  const zero = { seconds: -62_135_596_800n, nanos: 0 }
  expect(codeOf(() => permissionToCaveat({ ...noPermission, not_after: zero }, [], nonce))).toBe(
    'permission_empty',
  )
  expect(permissionToCaveat({ ...fullPermission, not_before: zero }, [], nonce)).not.toHaveProperty(
    'not_before',
  )
})
