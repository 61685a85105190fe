import { argon2id as wasmArgon2id } from 'hash-wasm'
import { type AccessGrant, createAccessGrant } from '../access-grant.ts'
import type { ApiKey } from '../api-key.ts'
import { createMacaroon } from '../macaroon.ts'
import { noPermission, type Permission } from '../permission.ts'
import { portableArgon2id } from '../portable-argon2id.ts'
import type { Argon2id } from '../root-key.ts'

// The fixed inputs that the vectors were generated from.

export const head: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => i)
export const secret: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => 100 + i)
export const rootKey: Uint8Array = head.slice()
export const nonce: Uint8Array = Uint8Array.of(1, 2, 3, 4)
export const satelliteAddress = 'sat@127.0.0.1:7777'

export const readOnly: Permission = { ...noPermission, allow_download: true, allow_list: true }

export function anApiKey(): ApiKey {
  return createMacaroon({ head, secret })
}

export function anAccessGrant(path_cipher = 2): AccessGrant {
  return createAccessGrant({
    satellite_address: satelliteAddress,
    api_key: anApiKey(),
    root_key: rootKey,
    path_cipher,
  })
}

/** hash-wasm, which refuses an empty password; the portable one takes over there. */
export const argon2id: Argon2id = (input) => {
  const { password, salt, time, memory_kib, parallelism, length } = input
  if (password.length === 0) return portableArgon2id(input)
  return wasmArgon2id({
    password,
    salt,
    iterations: time,
    memorySize: memory_kib,
    parallelism,
    hashLength: length,
    outputType: 'binary',
  })
}
