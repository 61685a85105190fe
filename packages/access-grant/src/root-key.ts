import { hmacSha256, sha256 } from '#primitives'
import { type BytesLike, bytesOf } from './bytes.ts'
import { keyLength } from './derived-key.ts'
import { AccessGrantError } from './errors.ts'

/** Argon2id, version 0x13. Handed in, because the good ones are native or WebAssembly. */
export type Argon2id = (input: {
  readonly password: Uint8Array
  readonly salt: Uint8Array
  /** Passes over the memory. */
  readonly time: number
  readonly memory_kib: number
  /** Part of the result, not only of the speed. */
  readonly parallelism: number
  /** Of the result, in bytes. */
  readonly length: number
}) => Promise<Uint8Array>

/**
 * The root key of a project, from which every bucket and path key follows. 32 bytes.
 *
 * @param form.salt the project's salt, 16 or 32 bytes
 * @param form.passphrase may be empty
 * @param form.path empty for every access grant issued in practice
 * @param form.parallelism 8 for a project, 1 for the key of one user in it (see `overrideKey`)
 * @source storj/common encryption/password.go
 */
export async function deriveRootKey(form: {
  readonly passphrase: BytesLike
  readonly salt: Uint8Array
  readonly argon2id: Argon2id
  readonly path?: BytesLike
  readonly parallelism?: number
}): Promise<Uint8Array> {
  const { salt, argon2id, path = '', parallelism = 8 } = form
  const password = bytesOf(form.passphrase)
  const mixed = hmacSha256(password, salt)
  const pathSalt = hmacSha256(mixed, bytesOf(path))
  const key = await argon2id({
    password,
    salt: pathSalt,
    time: 1,
    memory_kib: 65_536,
    parallelism,
    length: keyLength,
  })
  if (key.length !== keyLength) throw new AccessGrantError('key', 'argon2id did not answer 32 bytes')
  return key
}

/** The salt of a project that was never given one: SHA-256 of its private 16-byte id. 32 bytes. */
export function fallbackSalt(projectId: Uint8Array): Uint8Array {
  return sha256(projectId)
}
