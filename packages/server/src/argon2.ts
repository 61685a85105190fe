import type { Argon2id } from '@valetkey/access-grant'
import { createArgon2Threads } from './argon2-threads.ts'
import { createGate, type GateWatch } from './gate.ts'

const maxWaiting = 64

/**
 * Argon2id in threads of its own, at most `atOnce` derivations together, so that memory stays at 64 MiB times that.
 *
 * @refuses overloaded
 */
export function createArgon2id(atOnce: number, watch?: GateWatch): Argon2id {
  const gate = createGate(atOnce, maxWaiting, watch)
  const derive = createArgon2Threads()
  return (input) => gate(() => derive(input))
}
