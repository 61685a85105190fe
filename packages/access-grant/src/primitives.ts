import { gcm } from '@noble/ciphers/aes.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as hashed, sha512 } from '@noble/hashes/sha2.js'

// What is hashed and sealed with, in plain JavaScript: for every platform. Import it as `#primitives`, which in Node is
// primitives-node.ts: the same from its own library, several times as fast.

/** 32 bytes. */
export const sha256 = (message: Uint8Array): Uint8Array => hashed(message)

/** 32 bytes. */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac(hashed, key, message)

/** 64 bytes, for a message that may come in parts. */
export function hmacSha512(key: Uint8Array, ...message: readonly Uint8Array[]): Uint8Array {
  const mac = hmac.create(sha512, key)
  for (const part of message) mac.update(part)
  return mac.digest()
}

/** AES-256-GCM: ciphertext ‖ tag (16 bytes). @param nonce 12 bytes @source NIST SP 800-38D */
export const sealAesGcm = (
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  associated?: Uint8Array,
): Uint8Array => gcm(key, nonce, associated).encrypt(plain)

/** The inverse of {@link sealAesGcm}. @throws Error for whatever was not sealed so */
export const openAesGcm = (
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated?: Uint8Array,
): Uint8Array => gcm(key, nonce, associated).decrypt(sealed)
