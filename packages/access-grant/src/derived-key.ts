import { hmacSha512 } from '#primitives'
import { type BytesLike, bytesOf } from './bytes.ts'
import { encodeUtf8 } from './text.ts'

/** Length of every encryption key, in bytes. */
export const keyLength = 32

const pathLabel = encodeUtf8('path:')

/** The first 32 bytes of HMAC-SHA512(key, message). @source storj/common encryption/encryption.go */
export function deriveKey(key: Uint8Array, message: BytesLike): Uint8Array {
  return hmacSha512(key, bytesOf(message)).slice(0, keyLength)
}

/** The key of one component below `key`. The component is unencrypted and may be empty. */
export function childKey(key: Uint8Array, component: BytesLike): Uint8Array {
  return hmacSha512(key, pathLabel, bytesOf(component)).slice(0, keyLength)
}

/** The key that protects the content of the object whose path key this is. */
export function contentKey(pathKey: Uint8Array): Uint8Array {
  return deriveKey(pathKey, 'content')
}
