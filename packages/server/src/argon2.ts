import { type Algorithm, hashRaw, type Version } from '@node-rs/argon2'
import type { Argon2id } from '@valetkey/access-grant'
import { refuse } from './refusals.ts'

const argon2id = 2 as Algorithm.Argon2id
const version13 = 1 as Version.V0x13
/** Whoever comes later than this is told to try again rather than left to wait for minutes. */
const maxWaiting = 64

/**
 * Argon2id on the native thread pool, at most `atOnce` derivations together, so that memory stays at 64 MiB times that.
 *
 * @refuses overloaded
 */
export function createArgon2id(atOnce: number): Argon2id {
  let running = 0
  const waiting: (() => void)[] = []
  return async ({ password, salt, time, memory_kib, parallelism, length }) => {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) throw refuse('overloaded', { retry_after: 1 })
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      running++
    }
    try {
      return await hashRaw(password, {
        algorithm: argon2id,
        version: version13,
        salt,
        timeCost: time,
        memoryCost: memory_kib,
        parallelism,
        outputLen: length,
      })
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
