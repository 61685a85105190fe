import { actions, type Place, placeScope, type ScopeAction, type StorageAccess } from '@valetkey/protocol'
import fc from 'fast-check'

// A small world, so that equal, inside, beside and outside all happen.
export const bucket = fc.constantFrom('photos', 'photos-2')
const component = fc.constantFrom('a', 'b', 'ab', 'a-b', 'é 1')
export const prefix = fc
  .tuple(fc.array(component, { maxLength: 3 }), fc.boolean())
  .map(([parts, slash]) => parts.join('/') + (slash && parts.length > 0 ? '/' : ''))
const place: fc.Arbitrary<Place> = fc.record({ bucket, prefix })
export const bounds = {
  project: fc.constantFrom('p', 'q'),
  not_after: fc.integer({ min: 998, max: 1002 }),
  max_object_ttl: fc.integer({ min: 1, max: 4 }),
}
const someActions = (from: readonly ScopeAction[]) =>
  fc.oneof(fc.constant(from), fc.shuffledSubarray([...from], { minLength: 1 }))
export const distinct = (from: fc.Arbitrary<Place>, minLength: number) =>
  fc.uniqueArray(from, { minLength, maxLength: 3, selector: placeScope })
export const anyAccess: fc.Arbitrary<StorageAccess> = fc.record(
  { actions: someActions(actions), places: distinct(place, 0), ...bounds },
  { requiredKeys: ['actions', 'places'] },
)

/** What an honest hop asks, usually; what a greedy one does; and what a sly one does, whose places only begin alike. */
export const narrowed = (wide: StorageAccess): fc.Arbitrary<StorageAccess> =>
  fc.oneof(
    { arbitrary: within(wide), weight: 5 },
    { arbitrary: anyAccess, weight: 1 },
    { arbitrary: within(wide).map((access) => ({ ...access, places: wide.places.map(alike) })), weight: 1 },
  )

const alike = ({ bucket, prefix }: Place): Place => ({ bucket, prefix: `${prefix.replace(/\/$/, '')}b` })

function within(wide: StorageAccess): fc.Arbitrary<StorageAccess> {
  const fields = {
    actions: someActions(wide.actions),
    places: wide.places.length === 0 ? distinct(place, 0) : distinct(inside(wide.places), 1),
    project: wide.project === undefined ? bounds.project : fc.constant(wide.project),
    not_after: fc.integer({ min: 997, max: wide.not_after ?? 1002 }),
    max_object_ttl: fc.integer({ min: 1, max: wide.max_object_ttl ?? 4 }),
  }
  const bounded = (['project', 'not_after', 'max_object_ttl'] as const).filter(
    (name) => wide[name] !== undefined,
  )
  return fc.record(fields, { requiredKeys: ['actions', 'places', ...bounded] })
}

/** Places within one of these. */
export const inside = (places: readonly Place[]): fc.Arbitrary<Place> =>
  fc.tuple(fc.constantFrom(...places), prefix).map(([outer, more]) => ({
    bucket: outer.bucket,
    prefix: [outer.prefix.replace(/\/$/, ''), more].filter((part) => part !== '').join('/'),
  }))

/** The same access, written differently. */
export const respelt = ({ actions, places, ...terms }: StorageAccess): fc.Arbitrary<StorageAccess> =>
  fc.record({
    actions: fc.shuffledSubarray([...actions], { minLength: actions.length }),
    places: fc
      .shuffledSubarray([...places], { minLength: places.length })
      .map((shuffled) => shuffled.map((one) => ({ ...one, prefix: one.prefix.replace(/\/$/, '') })))
      .map((shuffled) => [...shuffled, ...shuffled.slice(0, 1)]),
    ...Object.fromEntries(Object.entries(terms).map(([name, value]) => [name, fc.constant(value)])),
  })

/** A key of objects, or a prefix, in its components. */
export const partsOf = (path: string): string[] => (path === '' ? [] : path.replace(/\/$/, '').split('/'))
/** True when the place holds this key. */
export const covers = (outer: Place, bucket: string, path: string): boolean =>
  outer.bucket === bucket && partsOf(outer.prefix).every((part, at) => partsOf(path)[at] === part)
