import { expect, test } from 'vitest'
import { permissionOf } from './permission.ts'

const set = { actions: ['read'], places: [{ bucket: 'photos', prefix: '2024' }] } as const

test('an access grant has the rights of its scopes, their places, and an end', () => {
  const { permission, prefixes } = permissionOf(set, 1_900_000_000)
  expect(permission).toMatchObject({
    allow_download: true,
    allow_upload: false,
    not_after: { seconds: 1_900_000_000n, nanos: 0 },
  })
  expect(prefixes).toEqual(set.places)
})

test('how long objects may live is said only where it is bounded', () => {
  expect(permissionOf(set, 9, 3600).permission.max_object_ttl).toEqual({ seconds: 3600n, nanos: 0 })
  expect(permissionOf(set, 9).permission).not.toHaveProperty('max_object_ttl')
  expect(permissionOf(set, 9, null).permission).not.toHaveProperty('max_object_ttl')
})

// A caveat takes Go's zero time, -62135596800, for no end at all.
test.each([-1, -62_135_596_800, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'neither an end nor a bound can be %d',
  (seconds) => {
    expect(() => permissionOf(set, seconds)).toThrow(RangeError)
    expect(() => permissionOf(set, 9, seconds)).toThrow(RangeError)
  },
)

test('objects cannot be bound to live for no time at all', () => {
  expect(() => permissionOf(set, 9, 0)).toThrow(RangeError)
})
