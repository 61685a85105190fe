import { sha256 } from '#primitives'
import { digitsOf, numberOf } from './base58-digits.ts'
import { equalBytes } from './bytes.ts'
import { AccessGrantError } from './errors.ts'
import { decodeAscii, encodeUtf8 } from './text.ts'

const alphabet = encodeUtf8('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz')
const invalid = 255
const digitOf: Uint8Array = Uint8Array.from({ length: 256 }, (_, char) => alphabet.indexOf(char)) // -1 is invalid

/** Longer texts are refused before any work: the work still grows faster than the text. */
export const maxBase58Length = 65_536
const maxBytes = Math.floor(maxBase58Length / 1.3658) // a little more than log(256) / log(58)

/** Base58 of the bytes: one leading `1` per leading zero byte, then the number without leading zeros. */
export function encodeBase58(bytes: Uint8Array): string {
  if (bytes.length > maxBytes) throw tooLong()
  const zeros = leading(bytes, 0)
  if (zeros === bytes.length) return '1'.repeat(zeros)

  const digits = digitsOf(bytes.subarray(zeros))
  const first = leading(digits, 0)
  for (let i = first; i < digits.length; i++) digits[i] = alphabet[digits[i] ?? 0] ?? invalid
  return '1'.repeat(zeros) + decodeAscii(digits.subarray(first))
}

/** The bytes of a base58 text; empty when a character is outside the alphabet, as the Go code has it. */
export function decodeBase58(text: string): Uint8Array {
  if (text.length > maxBase58Length) throw tooLong()
  const digits = encodeUtf8(text)
  for (let i = 0; i < digits.length; i++) digits[i] = digitOf[digits[i] ?? invalid] ?? invalid
  if (digits.includes(invalid)) return new Uint8Array()

  const zeros = leading(digits, 0)
  const padded = numberOf(digits.subarray(zeros))
  const number = padded.subarray(leading(padded, 0))
  const bytes = new Uint8Array(zeros + number.length)
  bytes.set(number, zeros)
  return bytes
}

/** Base58 of version ‖ payload ‖ the first four bytes of the doubled SHA-256 of both. */
export function encodeBase58Check(payload: Uint8Array, version: number): string {
  const envelope = new Uint8Array(1 + payload.length + 4)
  envelope[0] = version
  envelope.set(payload, 1)
  envelope.set(checksumOf(envelope.subarray(0, -4)), 1 + payload.length)
  return encodeBase58(envelope)
}

/** @throws AccessGrantError `format` (a bad character, fewer than five bytes), `checksum`, `too_long` */
export function decodeBase58Check(text: string): { readonly version: number; readonly payload: Uint8Array } {
  const envelope = decodeBase58(text)
  const [version] = envelope
  if (version === undefined || envelope.length < 5) {
    throw new AccessGrantError(
      'format',
      'a character is outside the base58 alphabet, or the text is too short',
    )
  }
  if (!equalBytes(checksumOf(envelope.subarray(0, -4)), envelope.subarray(-4))) {
    throw new AccessGrantError('checksum', 'the checksum differs: characters are missing or mistyped')
  }
  return { version, payload: envelope.slice(1, -4) }
}

function leading(bytes: Uint8Array, value: number): number {
  let count = 0
  while (count < bytes.length && bytes[count] === value) count++
  return count
}

function checksumOf(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes)).subarray(0, 4)
}

function tooLong(): AccessGrantError {
  return new AccessGrantError('too_long', `longer than ${maxBase58Length} characters`)
}
