import type { AllowedPath } from './caveat.ts'
import { encryptSharePrefixes, limitToPaths, type SharePrefix } from './encryption-access.ts'
import { type EncryptionAccess, EncryptionStore } from './encryption-store.ts'
import { cipherSuite } from './path-component.ts'

/** What somebody who holds a root key gives away of it. */
export interface SharedKeys {
  /** The keys of the shared prefixes alone; the root key itself when all of the project is shared. */
  readonly encryption_access: EncryptionAccess
  /** One per prefix, in the same order: what an API key must be restricted to. None when all is shared. */
  readonly encrypted_prefixes: readonly AllowedPath[]
}

/**
 * What these parts of a project take, and nothing that opens more. Without prefixes that is the whole project.
 *
 * @param root_key 32 bytes, see `deriveRootKey`
 * @throws AccessGrantError `key`
 */
export function shareRootKey(root_key: Uint8Array, prefixes: readonly SharePrefix[]): SharedKeys {
  const whole = new EncryptionStore({
    default_key: root_key,
    default_path_cipher: cipherSuite.aes_gcm,
    store_entries: [],
  }).toAccess()
  const encrypted_prefixes = encryptSharePrefixes(whole, prefixes)
  const encryption_access = prefixes.length === 0 ? whole : limitToPaths(whole, encrypted_prefixes)
  return { encryption_access, encrypted_prefixes }
}
