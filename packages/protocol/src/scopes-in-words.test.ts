import { expect, test } from 'vitest'
import { actions } from './scope.ts'
import { actionsInWords, listInWords, placeInWords, reachInWords, scopesInWords } from './scopes-in-words.ts'

test('scopes say what an app may do, what it may not, and where', () => {
  expect(scopesInWords(['list', 'bucket:photos;2026/', 'read'])).toEqual({
    may: ['read files', 'see which files there are'],
    mayNot: ['upload new files', 'delete files', 'lock files against changes and deletion'],
    places: [{ bucket: 'photos', prefix: '2026/' }],
  })
})

test('every action is either allowed or not, and has words of its own', () => {
  for (const action of actions) {
    const { may, mayNot } = scopesInWords([action])
    expect(may).toEqual([actionsInWords[action]])
    expect(new Set([...may, ...mayNot]).size).toBe(actions.length)
  }
})

test('without a place no place is named, and a place alone allows nothing', () => {
  expect(scopesInWords(['read']).places).toEqual([])
  expect(scopesInWords(['bucket:photos']).may).toEqual([])
})

test('what is no scope allows nothing', () => {
  expect(scopesInWords(['read', 'everything'])).toMatchObject({ may: [], places: [] })
})

test('a place is a bucket, or what is below a prefix of it', () => {
  expect(placeInWords({ bucket: 'photos', prefix: '' })).toBe('bucket photos')
  expect(placeInWords({ bucket: 'photos', prefix: '2026/06' })).toBe('bucket photos, below 2026/06')
})

test('how far scopes reach is one sentence', () => {
  expect(reachInWords(['list', 'read'])).toBe('read files and see which files there are in a whole project')
  expect(reachInWords(['read', 'bucket:photos', 'bucket:films;2026/'])).toBe(
    'read files in bucket photos and bucket films, below 2026/',
  )
  expect(reachInWords(['bucket:photos'])).toBe('do nothing in bucket photos')
})

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
])('%j in words is "%s"', (items, words) => {
  expect(listInWords(items)).toBe(words)
})
