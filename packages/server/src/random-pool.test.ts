import { expect, test } from 'vitest'
import { createRandomPool } from './random-pool.ts'

test('no bytes are handed out twice, and none are left empty', () => {
  const random = createRandomPool()
  const seen = new Set<string>()
  for (let n = 0; n < 5000; n++) {
    const bytes = random(16)
    expect(bytes).toHaveLength(16)
    seen.add(bytes.toString('hex'))
  }
  expect(seen.size).toBe(5000)
  expect(seen.has('0'.repeat(32))).toBe(false)
})

test('lengths around and beyond the pool are served whole', () => {
  const random = createRandomPool()
  for (const length of [0, 1, 16_383, 16_384, 16_385, 100_000]) {
    const bytes = random(length)
    expect(bytes).toHaveLength(length)
    if (length > 1000) expect(new Set(bytes).size).toBe(256)
  }
})

test('what a caller does to its bytes does not reach the next ones', () => {
  const random = createRandomPool()
  const first = random(32)
  const copy = Buffer.from(first)
  random(32).fill(0)
  expect(first).toEqual(copy)
})
