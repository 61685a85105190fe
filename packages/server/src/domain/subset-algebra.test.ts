import {
  accessIsWithin,
  authorizationDetailsOf,
  type Place,
  parseAuthorizationDetails,
  parseScopes,
  parseScopeText,
  placeScope,
  type StorageAccess,
  scopesOf,
  scopeTextOf,
} from '@valetkey/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyAccess, covers, distinct, narrowed, partsOf, prefix, respelt } from './testing/any-access.ts'

/** One way to write each access: in order, without a place that another one holds. */
function normalForm({ actions, places, ...terms }: StorageAccess): object {
  const named = new Map(
    places.map(({ bucket, prefix }) => [[bucket, ...partsOf(prefix)].join('/'), { bucket, prefix }]),
  )
  const outermost = [...named].filter(
    ([name, { bucket, prefix }]) =>
      ![...named].some(([other, outer]) => other !== name && covers(outer, bucket, prefix)),
  )
  return { actions: [...actions].sort(), places: outermost.map(([name]) => name).sort(), ...terms }
}

const runs = { numRuns: 300 }

describe('one access within another is an order', () => {
  test('each is within itself, however it is written', () => {
    fc.assert(
      fc.property(
        anyAccess.chain((access) => fc.tuple(fc.constant(access), respelt(access))),
        ([access, again]) => {
          expect(accessIsWithin(access, access)).toBe(true)
          expect(accessIsWithin(access, again) && accessIsWithin(again, access)).toBe(true)
        },
      ),
      runs,
    )
  })
  test('what is within something is within all that holds it', () => {
    const three = anyAccess.chain((wide) =>
      narrowed(wide).chain((middle) => fc.tuple(fc.constant(wide), fc.constant(middle), narrowed(middle))),
    )
    fc.assert(
      fc.property(three, ([wide, middle, narrow]) => {
        fc.pre(accessIsWithin(middle, wide) && accessIsWithin(narrow, middle))
        expect(accessIsWithin(narrow, wide)).toBe(true)
      }),
      runs,
    )
  })
  test('two are within each other exactly when they are one access', () => {
    const two = anyAccess.chain((one) => fc.tuple(fc.constant(one), fc.oneof(respelt(one), narrowed(one))))
    fc.assert(
      fc.property(two, ([one, other]) => {
        const mutual = accessIsWithin(one, other) && accessIsWithin(other, one)
        if (mutual) expect(normalForm(one)).toEqual(normalForm(other))
        else expect(normalForm(one)).not.toEqual(normalForm(other))
      }),
      runs,
    )
  })
})

describe('an access has two notations', () => {
  const wildPlace: fc.Arbitrary<Place> = fc
    .record({
      bucket: fc.constantFrom('photos', 'a.b', '123'),
      prefix: fc.oneof(prefix, fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ maxLength: 12 })),
    })
    .filter((one) => parseScopes([placeScope(one)]).ok)
  const wildAccess = fc
    .tuple(anyAccess, distinct(wildPlace, 0))
    .map(([access, places]) => ({ ...access, places }))
  const written = (access: StorageAccess) => JSON.stringify(authorizationDetailsOf(access))

  test('and is read from its details as it was written', () => {
    fc.assert(
      fc.property(wildAccess, (access) => {
        expect(parseAuthorizationDetails(written(access))).toEqual({ ok: true, access })
      }),
      runs,
    )
  })
  test('and from its scope text, but for what words cannot say; both say the same', () => {
    fc.assert(
      fc.property(wildAccess, fc.boolean(), (access, offline_access) => {
        const scopes = scopesOf(access)
        const parsed = parseScopeText(scopeTextOf(scopes, offline_access))
        const details = parseAuthorizationDetails(written(access))
        if (!parsed.ok || !details.ok) throw new Error('refused')
        expect(parsed).toEqual({
          ok: true,
          scopes,
          set: { actions: access.actions, places: access.places },
          offline_access,
        })
        expect(details.access).toMatchObject(parsed.set)
      }),
      runs,
    )
  })
  test('and whatever else is sent is read or refused, and never thrown at', () => {
    const json = fc.json({ maxDepth: 3 })
    const spoilt = fc
      .tuple(wildAccess.map(written), fc.nat(200), fc.nat(3), fc.string({ maxLength: 3 }))
      .map(([text, at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut))
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      json.map((value) => `[${value}]`),
      spoilt,
    )
    fc.assert(
      fc.property(texts, (text) => {
        const [details, scope] = [parseAuthorizationDetails(text), parseScopeText(text)]
        if (details.ok) expect(parseAuthorizationDetails(written(details.access))).toEqual(details)
        if (scope.ok) expect(parseScopeText(scopeTextOf(scope.scopes, scope.offline_access))).toEqual(scope)
      }),
      runs,
    )
  })
})
