import { encodeUtf8 } from './text.ts'

/** Bytes, or a text standing for its UTF-8 bytes. */
export type BytesLike = Uint8Array | string

/** No bytes at all; nothing can be written into it. */
export const noBytes: Uint8Array = new Uint8Array()

/** The bytes themselves, or the UTF-8 of the text. */
export function bytesOf(value: BytesLike): Uint8Array {
  return typeof value === 'string' ? encodeUtf8(value) : value
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && startsWith(a, b)
}

export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (prefix.length > bytes.length) return false
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false
  return true
}

/** One char per byte: a key for maps that compares like the bytes do. Not text. */
export function byteString(bytes: Uint8Array): string {
  const chunk = 4096 // arguments of one call live on the stack
  if (bytes.length <= chunk) return charsOf(bytes)
  let out = ''
  for (let i = 0; i < bytes.length; i += chunk) out += charsOf(bytes.subarray(i, i + chunk))
  return out
}

/** Takes bytes as they are, where spreading would walk through them first. */
const charsOf = (bytes: Uint8Array): string => Reflect.apply(String.fromCharCode, null, bytes)

/** One after another, with a separator between them if given. Takes a list: spread arguments have a limit. */
export function concatBytes(parts: readonly Uint8Array[], separator: Uint8Array = noBytes): Uint8Array {
  const gaps = Math.max(0, parts.length - 1) * separator.length
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, gaps))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
    if (at < joined.length) joined.set(separator, at)
    at += separator.length
  }
  return joined
}
