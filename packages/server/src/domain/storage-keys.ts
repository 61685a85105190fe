import {
  AccessGrantError,
  cipherSuite,
  couldEncrypt,
  type EncryptionAccess,
  parseAccessGrant,
  sealOverhead,
  unsealEncryptionAccess,
} from '@valetkey/access-grant'
import type { EncryptedPrefix, Place } from '@valetkey/protocol'
import type { AuthorizationCode } from './authorization-code.ts'
import { failed, passed, type Verdict } from './verdict.ts'

/**
 * Keys that the user's browser sealed. They open with a half of the code that the browser made and this server never
 * sees, unless an app sends it to have them put into its access grant.
 */

/** A code as it is sent. */
export interface CodeHalves {
  /** What this server made and keeps the hash of. */
  readonly server_half: string
  /** What the browser put behind it, after a dot. */
  readonly browser_half: string | undefined
}

export function halvesOf(code: string): CodeHalves {
  const dot = code.indexOf('.')
  if (dot === -1) return { server_half: code, browser_half: undefined }
  return { server_half: code.slice(0, dot), browser_half: code.slice(dot + 1) }
}

/** The storage keys of a code were sealed by the browser; once it is spent they are gone, and this stays. */
export const isSealed = ({ encrypted_prefixes }: Pick<AuthorizationCode, 'encrypted_prefixes'>): boolean =>
  encrypted_prefixes !== null

/** What goes into an access grant, and beside it. */
export interface StorageKeys {
  /** Without any key while they are sealed. */
  readonly encryption_access: EncryptionAccess
  /** For whoever has the browser's half; absent when the keys are open. */
  readonly sealed_encryption_access?: string
}

/** An authorization code, or the family of refresh tokens that came of it. */
type Sealed = Pick<AuthorizationCode, 'client_id' | 'sealed_encryption_access'>

/** The keys in an access grant of this API key, for the one that takes its place. */
export function keysOfAccessGrant(access_grant: string, head: Uint8Array): Verdict<StorageKeys> {
  try {
    const { api_key, encryption_access } = parseAccessGrant(access_grant)
    if (Buffer.compare(api_key.head, head) === 0) return passed({ encryption_access }, { access_grant: true })
  } catch (thrown) {
    if (!(thrown instanceof AccessGrantError)) throw thrown
  }
  return failed('access_grant_foreign')
}

/** Opens the keys with the browser's half, or hands them on as they are when the half stayed with the app. */
export function unsealKeys(
  { client_id, sealed_encryption_access }: Sealed,
  browser_half: string | undefined,
  passphrase_sent: boolean,
): Verdict<StorageKeys> {
  const sealed = sealed_encryption_access ?? ''
  if (passphrase_sent) return failed('passphrase_unasked')
  if (browser_half === undefined) {
    return passed({ encryption_access: noKeys, sealed_encryption_access: sealed }, { browser_half: false })
  }
  const key = bytesOf(browser_half)
  if (key?.length !== 32) return failed('browser_half_malformed', { length: browser_half.length })
  try {
    const form = { key, associated_data: client_id }
    const encryption_access = unsealEncryptionAccess(Buffer.from(sealed, 'base64url'), form)
    return passed({ encryption_access }, { browser_half: true })
  } catch {
    return failed('browser_half_wrong')
  }
}

const noKeys: EncryptionAccess = { default_path_cipher: cipherSuite.aes_gcm, store_entries: [] }

/** True for a text that can be a seal with something in it: base64url without padding. */
export function isSeal(text: string): boolean {
  const bytes = bytesOf(text)
  return bytes !== undefined && bytes.length > sealOverhead
}

/** In bytes: what 65,536 base58 characters hold, less what an access grant has besides its paths. */
const roomForPaths = 47_000

/**
 * Whether an access grant has room for these places: each stands in it as a caveat's path and as a key with its path,
 * plain and encrypted, and encrypting adds 28 bytes to every component.
 */
export function fitAccessGrant(places: readonly Place[]): boolean {
  const weights = places.map(({ bucket, prefix }) => {
    const plain = Buffer.byteLength(prefix)
    // Some 1 in 80 of the encrypted bytes is written as two.
    const encrypted = 1.02 * (plain + 30 * prefix.split('/').length)
    return plain + 2 * encrypted + 2 * bucket.length + 80
  })
  return weights.reduce((sum, weight) => sum + weight, 0) <= roomForPaths
}

/** One encrypted prefix per place, in the same order, each such as encrypting the place's prefix makes. */
export function fitPlaces(prefixes: readonly EncryptedPrefix[], places: readonly Place[]): boolean {
  return (
    prefixes.length === places.length &&
    places.every(({ bucket, prefix }, at) => {
      const encrypted = bytesOf(prefixes[at]?.encrypted_path_prefix ?? '')
      if (encrypted === undefined || prefixes[at]?.bucket !== bucket) return false
      return couldEncrypt(encrypted, prefix.replace(/\/$/, ''))
    })
  )
}

/** Of canonical base64url without padding; undefined for any other text. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
