import { argon2idAsync } from '@noble/hashes/argon2.js'
import type { Argon2id } from './root-key.ts'

/**
 * Argon2id in plain JavaScript, for where neither native code nor WebAssembly is at hand.
 *
 * Some ten times slower than native. Takes an empty password, which hash-wasm refuses.
 *
 * @source RFC 9106
 */
export const portableArgon2id: Argon2id = ({ password, salt, time, memory_kib, parallelism, length }) =>
  argon2idAsync(password, salt, { t: time, m: memory_kib, p: parallelism, dkLen: length })
