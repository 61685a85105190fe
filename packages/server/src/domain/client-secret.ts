import { hash } from 'node:crypto'

/** What every client secret made here begins with, for people and for scanners of leaked secrets. */
export const clientSecretPrefix = 'vks_'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const secretBytes = 32
/** The fewest base62 digits that hold 32 bytes. */
const secretDigits = 43
const checksumBytes = 4
const checksumDigits = 6
const form = new RegExp(`^${clientSecretPrefix}[0-9A-Za-z]{${secretDigits + checksumDigits}}$`)

/**
 * A new client secret: `vks_`, 32 random bytes as 43 base62 digits, and a checksum of 6; 53 characters, all of them
 * letters, digits or `_`, so that no shell, dotenv file or URL changes it. Its UTF-8 bytes, undecoded, are the HMAC key.
 */
export function newClientSecret(random: (length: number) => Buffer): string {
  const text = clientSecretPrefix + base62(random(secretBytes), secretDigits)
  return text + checksumOf(text)
}

/** True for a text of this form whose checksum fits: some server's client secret, used or leaked, and not a typing error. */
export function looksLikeClientSecret(text: string): boolean {
  return form.test(text) && checksumOf(text.slice(0, -checksumDigits)) === text.slice(-checksumDigits)
}

/** The first 4 bytes of the SHA-256 of everything before it, big-endian, as 6 base62 digits. */
function checksumOf(text: string): string {
  return base62(hash('sha256', text, 'buffer').subarray(0, checksumBytes), checksumDigits)
}

/** Big-endian, padded on the left with `0` to `width` digits, which must be enough. */
function base62(bytes: Buffer, width: number): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`)
  let digits = ''
  while (digits.length < width) {
    digits = alphabet.charAt(Number(rest % 62n)) + digits
    rest /= 62n
  }
  return digits
}
