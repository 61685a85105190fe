import {
  caveatFlags,
  checkApiKey,
  cipherSuite,
  createMacaroon,
  EncryptionStore,
  encryptPath,
  encryptSharePrefixes,
  type Macaroon,
  maxObjectTtl,
  type Operation,
  operations,
  type PermissionFlag,
  parseCaveat,
  permissionFlags,
  permissionOfCaveat,
  permissionToCaveat,
  restrictApiKey,
  serializeCaveat,
  type Timestamp,
} from '@valetkey/access-grant'
import { accessIsWithin, actions, type Place, type ScopeAction, type StorageAccess } from '@valetkey/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { permissionOf } from './permission.ts'
import { anyAccess, bounds, bucket, covers, inside, narrowed, partsOf, prefix } from './testing/any-access.ts'

const runs = { numRuns: 300 }

/** Which action stands for a right. `none`: no scope does, so nobody gets it. */
const actionOf: { readonly [flag in PermissionFlag]: ScopeAction | 'none' } = {
  allow_download: 'read',
  allow_upload: 'write',
  allow_list: 'list',
  allow_delete: 'delete',
  allow_lock: 'lock',
  allow_put_object_retention: 'lock',
  allow_get_object_retention: 'lock',
  allow_put_object_legal_hold: 'lock',
  allow_get_object_legal_hold: 'lock',
  allow_bypass_governance_retention: 'none',
  allow_put_bucket_object_lock_configuration: 'lock',
  allow_get_bucket_object_lock_configuration: 'lock',
  allow_put_bucket_notification_configuration: 'none',
  allow_get_bucket_notification_configuration: 'none',
}

/** The same for what is asked of the satellite, where every key may ask what it is a key to. */
const actionFor: { readonly [op in Operation]: ScopeAction | 'none' | 'every' } = {
  read: 'read',
  write: 'write',
  list: 'list',
  delete: 'delete',
  project_info: 'every',
  lock: 'lock',
  put_object_retention: 'lock',
  get_object_retention: 'lock',
  put_object_legal_hold: 'lock',
  get_object_legal_hold: 'lock',
  bypass_governance_retention: 'none',
  put_bucket_object_lock_configuration: 'lock',
  get_bucket_object_lock_configuration: 'lock',
  put_bucket_notification_configuration: 'none',
  get_bucket_notification_configuration: 'none',
}

const secret = new Uint8Array(32).fill(7)
const nonce = Uint8Array.of(1, 2, 3, 4)
const keys = {
  default_key: new Uint8Array(32).fill(9),
  default_path_cipher: cipherSuite.aes_gcm,
  store_entries: [],
}
const store = new EncryptionStore(keys)

/** The API key of an access grant, made as the token endpoint makes it. */
function keyOf(granted: StorageAccess & { readonly not_after: number }): Macaroon {
  const { permission, prefixes } = permissionOf(granted, granted.not_after, granted.max_object_ttl)
  const caveat = permissionToCaveat(permission, encryptSharePrefixes(keys, prefixes), nonce)
  return restrictApiKey(createMacaroon({ head: new Uint8Array(32), secret }), caveat)
}

interface Ask {
  readonly op: Operation
  /** Its prefix is the whole key here. */
  readonly at: Place
  readonly time: Timestamp
}

const anyOperation = fc.constantFrom(...(Object.keys(operations) as Operation[]))

/** Mostly at the edge of what one of the hops names: within a place, above it, beside one that begins alike; or anywhere. */
function asksAbout(hops: readonly StorageAccess[]): fc.Arbitrary<Ask[]> {
  const near = (place: Place) =>
    fc.oneof(
      { arbitrary: inside([place]), weight: 3 },
      fc.constantFrom('', '-a', '/', '/a').map((end) => ({ ...place, prefix: place.prefix + end })),
      fc.constant({ ...place, prefix: partsOf(place.prefix).slice(0, -1).join('/') }),
      fc.constantFrom('photos', 'photos-2', 'photo').map((bucket) => ({ ...place, bucket })),
    )
  const somewhere = fc.record({ bucket, prefix })
  const named = hops.flatMap(({ places }) => places)
  return fc.array(
    fc.record({
      op: fc.oneof(fc.constantFrom('read', 'write', 'list', 'delete'), anyOperation),
      at: fc.oneof(somewhere, ...named.map(near)),
      time: fc.record({
        seconds: fc.oneof(fc.constant(990n), fc.bigInt({ min: 996n, max: 1003n })),
        nanos: fc.constantFrom(0, 0, 0, 1),
      }),
    }),
    { minLength: 20, maxLength: 20 },
  )
}

const satelliteAllows = (api_key: Macaroon, { op, at, time }: Ask): boolean =>
  checkApiKey({
    api_key,
    secret,
    version: 7,
    action: { op, bucket: at.bucket, encrypted_path: encryptPath(store, at.bucket, at.prefix), time },
  }).allowed

/** What one hop said, read by itself: no set of scopes is compared with another, and no caveat is looked at. */
function hopAllows(hop: StorageAccess, { op, at, time }: Ask): boolean {
  const end = hop.not_after === undefined ? Number.POSITIVE_INFINITY : hop.not_after
  if (Number(time.seconds) + time.nanos / 1e9 > end) return false
  // That a bucket exists may be known to every key that names it.
  if (op === 'read' && at.prefix === '') {
    return hop.places.length === 0 || hop.places.some((place) => place.bucket === at.bucket)
  }
  const action = actionFor[op]
  if (action === 'every') return true
  if (!hop.actions.some((known) => known === action)) return false
  return hop.places.length === 0 || hop.places.some((place) => covers(place, at.bucket, at.prefix))
}

describe('an access grant', () => {
  const fourHops = anyAccess.chain((registered) =>
    narrowed(registered).chain((requested) =>
      narrowed(requested).chain((consented) =>
        fc.tuple(
          fc.constant(registered),
          fc.constant(requested),
          fc.constant(consented),
          fc
            .tuple(narrowed(consented), bounds.not_after)
            .map(([granted, end]) => ({ ...granted, not_after: granted.not_after ?? end })),
        ),
      ),
    ),
  )

  test('allows nothing that its client may not ask, did not ask, or was not given; and all that it was given', () => {
    const count = { allowed: 0, denied: 0 }
    fc.assert(
      fc.property(
        fourHops.chain((hops) => fc.tuple(fc.constant(hops), asksAbout(hops))),
        ([hops, asks]) => {
          const [registered, requested, consented, granted] = hops
          fc.pre(
            accessIsWithin(requested, registered) &&
              accessIsWithin(consented, requested) &&
              accessIsWithin(granted, consented),
          )
          const key = keyOf(granted)
          for (const ask of asks) {
            const allowed = satelliteAllows(key, ask)
            count[allowed ? 'allowed' : 'denied'] += 1
            expect(allowed).toBe(hopAllows(granted, ask))
            if (allowed) expect(hops.map((hop) => hopAllows(hop, ask))).toEqual([true, true, true, true])
          }
          const ttl = maxObjectTtl(key)?.seconds
          for (const { max_object_ttl } of hops) {
            if (max_object_ttl !== undefined) expect(Number(ttl)).toBeLessThanOrEqual(max_object_ttl)
          }
        },
      ),
      { numRuns: 200 },
    )
    // Both happened often enough to mean something.
    expect(Math.min(count.allowed, count.denied)).toBeGreaterThan(100)
  })

  test('is refused to each hop that asks for more than the one before', () => {
    const two = anyAccess
      .chain((wide) => fc.tuple(narrowed(wide), fc.constant(wide)))
      .chain((hops) => fc.tuple(fc.constant(hops), asksAbout(hops)))
    fc.assert(
      fc.property(two, ([[one, other], asks]) => {
        const more = asks.some((ask) => hopAllows(one, ask) && !hopAllows(other, ask))
        if (more) expect(accessIsWithin(one, other)).toBe(false)
      }),
      runs,
    )
  })

  test('has every right that the caveat format knows from one action, or does not have it', () => {
    // A right that is new in the format has to be given to an action, or to none, in the tables above first.
    expect(Object.keys(actionOf).sort()).toEqual([...permissionFlags].sort())
    expect(Object.keys(actionFor).sort()).toEqual(Object.keys(operations).sort())
    fc.assert(
      fc.property(fc.subarray([...actions]), (some) => {
        const { permission } = permissionOf({ actions: some, places: [] }, 1000)
        const caveat = parseCaveat(serializeCaveat(permissionToCaveat(permission, [], nonce)))
        const left = permissionOfCaveat(caveat)
        for (const flag of permissionFlags) {
          expect([flag, left[flag]]).toEqual([flag, some.some((action) => action === actionOf[flag])])
        }
      }),
      runs,
    )
  })

  test('without actions has every field of the caveat that forbids something set', () => {
    const { permission } = permissionOf({ actions: [], places: [] }, 1000)
    const caveat = parseCaveat(serializeCaveat(permissionToCaveat(permission, [], nonce)))
    expect(Object.keys(caveatFlags)).toHaveLength(permissionFlags.length)
    expect(caveat).toMatchObject(Object.fromEntries(Object.keys(caveatFlags).map((flag) => [flag, true])))
  })

  test('has an end, or is not made', () => {
    const anyEnd = fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double(),
      fc.constantFrom(0, -62_135_596_800),
    )
    fc.assert(
      fc.property(anyAccess, anyEnd, (access, not_after) => {
        let key: Macaroon
        try {
          key = keyOf({ ...access, not_after })
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
          return
        }
        const ends = key.caveats.map((caveat) => parseCaveat(caveat).not_after)
        expect(ends).toEqual([{ seconds: BigInt(not_after), nanos: 0 }])
        expect(not_after).toBeGreaterThanOrEqual(0)
      }),
      runs,
    )
  })
})
