import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes } from './bytes.ts'
import { AccessGrantError } from './errors.ts'
import { decodeAscii, encodeUtf8 } from './text.ts'

// Changing the base digit by digit costs a step per byte and digit. Halving the number instead leaves
// the long division to BigInt: a tree whose leaves are nine digits, the most that a double holds exactly.

const alphabet = encodeUtf8('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz')
const one = 0x31
const invalid = 255
const digitOf: Uint8Array = Uint8Array.from({ length: 256 }, (_, char) => alphabet.indexOf(char))

const leafDigits = 9
const leafPower = 58n ** 9n
const digitsPerByte = 1.3658 // a little more than log(256) / log(58)

/** Longer texts are refused before any work: the work still grows faster than the text. */
export const maxBase58Length = 65_536
const maxBytes = Math.floor(maxBase58Length / digitsPerByte)

/** Base58 of the bytes: one leading `1` per leading zero byte, then the number without leading zeros. */
export function encodeBase58(bytes: Uint8Array): string {
  if (bytes.length > maxBytes) throw tooLong()
  const zeros = leading(bytes, 0)
  if (zeros === bytes.length) return '1'.repeat(zeros)

  const leaves = Math.ceil(((bytes.length - zeros) * digitsPerByte) / leafDigits)
  const powers = powersFor(leaves)
  const digits = new Uint8Array(leafDigits << powers.length).fill(one)
  writeDigits(numberOf(bytes.subarray(zeros)), powers, powers.length, digits, digits.length)
  return '1'.repeat(zeros) + decodeAscii(digits.subarray(leading(digits, one)))
}

/** The bytes of a base58 text; empty when a character is outside the alphabet, as the Go code has it. */
export function decodeBase58(text: string): Uint8Array {
  if (text.length > maxBase58Length) throw tooLong()
  const digits = new Uint8Array(text.length)
  for (let i = 0; i < digits.length; i++) digits[i] = digitOf[text.charCodeAt(i)] ?? invalid
  if (digits.includes(invalid)) return new Uint8Array()

  const zeros = leading(digits, 0)
  return bytesOf(joinLeaves(leavesOf(digits.subarray(zeros))), zeros)
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

/** 58^9, 58^18, 58^36 …: each halves what the next one left, until a leaf is left. */
function powersFor(leaves: number): bigint[] {
  const powers: bigint[] = []
  let power = leafPower
  for (let covered = 1; covered < leaves; covered *= 2) {
    powers.push(power)
    if (covered * 2 < leaves) power *= power
  }
  return powers
}

function writeDigits(
  number: bigint,
  powers: readonly bigint[],
  level: number,
  digits: Uint8Array,
  end: number,
): void {
  const power = powers[level - 1]
  if (power === undefined) {
    writeLeaf(Number(number), digits, end)
    return
  }
  const upper = number / power
  writeDigits(number - upper * power, powers, level - 1, digits, end)
  if (upper !== 0n) writeDigits(upper, powers, level - 1, digits, end - (leafDigits << (level - 1)))
}

const quad = 58 ** 4
const pair = 58 ** 2

function writeLeaf(number: number, digits: Uint8Array, end: number): void {
  const upper = Math.floor(number / quad)
  const first = Math.floor(upper / quad)
  writeQuad(number - upper * quad, digits, end - 4)
  writeQuad(upper - first * quad, digits, end - 8)
  digits[end - 9] = alphabet[first] ?? one
}

function writeQuad(number: number, digits: Uint8Array, at: number): void {
  const left = (number / pair) | 0
  const right = (number | 0) - left * pair // the remainder of doubles is slow, of integers it is not
  digits[at] = alphabet[(left / 58) | 0] ?? one
  digits[at + 1] = alphabet[left % 58] ?? one
  digits[at + 2] = alphabet[(right / 58) | 0] ?? one
  digits[at + 3] = alphabet[right % 58] ?? one
}

/** Lowest first. */
function leavesOf(digits: Uint8Array): bigint[] {
  const leaves: bigint[] = []
  for (let end = digits.length; end > 0; end -= leafDigits) {
    let leaf = 0
    for (let i = Math.max(0, end - leafDigits); i < end; i++) leaf = leaf * 58 + (digits[i] ?? 0)
    leaves.push(BigInt(leaf))
  }
  return leaves
}

/** Joins neighbours, round by round, so that the last multiplication is of two halves. */
function joinLeaves(leaves: bigint[]): bigint {
  let parts = leaves
  for (let power = leafPower; parts.length > 1; power *= power) {
    const joined: bigint[] = []
    for (let i = 0; i < parts.length; i += 2) {
      const upper = parts[i + 1]
      const lower = parts[i] ?? 0n
      joined.push(upper === undefined ? lower : upper * power + lower)
    }
    parts = joined
  }
  return parts[0] ?? 0n
}

// BigInt has no door for bytes, but reads and writes hexadecimal in linear time.
const hexDigits = encodeUtf8('0123456789abcdef')

function numberOf(bytes: Uint8Array): bigint {
  const hex = new Uint8Array(2 * bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    hex[2 * i] = hexDigits[byte >> 4] ?? 0
    hex[2 * i + 1] = hexDigits[byte & 15] ?? 0
  }
  return BigInt(`0x${decodeAscii(hex)}`)
}

function bytesOf(number: bigint, zeros: number): Uint8Array {
  const hex = number === 0n ? '' : number.toString(16)
  const odd = hex.length % 2
  const bytes = new Uint8Array(zeros + (hex.length + odd) / 2)
  for (let i = 0; i < hex.length; i++) {
    const at = zeros + ((i + odd) >> 1)
    bytes[at] = ((bytes[at] ?? 0) << 4) | nibble(hex.charCodeAt(i))
  }
  return bytes
}

function nibble(char: number): number {
  return char < 0x3a ? char - 0x30 : char - 0x57
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
