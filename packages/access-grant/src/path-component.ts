import { secretbox } from '@noble/ciphers/salsa.js'
import { openAesGcm, sealAesGcm } from '#primitives'
import { base64UrlOf, bytesOfBase64Url } from './base64.ts'
import { concatBytes } from './bytes.ts'
import { childKey, deriveKey } from './derived-key.ts'
import { AccessGrantError } from './errors.ts'
import { decodeUtf8, encodeUtf8 } from './text.ts'

/** How names are encrypted. Numbers beyond these parse, but can encrypt nothing. */
export const cipherSuite = {
  unspecified: 0,
  /** Names stay as they are. */
  null: 1,
  /** AES-256-GCM. */
  aes_gcm: 2,
  /** XSalsa20-Poly1305. */
  secret_box: 3,
  /** Encrypted names are shown in base64url; a view for clients, never stored. */
  null_base64_url: 4,
} as const

/** A number of {@link cipherSuite}, or any other that fits a byte. */
export type CipherSuite = number

const slash = 0x2f
const gcmNonceLength = 12
const gcmTagLength = 16
const boxNonceLength = 24

/** The pieces between slashes. The empty path has none; `a/` has two, the last one empty. */
export function componentsOf(path: Uint8Array): Uint8Array[] {
  if (path.length === 0) return []
  const components: Uint8Array[] = []
  let start = 0
  for (let end = path.indexOf(slash); end !== -1; end = path.indexOf(slash, start)) {
    components.push(path.slice(start, end))
    start = end + 1
  }
  components.push(path.slice(start))
  return components
}

export function joinComponents(components: readonly Uint8Array[]): Uint8Array {
  return concatBytes(components, Uint8Array.of(slash))
}

/** True for ciphers under which a name's bytes say all there is to it, without a key. */
export function isKeyless(cipher: CipherSuite): boolean {
  return cipher === cipherSuite.null || cipher === cipherSuite.null_base64_url
}

/**
 * Encrypts one component, always to the same bytes: the nonce comes from the component's own key, the
 * seal uses its parent's. Callers who have the component's own key at hand may pass it.
 *
 * @source storj/common encryption/path.go
 */
export function encryptComponent(
  component: Uint8Array,
  cipher: CipherSuite,
  parentKey: Uint8Array,
  ownKey?: Uint8Array,
): Uint8Array {
  if (cipher === cipherSuite.null) return component
  if (cipher === cipherSuite.null_base64_url) return bytesOfBase64Url(decodeUtf8(component) ?? '?')
  const nonce = deriveKey(ownKey ?? childKey(parentKey, component), 'nonce').subarray(0, nonceLength(cipher))
  const body = component.length === 0 ? component : seal(cipher, parentKey, nonce, component)
  return encodeSegment(concatBytes([nonce, body]))
}

/**
 * Decrypts one component. An empty one, or a nonce with nothing behind it, gives the empty component
 * without any proof that it was made with this key.
 *
 * @throws AccessGrantError `decryption` `cipher`
 */
export function decryptComponent(
  encrypted: Uint8Array,
  cipher: CipherSuite,
  parentKey: Uint8Array,
): Uint8Array {
  if (encrypted.length === 0 || cipher === cipherSuite.null) return encrypted
  if (cipher === cipherSuite.null_base64_url) return encodeUtf8(base64UrlOf(encrypted))
  const data = decodeSegment(encrypted)
  const length = nonceLength(cipher)
  if (data.length < length) throw new AccessGrantError('decryption', 'a component is shorter than its nonce')
  if (data.length === length) return new Uint8Array()
  return open(cipher, parentKey, data.subarray(0, length), data.subarray(length))
}

/** True when AES-GCM makes a segment of this length of the component; nothing shorter passes for it. */
export function couldEncryptComponent(encrypted: Uint8Array, component: Uint8Array): boolean {
  const body = component.length === 0 ? 0 : component.length + gcmTagLength
  try {
    return decodeSegment(encrypted).length === gcmNonceLength + body
  } catch {
    return false
  }
}

/**
 * Writes bytes without 00, 2f and ff, so that they can stand between slashes and keep their order.
 *
 * @source storj/common docs/design/path-component-encoding.md
 */
export function encodeSegment(raw: Uint8Array): Uint8Array {
  if (raw.length === 0) return Uint8Array.of(0x01)
  const encoded = new Uint8Array(1 + 2 * raw.length)
  let at = 0
  encoded[at++] = 0x02
  for (const byte of raw) {
    const mark = escapeOf(byte)
    encoded[at++] = mark ?? byte
    if (mark !== undefined) encoded[at++] = mark === 0x01 ? byte + 1 : byte - mark + 1
  }
  return encoded.slice(0, at)
}

/** The inverse of {@link encodeSegment}. @throws AccessGrantError `decryption` for anything it never writes */
export function decodeSegment(encoded: Uint8Array): Uint8Array {
  const refuse = (message: string) => new AccessGrantError('decryption', message)
  if (encoded[0] === 0x01 && encoded.length === 1) return new Uint8Array()
  if (encoded[0] !== 0x02 || encoded.length === 1) throw refuse('the segment does not begin as segments do')
  const raw = new Uint8Array(encoded.length - 1)
  let at = 0
  for (let i = 1; i < encoded.length; i++) {
    const byte = encoded[i] ?? 0
    if (byte === 0x00 || byte === slash || byte === 0xff) throw refuse('the segment holds a forbidden byte')
    if (byte !== 0x01 && byte !== 0x2e && byte !== 0xfe) {
      raw[at++] = byte
      continue
    }
    const which = encoded[++i]
    if (which !== 1 && which !== 2) throw refuse('the segment holds a broken escape')
    raw[at++] = byte === 0x01 ? which - 1 : byte + which - 1
  }
  return raw.slice(0, at)
}

function escapeOf(byte: number): number | undefined {
  if (byte <= 0x01) return 0x01
  if (byte === 0x2e || byte === slash) return 0x2e
  return byte >= 0xfe ? 0xfe : undefined
}

function nonceLength(cipher: CipherSuite): number {
  return cipher === cipherSuite.aes_gcm ? gcmNonceLength : boxNonceLength
}

function seal(cipher: CipherSuite, key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Uint8Array {
  if (cipher === cipherSuite.aes_gcm) return sealAesGcm(key, nonce, plain)
  if (cipher === cipherSuite.secret_box) return secretbox(key, nonce).seal(plain)
  throw unsupported(cipher)
}

function open(cipher: CipherSuite, key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (cipher !== cipherSuite.aes_gcm && cipher !== cipherSuite.secret_box) throw unsupported(cipher)
  try {
    if (cipher === cipherSuite.aes_gcm) return openAesGcm(key, nonce, sealed)
    return secretbox(key, nonce).open(sealed)
  } catch (cause) {
    throw new AccessGrantError('decryption', 'the component was not made with this key', { cause })
  }
}

function unsupported(cipher: CipherSuite): AccessGrantError {
  return new AccessGrantError('cipher', `cipher ${cipher} cannot encrypt names`)
}
