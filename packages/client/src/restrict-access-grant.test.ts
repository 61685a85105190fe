import {
  createAccessGrant,
  createMacaroon,
  effectivePermission,
  parseAccessGrant,
  serializeAccessGrant,
  shareRootKey,
} from '@valetkey/access-grant'
import { actions } from '@valetkey/protocol'
import { expect, test } from 'vitest'
import { permissionOf } from '../../server/src/domain/permission.ts'
import { type RestrictionForm, restrictAccessGrant } from './restrict-access-grant.ts'

const root_key = new Uint8Array(32).fill(7)
const whole = serializeAccessGrant(
  createAccessGrant({
    satellite_address: 'sat@127.0.0.1:7777',
    api_key: createMacaroon({ head: new Uint8Array(32).fill(1), secret: new Uint8Array(32).fill(2) }),
    root_key,
  }),
)
const restricted = (form: RestrictionForm) => parseAccessGrant(restrictAccessGrant(whole, form))

test('each action leaves what it stands for when a user approves it', () => {
  for (const action of actions) {
    const { permission } = permissionOf({ actions: [action], places: [] }, 1000)
    const left = effectivePermission(restricted({ actions: [action], not_after: 1000 }).api_key)
    expect(left).toEqual(permission)
  }
})

test('the keys of the places are left, and no others', () => {
  const places = [
    { bucket: 'photos', prefix: '2026' },
    { bucket: 'music', prefix: '' },
  ]
  const { encryption_access } = shareRootKey(root_key, places)
  expect(restricted({ actions: ['read'], places }).encryption_access).toEqual(encryption_access)
  const one = restricted({ actions: ['read'], bucket: 'photos', prefix: '2026' })
  expect(one.encryption_access).toEqual(shareRootKey(root_key, places.slice(0, 1)).encryption_access)
  expect(restricted({ actions: ['read'] }).encryption_access.default_key).toEqual(root_key)
})

test('times are kept as they are given, and two equal restrictions are two keys', () => {
  const form = { actions: ['read'], not_before: 1000, not_after: 2000, max_object_ttl: 60 } as const
  const left = effectivePermission(restricted(form).api_key)
  expect(left).toMatchObject({
    not_before: { seconds: 1000n, nanos: 0 },
    not_after: { seconds: 2000n, nanos: 0 },
    max_object_ttl: { seconds: 60n, nanos: 0 },
  })
  expect(restrictAccessGrant(whole, form)).not.toBe(restrictAccessGrant(whole, form))
})

test('restricting twice never widens', () => {
  const once = restrictAccessGrant(whole, { actions: ['read'], bucket: 'photos' })
  const twice = parseAccessGrant(restrictAccessGrant(once, { actions: ['read', 'write'], bucket: 'music' }))
  expect(effectivePermission(twice.api_key)).toMatchObject({ allow_download: true, allow_upload: false })
  expect(twice.encryption_access.store_entries).toEqual([])
})

test('what would restrict nothing, or everything, is refused', () => {
  const misspelt = { actions: ['read'] as const, buckets: ['photos'] }
  expect(() => restrictAccessGrant(whole, misspelt)).toThrow('a restriction has no field buckets')
  expect(() => restrictAccessGrant(whole, { actions: ['read'], prefix: '2026/' })).toThrow(RangeError)
  expect(() => restrictAccessGrant(whole, { actions: [] })).toThrow('allows nothing')
  for (const time of [0, -62_135_596_800, 1.5, Number.NaN])
    for (const name of ['not_after', 'not_before', 'max_object_ttl'])
      expect(() => restrictAccessGrant(whole, { actions: ['read'], [name]: time })).toThrow(RangeError)
})

test.each([
  ['a filtered list of places that came out empty', { places: [] }],
  ['a bucket that is not there', { bucket: undefined }],
  ['a bucket without a name', { bucket: '' }],
  ['a prefix that is not there', { bucket: 'photos', prefix: undefined }],
  ['places that are not there', { places: undefined }],
  ['a place without its prefix', { places: [{ bucket: 'photos' }] }],
  ['a bucket beside places', { bucket: 'photos', places: [{ bucket: 'music', prefix: '' }] }],
  ['an end that is not there', { not_after: undefined }],
])('%s is refused: it would leave more than it says', (_what, form) => {
  // As a program gives it whose compiler did not look.
  const unchecked: RestrictionForm = Object.assign({ actions: ['read'] as const }, form as object)
  expect(() => restrictAccessGrant(whole, unchecked)).toThrow(RangeError)
})
