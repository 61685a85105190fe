import { expect, test } from 'vitest'
import { localField, ofLocalField } from './local-time.ts'

test('a time goes into a local field and back, in summer and winter', () => {
  for (const at of ['2026-01-31T12:30:00.000Z', '2026-07-31T23:59:00.000Z'])
    expect(ofLocalField(localField(at))).toBe(at)
})

test('a field that is empty is no time, and no time leaves it empty', () => {
  expect(ofLocalField('')).toBeUndefined()
  expect(localField(undefined)).toBe('')
})
