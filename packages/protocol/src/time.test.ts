import { expect, test } from 'vitest'
import { durationInWords, firstSecond, lastSecond, rfc3339, waitInWords } from './time.ts'

test('durations are said in the largest unit that keeps two digits', () => {
  const seconds = [45, 312, 599, 600, 1800, 7200, 86_400, 172_800, 2_592_000]
  expect(seconds.map(durationInWords)).toEqual([
    '45 s',
    '312 s',
    '599 s',
    '10 min',
    '30 min',
    '2 h',
    '24 h',
    '2 days',
    '30 days',
  ])
})

test.each([
  [0, '1 second'],
  [0.2, '1 second'],
  [1, '1 second'],
  [89, '89 seconds'],
  [90, '2 minutes'],
  [300, '5 minutes'],
  [301, '6 minutes'],
])('whoever waits %s seconds is told %s', (seconds, words) => {
  expect(waitInWords(seconds)).toBe(words)
})

test('a time is written to the second, in UTC', () => {
  expect(rfc3339(1_769_860_800)).toBe('2026-01-31T12:00:00Z')
})

test('a range that includes its ends holds the whole seconds within it', () => {
  expect([firstSecond('2026-01-31T12:00:00.001Z'), lastSecond('2026-01-31T12:00:00.999Z')]).toEqual([
    1_769_860_801, 1_769_860_800,
  ])
  expect([firstSecond('2026-01-31T14:00:00+02:00'), lastSecond('2026-01-31T12:00:00Z')]).toEqual([
    1_769_860_800, 1_769_860_800,
  ])
})
