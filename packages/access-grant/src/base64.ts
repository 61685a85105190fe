import { AccessGrantError } from './errors.ts'

const standard = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const urlSafe = `${standard.slice(0, 62)}-_`

/** Standard base64, padded. @source RFC 4648 §4 */
export function base64Of(bytes: Uint8Array): string {
  return encode(bytes, standard)
}

/** URL-safe base64, padded. @source RFC 4648 §5 */
export function base64UrlOf(bytes: Uint8Array): string {
  return encode(bytes, urlSafe)
}

/** URL-safe base64 without padding, as codes and sealed keys are written. @source RFC 4648 §5 */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, urlSafe).replace(/=+$/u, '')
}

/** The inverse of {@link encodeBase64Url}. @throws AccessGrantError `format` for anything it never writes */
export function decodeBase64Url(text: string): Uint8Array {
  if (/^[A-Za-z0-9_-]*$/u.test(text) && text.length % 4 !== 1) {
    const bytes = bytesOfBase64Url(text.padEnd(Math.ceil(text.length / 4) * 4, '='))
    if (encodeBase64Url(bytes) === text) return bytes
  }
  throw new AccessGrantError('format', 'not base64url without padding')
}

/** Reads padded URL-safe base64. Line ends are passed over and spare bits ignored, as in Go. */
export function bytesOfBase64Url(text: string): Uint8Array {
  const chars = text.replace(/[\r\n]/gu, '')
  if (chars.length % 4 !== 0 || !/^[\w-]*={0,2}$/u.test(chars)) {
    throw new AccessGrantError('decryption', 'not padded URL-safe base64')
  }
  const digits = chars.replace(/=+$/u, '')
  const bytes = new Uint8Array((digits.length * 6) >> 3)
  let bits = 0
  for (let i = 0, at = 0; i < digits.length; i++) {
    bits = (bits << 6) | urlSafe.indexOf(digits.charAt(i))
    if (i % 4 !== 0) bytes[at++] = bits >> (6 - 2 * (i % 4))
  }
  return bytes
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3)
    const bits = (a << 16) | (b << 8) | c
    for (const shift of [18, 12, 6, 0]) text += alphabet.charAt((bits >> shift) & 63)
  }
  const missing = (3 - (bytes.length % 3)) % 3
  return text.slice(0, text.length - missing) + '='.repeat(missing)
}
