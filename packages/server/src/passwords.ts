import { hash, verify } from '@node-rs/argon2'
import type { Passwords } from './deps.ts'
import { createGate, type GateWatch } from './gate.ts'

/** Argon2id, which is the library's default, with 19 MiB, two passes, one lane. @source OWASP Password Storage Cheat Sheet; RFC 9106 */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** A hash of no password, at the same cost: what an unknown account is compared with. */
const nobody = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/**
 * Hashes and verifies passwords on the native thread pool.
 *
 * At most `atOnce` run together, so that a storm of sign-ins takes neither all memory nor every thread; beyond
 * `waiting` more, the answer is to come back later.
 *
 * @refuses overloaded
 */
export function createPasswords({ atOnce = 2, waiting = 500 } = {}, watch?: GateWatch): Passwords {
  const gate = createGate(atOnce, waiting, watch)
  return {
    hash: (password) => gate(() => hash(sameHowever(password), cost)),
    verify: (password_hash, password) =>
      gate(async () => {
        const fits = await verify(password_hash ?? nobody, sameHowever(password))
        return fits && password_hash !== undefined
      }),
  }
}

/** One password whichever keyboard composed its accents. @source NIST SP 800-63B §3.1.1.2 */
const sameHowever = (password: string): string => password.normalize('NFKC')
