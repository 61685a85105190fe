import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyTime } from './testing/arbitraries.ts'
import {
  compareTimestamps,
  durationOf,
  formatTimestamp,
  isZeroTime,
  nanosecondsOf,
  timestampFromDate,
  timestampFromSeconds,
  timestampOf,
} from './time.ts'

test.each([
  [0n, -1, -1n, 999_999_999],
  [5n, 1_000_000_000, 6n, 0],
  [5n, -1_000_000_001, 3n, 999_999_999],
  [2n ** 63n - 1n, 1_000_000_000, -(2n ** 63n), 0],
])('%s s and %s ns are brought to %s s and %s ns', (seconds, nanos, wholeSeconds, rest) => {
  expect(timestampOf(seconds, nanos)).toEqual({ seconds: wholeSeconds, nanos: rest })
})

test('times compare by seconds, then by nanoseconds', () => {
  const order = [timestampOf(-1n, 999_999_999), timestampOf(0n, 0), timestampOf(0n, 1), timestampOf(1n, 0)]
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) expect(Math.sign(compareTimestamps(a, b))).toBe(Math.sign(i - j))
  }
})

test('a time too far ahead for Go lies in its past, and so it does here', () => {
  const beyond = { seconds: 2n ** 63n - 1n, nanos: 0 }
  expect(compareTimestamps(beyond, timestampFromSeconds(0))).toBeLessThan(0)
})

test('comparing is antisymmetric over the whole range', () => {
  fc.assert(
    fc.property(anyTime, anyTime, (a, b) => {
      expect(Math.sign(compareTimestamps(a, b))).toBe(-Math.sign(compareTimestamps(b, a)) || 0)
    }),
  )
})

test('only the first second of the year 1 is the zero time', () => {
  expect(isZeroTime({ seconds: -62_135_596_800n, nanos: 0 })).toBe(true)
  expect(isZeroTime({ seconds: -62_135_596_800n, nanos: 1 })).toBe(false)
  expect(isZeroTime(timestampFromSeconds(0))).toBe(false)
})

test('a date keeps its milliseconds, before 1970 too', () => {
  expect(timestampFromDate(new Date(1500))).toEqual({ seconds: 1n, nanos: 500_000_000 })
  expect(timestampFromDate(new Date(-1))).toEqual({ seconds: -1n, nanos: 999_000_000 })
})

test.each([
  [0n, 0, '1970-01-01T00:00:00Z'],
  [1_700_000_000n, 500_000_000, '2023-11-14T22:13:20.5Z'],
  [1_700_000_000n, 1, '2023-11-14T22:13:20.000000001Z'],
  [-1n, 0, '1969-12-31T23:59:59Z'],
  [253_402_300_799n, 0, '9999-12-31T23:59:59Z'],
  [253_402_300_800n, 0, '253402300800 seconds after 1970-01-01T00:00:00Z'],
  [2n ** 62n, 0, '4611686018427387904 seconds after 1970-01-01T00:00:00Z'],
])('%s s and %s ns read %s', (seconds, nanos, text) => {
  expect(formatTimestamp({ seconds, nanos })).toBe(text)
})

test('durations round toward zero and stop at 64 bits of nanoseconds', () => {
  expect(durationOf(-1_500_000_000n)).toEqual({ seconds: -1n, nanos: -500_000_000 })
  expect(nanosecondsOf({ seconds: 9_223_372_036n, nanos: 2_000_000_000 })).toBe(2n ** 63n - 1n)
  expect(nanosecondsOf({ seconds: -9_223_372_036n, nanos: -2_000_000_000 })).toBe(-(2n ** 63n))
  expect(nanosecondsOf({ seconds: 9_223_372_037n, nanos: -2_000_000_000 })).toBe(2n ** 63n - 1n)
})
