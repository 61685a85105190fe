import { createCipheriv, createDecipheriv, createHmac, hash } from 'node:crypto'
import type * as portable from './primitives.ts'

// The one file of this package that knows a platform: package.json puts it in the place of primitives.ts in Node. Answers
// are plain Uint8Arrays, since a Buffer compares, prints and slices differently.

const algorithm = 'aes-256-gcm'
const tagLength = 16
/** Else a shorter tag would do. */
const options = { authTagLength: tagLength }

export const sha256: typeof portable.sha256 = (message) => new Uint8Array(hash('sha256', message, 'buffer'))

export const hmacSha256: typeof portable.hmacSha256 = (key, message) =>
  new Uint8Array(createHmac('sha256', key).update(message).digest())

export const hmacSha512: typeof portable.hmacSha512 = (key, ...message) => {
  const mac = createHmac('sha512', key)
  for (const part of message) mac.update(part)
  return new Uint8Array(mac.digest())
}

export const sealAesGcm: typeof portable.sealAesGcm = (key, nonce, plain, associated) => {
  const cipher = createCipheriv(algorithm, key, nonce, options)
  if (associated !== undefined) cipher.setAAD(associated)
  const sealed = new Uint8Array(plain.length + tagLength)
  sealed.set(cipher.update(plain))
  cipher.final()
  sealed.set(cipher.getAuthTag(), plain.length)
  return sealed
}

export const openAesGcm: typeof portable.openAesGcm = (key, nonce, sealed, associated) => {
  const cipher = createDecipheriv(algorithm, key, nonce, options)
  if (associated !== undefined) cipher.setAAD(associated)
  cipher.setAuthTag(sealed.subarray(-tagLength))
  const plain = new Uint8Array(cipher.update(sealed.subarray(0, -tagLength)))
  cipher.final()
  return plain
}
