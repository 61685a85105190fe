import { expect, test } from 'vitest'
import { parseDuration, parseTime } from './duration.ts'

test.each([
  ['90', 90],
  ['90s', 90],
  ['5m', 300],
  ['2h', 7200],
  ['30d', 2_592_000],
  ['0', 0],
  ['', undefined],
  ['5 m', undefined],
  ['-5m', undefined],
  ['1.5h', undefined],
  ['1w', undefined],
])('"%s" is %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

test.each([
  ['2026-03-01', Date.UTC(2026, 2, 1) / 1000],
  ['2026-03-01T12:00:00Z', Date.UTC(2026, 2, 1, 12) / 1000],
  ['2026-03-01T14:00+02:00', Date.UTC(2026, 2, 1, 12) / 1000],
  ['1772366400', 1_772_366_400],
  ['2026-03-01T12:00:00', undefined], // whose time?
  ['2026-13-01', undefined],
  ['tomorrow', undefined],
])('"%s" is %s', (text, seconds) => {
  expect(parseTime(text)).toBe(seconds)
})
