import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actions, isWithin, parseScopes, placeScope, type ScopeSet, splitScopes } from './scope.ts'

const setOf = (...scopes: string[]): ScopeSet => {
  const parsed = parseScopes(scopes)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.set
}

test('actions and places are told apart', () => {
  expect(setOf('read', 'list', 'bucket:photos', 'bucket:films;2024/summer')).toEqual({
    actions: ['read', 'list'],
    places: [
      { bucket: 'photos', prefix: '' },
      { bucket: 'films', prefix: '2024/summer' },
    ],
  })
})

test('a repeated scope counts once', () => {
  expect(parseScopes(['read', 'read'])).toMatchObject({ ok: true, scopes: ['read'] })
})

describe('what is no scope is refused, in words that repeat none of it', () => {
  test.each([
    'admin',
    'READ',
    ' read',
    'read,write',
    'bucket',
    'bucket:',
    'bucket:ab',
    'bucket:Photos',
    'bucket:pho tos',
    'bucket:-photos',
    'bucket:photos;/',
    'bucket:photos;/2024',
    'bucket:photos;a//b',
    'bucket:photos;a/../b',
    'bucket:photos;.',
    'bucket:photos;a%2Fb',
    'bucket:photos;a,b',
    'bucket:photos;a\\b',
    'bucket:photos;a\u0000b',
    'bucket:photos;a\u202eb',
    'bucket:photos;a\u200bb',
    'bucket:photos;a\u00adb',
    'bucket:photos;a\u{e0041}b',
    'bucket:photos;a\ud800',
    'bucket:photos;a\u3164b',
    `bucket:photos;${'x'.repeat(1100)}`,
    '__proto__',
    'constructor',
  ])('%j', (scope) => {
    const parsed = parseScopes(['read', scope])
    expect(parsed.ok).toBe(false)
    if (!parsed.ok && scope.length > 8) expect(parsed.problem).not.toContain(scope)
  })
  test('more than 64 scopes', () => {
    expect(parseScopes(Array.from({ length: 65 }, (_, n) => `bucket:photos-${n}`)).ok).toBe(false)
  })
})

test.each(['bucket:photos', 'bucket:photos;2026/', 'bucket:photos;a;b'])(
  '%s is what its place is called',
  (scope) => {
    expect(setOf(scope).places.map(placeScope)).toEqual([scope])
  },
)

test('a parameter is split at commas and spaces', () => {
  expect(splitScopes('read,write list,,bucket:photos;2024/')).toEqual([
    'read',
    'write',
    'list',
    'bucket:photos;2024/',
  ])
})

describe('within', () => {
  test.each<[string, string[], string[], boolean]>([
    ['fewer actions', ['read'], ['read', 'write'], true],
    ['more actions', ['read', 'write'], ['read'], false],
    ['a bucket of the whole project', ['read', 'bucket:photos'], ['read'], true],
    ['the whole project of a bucket', ['read'], ['read', 'bucket:photos'], false],
    ['a prefix of its bucket', ['read', 'bucket:photos;2024'], ['read', 'bucket:photos'], true],
    ['a longer prefix', ['read', 'bucket:photos;2024/05'], ['read', 'bucket:photos;2024/'], true],
    ['the same prefix with a slash', ['read', 'bucket:photos;2024/'], ['read', 'bucket:photos;2024'], true],
    [
      'a prefix that only begins alike',
      ['read', 'bucket:photos;2024-private'],
      ['read', 'bucket:photos;2024'],
      false,
    ],
    ['another bucket', ['read', 'bucket:films'], ['read', 'bucket:photos'], false],
    [
      'one place inside, one outside',
      ['read', 'bucket:photos', 'bucket:films'],
      ['read', 'bucket:photos'],
      false,
    ],
  ])('%s', (_what, narrow, wide, expected) => {
    expect(isWithin(setOf(...narrow), setOf(...wide))).toBe(expected)
  })

  const component = fc.constantFrom('a', 'b', 'ab', 'a b')
  const place = fc.record({
    bucket: fc.constantFrom('one', 'two'),
    prefix: fc.array(component, { maxLength: 3 }).map((parts) => parts.join('/')),
  })
  const anySet = fc.record({
    actions: fc.subarray([...actions], { minLength: 1 }),
    places: fc.uniqueArray(place, { maxLength: 3 }),
  })
  /** The meaning, by enumeration: which object may be touched how. */
  const allows = (set: ScopeSet, action: string, bucket: string, path: readonly string[]) =>
    set.actions.some((known) => known === action) &&
    (set.places.length === 0 ||
      set.places.some(({ bucket: name, prefix }) => {
        const parts = prefix === '' ? [] : prefix.split('/')
        return name === bucket && parts.every((part, n) => path[n] === part)
      }))

  test('whatever is within another set allows nothing that the other does not', () => {
    fc.assert(
      fc.property(
        anySet,
        anySet,
        fc.constantFrom(...actions),
        fc.constantFrom('one', 'two', 'three'),
        fc.array(component, { maxLength: 4 }),
        (narrow, wide, action, bucket, path) => {
          fc.pre(isWithin(narrow, wide))
          if (allows(narrow, action, bucket, path)) expect(allows(wide, action, bucket, path)).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })
  test('every set is within itself', () => {
    fc.assert(fc.property(anySet, (set) => isWithin(set, set)))
  })
})
