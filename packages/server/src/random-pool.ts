import { randomFillSync } from 'node:crypto'
import type { Random } from './deps.ts'

const poolBytes = 16 * 1024

/**
 * Random bytes from a pool: asking the system for a few at a time costs more than a signature. What was handed out is
 * wiped from the pool.
 */
export function createRandomPool(): Random {
  const pool = Buffer.allocUnsafeSlow(poolBytes)
  let used = poolBytes
  return (length) => {
    if (length > poolBytes) return randomFillSync(Buffer.allocUnsafeSlow(length))
    if (used + length > poolBytes) {
      randomFillSync(pool)
      used = 0
    }
    const bytes = Buffer.from(pool.subarray(used, used + length))
    pool.fill(0, used, used + length)
    used += length
    return bytes
  }
}
