import { describe, expect, test } from 'vitest'
import {
  accessIsWithin,
  authorizationDetailsOf,
  parseAuthorizationDetails,
  parseScopeText,
  type StorageAccess,
  scopesOf,
  scopeTextOf,
} from './storage-access.ts'

const detail = { type: 'storage_access', bucket: 'photos', actions: ['read', 'list'] }

const accessOf = (...details: object[]): StorageAccess => {
  const parsed = parseAuthorizationDetails(JSON.stringify(details))
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.access
}
const refuses = (text: string) => !parseAuthorizationDetails(text).ok
const problemOf = (text: string) => {
  const parsed = parseAuthorizationDetails(text)
  return parsed.ok ? undefined : parsed.problem
}

describe('authorization details', () => {
  test('say what is asked for, and where, and for how long', () => {
    const terms = { project: 'p-1', not_after: 1_900_000_000, max_object_ttl: 3600 }
    expect(
      accessOf({ ...detail, prefix: '2024/', ...terms }, { ...detail, bucket: 'films', ...terms }),
    ).toEqual({
      actions: ['read', 'list'],
      places: [
        { bucket: 'photos', prefix: '2024/' },
        { bucket: 'films', prefix: '' },
      ],
      ...terms,
    })
  })
  test('without a bucket mean the whole project', () => {
    expect(accessOf({ type: 'storage_access', actions: ['read'] })).toEqual({ actions: ['read'], places: [] })
  })
  test('agree in their actions whatever the order, and repeat a place without effect', () => {
    expect(accessOf(detail, { ...detail, actions: ['list', 'read'] })).toEqual(accessOf(detail))
  })
  test('hold characters that no scope can', () => {
    expect(accessOf({ ...detail, prefix: 'Été "24";100% (a)/' }).places).toEqual([
      { bucket: 'photos', prefix: 'Été "24";100% (a)/' },
    ])
  })

  describe('that are not exactly as known are refused', () => {
    test.each<[string, object[]]>([
      ['no element', []],
      ['another type', [{ ...detail, type: 'account_information' }]],
      ['a type that looks alike', [{ ...detail, type: 'storage_acce\u0455s' }]],
      ['no type', [{ actions: ['read'] }]],
      ['an unknown member', [{ ...detail, buckets: ['films'] }]],
      ['a member of RFC 9396 that is not ours', [{ ...detail, locations: ['https://a.example'] }]],
      ['no actions', [{ type: 'storage_access', bucket: 'photos' }]],
      ['empty actions', [{ ...detail, actions: [] }]],
      ['an unknown action', [{ ...detail, actions: ['read', 'admin'] }]],
      ['a place as an action', [{ ...detail, actions: ['read', 'bucket:films'] }]],
      ['offline_access as an action', [{ ...detail, actions: ['read', 'offline_access'] }]],
      ['an action twice', [{ ...detail, actions: ['read', 'read'] }]],
      ['a list in the actions', [{ ...detail, actions: [['read']] }]],
      ['a word for the actions', [{ ...detail, actions: 'read' }]],
      ['a number for the bucket', [{ ...detail, bucket: 1 }]],
      ['null for the bucket', [{ ...detail, bucket: null }]],
      ['an empty bucket', [{ ...detail, bucket: '' }]],
      ['a prefix within the bucket', [{ ...detail, bucket: 'photos;2024' }]],
      ['upper case in the bucket', [{ ...detail, bucket: 'Photos' }]],
      ['a prefix without bucket', [{ type: 'storage_access', actions: ['read'], prefix: '2024' }]],
      ['a prefix that climbs', [{ ...detail, prefix: '2024/../x' }]],
      ['an empty component', [{ ...detail, prefix: 'a//b' }]],
      ['an encoded slash', [{ ...detail, prefix: 'a%2Fb' }]],
      ['NUL in the prefix', [{ ...detail, prefix: 'a\u0000' }]],
      ['half a character in the prefix', [{ ...detail, prefix: 'a\ud800' }]],
      ['an empty project', [{ ...detail, project: '' }]],
      ['a project with spaces', [{ ...detail, project: 'p 1' }]],
      ['a whole project beside a bucket', [detail, { type: 'storage_access', actions: ['read', 'list'] }]],
      ['actions that differ', [detail, { ...detail, bucket: 'films', actions: ['read'] }]],
      ['projects that differ', [detail, { ...detail, bucket: 'films', project: 'p' }]],
      ['ends that differ', [detail, { ...detail, bucket: 'films', not_after: 1 }]],
      ['lives of objects that differ', [detail, { ...detail, bucket: 'films', max_object_ttl: 1 }]],
      ['an end at 0', [{ ...detail, not_after: 0 }]],
      ['an end before 1970', [{ ...detail, not_after: -1 }]],
      ['an end in the year 10000', [{ ...detail, not_after: 253_402_300_800 }]],
      ['an end within a second', [{ ...detail, not_after: 1.5 }]],
      ['an end as a text', [{ ...detail, not_after: '1900000000' }]],
      ['no life of objects', [{ ...detail, max_object_ttl: 0 }]],
      ['a life of objects of more than ten years', [{ ...detail, max_object_ttl: 315_360_001 }]],
    ])('%s', (_what, details) => {
      expect(refuses(JSON.stringify([detail]))).toBe(false)
      expect(refuses(JSON.stringify(details))).toBe(true)
    })
    test('bounds that are just within', () => {
      expect(accessOf({ ...detail, not_after: 253_402_300_799, max_object_ttl: 315_360_000 })).toMatchObject({
        not_after: 253_402_300_799,
        max_object_ttl: 315_360_000,
      })
    })
    test.each([
      '',
      'null',
      '{}',
      '"storage_access"',
      '[null]',
      '[[]]',
      '[1]',
      '[{}]',
      JSON.stringify(detail),
      `\ufeff${JSON.stringify([detail])}`,
      `${JSON.stringify([detail])},`,
      JSON.stringify([detail]).replaceAll('"', "'"),
      JSON.stringify([detail]).replace('"read"', 'NaN'),
    ])('%j', (text) => expect(refuses(text)).toBe(true))
  })

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'the member %s is unknown, and changes no object',
    (name) => {
      const text = JSON.stringify([detail]).replace('{', `{"${name}":{"bucket":"films"},`)
      expect(problemOf(text)).toMatch(/^element 1: it has an unknown member; known are type, /)
      const nested = JSON.stringify([{ ...detail, prefix: 0 }]).replace('0', `{"${name}":{"polluted":true}}`)
      expect(problemOf(nested)).toBe('element 1: prefix is not a text')
      expect({}).not.toHaveProperty('polluted')
      expect(refuses(JSON.stringify([{ ...detail, actions: ['read', name] }]))).toBe(true)
      expect(refuses(JSON.stringify([{ ...detail, type: name }]))).toBe(true)
    },
  )

  describe('that name a member twice are refused', () => {
    test.each([
      ['alike', '[{"type":"storage_access","bucket":"photos","actions":["read"],"bucket":"films"}]'],
      [
        'in other letters',
        '[{"type":"storage_access","bucket":"photos","actions":["read"],"buck\\u0065t":"films"}]',
      ],
      [
        'with space before the colon',
        '[{"type":"storage_access","actions":["read"],"actions" \n:["write"]}]',
      ],
    ])('%s', (_how, text) => expect(problemOf(text)).toBe('has a member name twice'))

    test('but a prefix may look like a member', () => {
      expect(accessOf({ ...detail, prefix: '"bucket":"x"' }).places[0]?.prefix).toBe('"bucket":"x"')
    })
  })

  describe('have limits', () => {
    const many = (count: number, fields: object) =>
      JSON.stringify(
        Array.from({ length: count }, (_, n) => ({ ...detail, bucket: `photos-${n}`, ...fields })),
      )

    test('actions and places are at most as many as scopes may be', () => {
      expect(refuses(many(63, { actions: ['read'] }))).toBe(false)
      expect(refuses(many(64, { actions: ['read'] }))).toBe(true)
    })
    test('at most 64 elements, though all were the same', () => {
      expect(refuses(many(64, { bucket: 'photos' }))).toBe(false)
      expect(problemOf(many(65, { bucket: 'photos' }))).toBe('has more than 64 elements')
    })
    test('at most 32 KiB, counted in bytes', () => {
      const text = many(40, { prefix: 'x' })
      expect(refuses(text + ' '.repeat(32_768 - text.length))).toBe(false)
      expect(refuses(text + ' '.repeat(32_769 - text.length))).toBe(true)
      expect(problemOf(many(40, { prefix: 'é'.repeat(500) }))).toBe('has more than 32768 bytes')
      expect(refuses(many(10_000, {}))).toBe(true)
    })
    test('no deeper than 4', () => {
      expect(problemOf('[[[[[]]]]]')).toBe('is nested more than 4 deep')
      expect(problemOf('['.repeat(16_384) + ']'.repeat(16_384))).toBe('is nested more than 4 deep')
    })
  })

  test('are refused in words that repeat none of them', () => {
    const marked = 'evilmark'
    const texts = [
      marked,
      ...['type', 'project', 'bucket', 'prefix', 'actions', 'not_after', 'max_object_ttl', marked].map(
        (name) => JSON.stringify([{ ...detail, [name]: `${marked}\u0000` }]),
      ),
      JSON.stringify([{ ...detail, actions: [marked] }]),
    ]
    for (const text of texts) expect(problemOf(text)).toMatch(/^(?!.*evilmark).+$/)
  })

  test('are written one per place, with nothing that is not said', () => {
    expect(
      authorizationDetailsOf({
        actions: ['read'],
        places: [
          { bucket: 'photos', prefix: '' },
          { bucket: 'films', prefix: '2024' },
        ],
        not_after: 9,
      }),
    ).toStrictEqual([
      { type: 'storage_access', bucket: 'photos', actions: ['read'], not_after: 9 },
      { type: 'storage_access', bucket: 'films', prefix: '2024', actions: ['read'], not_after: 9 },
    ])
    expect(authorizationDetailsOf({ actions: ['list'], places: [], project: 'p' })).toStrictEqual([
      { type: 'storage_access', actions: ['list'], project: 'p' },
    ])
  })
})

describe('a scope text', () => {
  const scopesIn = (text: string) => {
    const parsed = parseScopeText(text)
    return parsed.ok ? parsed.scopes : parsed.problem
  }

  test('holds words, each once', () => {
    expect(parseScopeText('read bucket:photos read list')).toEqual({
      ok: true,
      scopes: ['read', 'bucket:photos', 'list'],
      set: { actions: ['read', 'list'], places: [{ bucket: 'photos', prefix: '' }] },
      offline_access: false,
    })
  })
  test.each(['offline_access', 'offline_access read', 'read offline_access offline_access'])(
    '%j asks for access while the user is away, which is no scope of the storage',
    (text) => {
      const parsed = parseScopeText(text)
      expect(parsed).toMatchObject({ ok: true, offline_access: true })
      expect(parsed).toHaveProperty('scopes', text.includes('read') ? ['read'] : [])
    },
  )
  test('means the same in any order', () => {
    const [one, other] = ['read list offline_access bucket:photos', 'bucket:photos offline_access list read']
    const sorted = (text: string) => [...scopesIn(text)].sort()
    expect(sorted(one ?? '')).toEqual(sorted(other ?? ''))
  })
  test.each([
    ['bucket:photos;My%20Photos/', 'bucket:photos;My Photos/'],
    ['bucket:photos;100%25', 'bucket:photos;100%'],
    ['bucket:photos;%C3%89t%C3%A9', 'bucket:photos;Été'],
    ['bucket:photos;%F0%9F%93%B7', 'bucket:photos;📷'],
    ['bucket:photos;%22a%22;b', 'bucket:photos;"a";b'],
    ['bucket:photos;a+b', 'bucket:photos;a+b'],
    ['bucket:photos;%61', 'bucket:photos;a'],
  ])('has its prefixes percent-encoded: %s', (text, scope) => {
    expect(scopesIn(text)).toEqual([scope])
  })
  test('keeps a place once that is written in two ways', () => {
    expect(scopesIn('bucket:photos;a bucket:photos;%61')).toEqual(['bucket:photos;a'])
  })

  describe('that is no list of words is refused', () => {
    test.each([
      '',
      ' ',
      ' read',
      'read ',
      'read  list',
      'read\tlist',
      'read\nlist',
      'read\u00a0list',
      'read,list',
      'read+list',
      'read%20list',
      'read\u0000',
      'read\\',
      '"read"',
      're\u0430d',
      'ｒｅａｄ',
      'read\u200b',
      'READ',
      'r%65ad',
      'admin',
      'offline%5Faccess',
      'OFFLINE_ACCESS',
      'openid',
      '__proto__',
      'constructor',
      'prototype',
      'bucket:pho%74os',
      'bucket:photos%3B2024',
      'bucket:photos;My Photos',
      'bucket:photos;Été',
      'bucket:photos;%',
      'bucket:photos;%2',
      'bucket:photos;%zz',
      'bucket:photos;%u0041',
      'bucket:photos;%ff',
      'bucket:photos;%C0%AF',
      'bucket:photos;%ED%A0%80',
      'bucket:photos;%00',
      'bucket:photos;%0A',
      'bucket:photos;%2C',
      'bucket:photos;a%2Fb',
      'bucket:photos;a%2fb',
      'bucket:photos;a%252Fb',
      'bucket:photos;%2e%2e',
      'bucket:photos;2024/%2E%2e/x',
      'bucket:photos;%5c',
      'bucket:photos;%E2%80%AE',
    ])('%j', (text) => {
      expect(parseScopeText(text).ok).toBe(false)
      if (text.length > 1) expect(parseScopeText(`read ${text}`).ok).toBe(false)
    })
  })
  test('of more than 64 scopes is refused', () => {
    const buckets = (count: number) => Array.from({ length: count }, (_, n) => `bucket:photos-${n}`).join(' ')
    expect(parseScopeText(`${buckets(64)} offline_access`).ok).toBe(true)
    expect(parseScopeText(buckets(65)).ok).toBe(false)
    expect(parseScopeText(buckets(10_000)).ok).toBe(false)
  })
  test('is refused in words that repeat none of it', () => {
    for (const text of ['evilmark', 'bucket:EVILMARK', 'bucket:photos;%evilmark', 'evilmark\u0000']) {
      expect(scopesIn(text)).toMatch(/^(?!.*evilmark).+$/i)
    }
  })

  test('is written with nothing but what words may hold', () => {
    const scopes = ['read', 'bucket:photos;Été "24"; 100%/📷']
    const text = scopeTextOf(scopes, true)
    expect(text).toBe('read bucket:photos;%C3%89t%C3%A9%20%2224%22;%20100%25/%F0%9F%93%B7 offline_access')
    expect(parseScopeText(text)).toMatchObject({ scopes, offline_access: true })
    expect(scopeTextOf(['read', 'list'])).toBe('read list')
    expect(scopeTextOf([])).toBe('')
  })
  test('of a set names its actions, then its places', () => {
    expect(scopesOf({ actions: ['list', 'read'], places: [{ bucket: 'films', prefix: '2024/' }] })).toEqual([
      'list',
      'read',
      'bucket:films;2024/',
    ])
  })
})

describe('within', () => {
  const wide = accessOf({ ...detail, prefix: '2024', project: 'p', not_after: 1000, max_object_ttl: 60 })
  const { project: _project, not_after: _not_after, max_object_ttl: _ttl, ...boundless } = wide

  test.each<[string, Partial<StorageAccess>, boolean]>([
    ['the same', {}, true],
    ['an earlier end', { not_after: 999 }, true],
    ['a later end', { not_after: 1001 }, false],
    ['objects that live shorter', { max_object_ttl: 59 }, true],
    ['objects that live longer', { max_object_ttl: 61 }, false],
    ['another project', { project: 'q' }, false],
    ['fewer actions', { actions: ['read'] }, true],
    ['more actions', { actions: ['read', 'list', 'write'] }, false],
    ['a longer prefix', { places: [{ bucket: 'photos', prefix: '2024/05' }] }, true],
    ['a shorter prefix', { places: [{ bucket: 'photos', prefix: '' }] }, false],
    ['a prefix that only begins alike', { places: [{ bucket: 'photos', prefix: '2024-private' }] }, false],
    ['another bucket', { places: [{ bucket: 'films', prefix: '2024' }] }, false],
    ['the whole project', { places: [] }, false],
  ])('%s', (_what, change, expected) => {
    expect(accessIsWithin({ ...wide, ...change }, wide)).toBe(expected)
  })
  test('what has no bound is not within what has one', () => {
    expect(accessIsWithin(wide, boundless)).toBe(true)
    for (const bound of [{ project: 'p' }, { not_after: 1000 }, { max_object_ttl: 60 }]) {
      expect(accessIsWithin(boundless, { ...boundless, ...bound })).toBe(false)
      expect(accessIsWithin({ ...boundless, ...bound }, { ...boundless, ...bound })).toBe(true)
    }
  })
})
