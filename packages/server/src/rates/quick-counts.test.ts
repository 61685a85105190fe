import { expect, test } from 'vitest'
import { createQuickCounts, mostKeys, mostNames, placesElsewhere } from './quick-counts.ts'

const now = 1_000
const of = (key: string, network?: string) => ({
  pool: 'failures',
  key,
  windowSeconds: 60,
  toldFrom: 1,
  ...(network === undefined ? {} : { network }),
})

test('a window begins with its first hit, and begins anew when it is over', () => {
  const counts = createQuickCounts()
  expect(counts.look(of('a'), now)).toBeUndefined()
  expect(counts.count(of('a'), now).window).toEqual({ hits: 1, resets_at: now + 60 })
  expect(counts.count(of('a'), now + 59).window).toEqual({ hits: 2, resets_at: now + 60 })
  expect(counts.look(of('a'), now + 59)).toEqual({ hits: 2, resets_at: now + 60 })
  expect(counts.look(of('a'), now + 60)).toBeUndefined()
  expect(counts.count(of('a'), now + 60).window).toEqual({ hits: 1, resets_at: now + 120 })
})

test('a flood of invented names from one network takes a few places, and its surplus is counted together', () => {
  const counts = createQuickCounts()
  counts.count(of('the real one', 'n'), now)
  for (let at = 0; at < 100_000; at++) counts.count(of(`name ${at}`, 'n'), now)
  expect(counts.size()).toBe(mostNames + 1)
  expect(counts.look(of('the real one', 'n'), now)).toMatchObject({ hits: 1 })
  expect(counts.count(of('one more name', 'n'), now).window.hits).toBe(100_000 - (mostNames - 1) + 1)
  // Another network has its own places.
  expect(counts.count(of('a name', 'm'), now).window.hits).toBe(1)
})

test('a flood from a million networks leaves memory bounded, and every count that was there', () => {
  const counts = createQuickCounts()
  for (let at = 0; at < 29; at++) counts.count(of('guessed at', 'n'), now)
  for (let at = 0; at < 1_000_000; at++) counts.count(of(`key ${at}`, `network ${at}`), now)
  expect(counts.size()).toBe(mostKeys + 1)
  expect(counts.count(of('guessed at', 'n'), now).window.hits).toBe(30)
  // Who comes now shares a place that is a hundred times as large.
  const elsewhere = (1_000_000 - (mostKeys - 1) + 1) / placesElsewhere
  expect(counts.count(of('late', 'late'), now).window.hits).toBe(Math.ceil(elsewhere))
})

test('a flood on one limit takes no place from another', () => {
  const counts = createQuickCounts()
  for (let at = 0; at < mostKeys + 10; at++) counts.count(of(`key ${at}`), now)
  const other = { ...of('a'), pool: 'others' }
  expect(counts.count(other, now).open).toBeDefined()
})

test('when a flood is over its places are free again', () => {
  const counts = createQuickCounts()
  for (let at = 0; at < mostKeys + 10; at++) counts.count(of(`key ${at}`, 'a network'), now)
  counts.count(of('fresh', 'a network'), now + 60)
  expect(counts.size()).toBe(1)
  for (let at = 0; at < mostNames - 1; at++) {
    expect(counts.count(of(`later ${at}`, 'a network'), now + 60).open).toBeDefined()
  }
  expect(counts.count(of('too many', 'a network'), now + 60).open).toBeUndefined()
})
