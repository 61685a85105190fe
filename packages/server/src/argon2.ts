import { type Algorithm, hashRaw, type Version } from '@node-rs/argon2'
import type { Argon2id } from '@valetkey/access-grant'
import { createGate, type GateWatch } from './gate.ts'

const argon2id = 2 as Algorithm.Argon2id
const version13 = 1 as Version.V0x13
const maxWaiting = 64

/**
 * Argon2id on the native thread pool, at most `atOnce` derivations together, so that memory stays at 64 MiB times that.
 *
 * @refuses overloaded
 */
export function createArgon2id(atOnce: number, watch?: GateWatch): Argon2id {
  const gate = createGate(atOnce, maxWaiting, watch)
  return ({ password, salt, time, memory_kib, parallelism, length }) =>
    gate(() =>
      hashRaw(password, {
        algorithm: argon2id,
        version: version13,
        salt,
        timeCost: time,
        memoryCost: memory_kib,
        parallelism,
        outputLen: length,
      }),
    )
}
