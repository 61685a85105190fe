import type { ApiKey } from './api-key.ts'
import { restrictApiKey } from './api-key.ts'
import { decodeBase58Check, encodeBase58Check } from './base58.ts'
import { noBytes } from './bytes.ts'
import {
  encryptSharePrefixes,
  type Keys,
  limitToApiKey,
  readEncryptionStore,
  type SharePrefix,
  storeOf,
  writeEncryptionAccess,
} from './encryption-access.ts'
import type { EncryptionAccess } from './encryption-store.ts'
import { AccessGrantError } from './errors.ts'
import { parseMacaroon, serializeMacaroon } from './macaroon.ts'
import { type CipherSuite, cipherSuite } from './path-component.ts'
import { type Permission, permissionToCaveat } from './permission.ts'
import { MessageReader, MessageWriter } from './protobuf.ts'
import { bytesOfAnyText, textOfAnyBytes } from './text.ts'

/** What it takes to use a project, or a shared part of it: where, with what right, with which keys. */
export interface AccessGrant {
  /** Usually a node URL, see `parseNodeUrl`; kept as it is written. */
  readonly satellite_address: string
  readonly api_key: ApiKey
  readonly encryption_access: EncryptionAccess
}

/**
 * Puts an access grant together, from a root key or from keys that are already limited.
 *
 * Keys that the API key could not use are left out, so a restricted API key never carries the root key.
 *
 * @param form.root_key 32 bytes, see `deriveRootKey`
 * @throws AccessGrantError `satellite_address` `key` `store_entry`
 */
export function createAccessGrant(
  form: { readonly satellite_address: string; readonly api_key: ApiKey } & (
    | { readonly root_key: Uint8Array; readonly path_cipher?: CipherSuite }
    | { readonly encryption_access: Keys }
  ),
): AccessGrant {
  const { satellite_address, api_key } = form
  const store = storeOf(
    'root_key' in form
      ? {
          default_key: form.root_key,
          default_path_cipher: form.path_cipher ?? cipherSuite.aes_gcm,
          store_entries: [],
        }
      : form.encryption_access,
  )
  return checked({ satellite_address, api_key, encryption_access: limitToApiKey(store, api_key) })
}

/**
 * Reads an access grant. Whether its API key is genuine only the satellite can tell.
 *
 * It may hold fewer keys than its bytes, for those that its API key cannot use are dropped.
 *
 * @source storj/common grant/access.go (ParseAccess)
 * @throws AccessGrantError `format` `checksum` `version` `too_long` `protobuf` `satellite_address`
 *   `macaroon` `encryption_access` `store_entry` `key`
 */
export function parseAccessGrant(text: string): AccessGrant {
  const { version, payload } = decodeBase58Check(text)
  if (version !== 0) throw new AccessGrantError('version', `version ${version} of access grants is unknown`)

  const reader = new MessageReader(payload)
  let satellite = noBytes
  let apiKey = noBytes
  const access: MessageReader[] = []
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) satellite = reader.bytes()
    else if (field === 2) apiKey = reader.bytes()
    else if (field === 3) access.push(reader.message())
    else reader.skip()
  }
  if (satellite.length === 0) throw noSatellite()
  const api_key = parseMacaroon(apiKey)
  if (access.length === 0) {
    throw new AccessGrantError('encryption_access', 'the access grant has no encryption access')
  }
  const encryption_access = limitToApiKey(readEncryptionStore(access), api_key)
  return { satellite_address: textOfAnyBytes(satellite), api_key, encryption_access }
}

/**
 * The text of an access grant. Prefix keys keep the order of the paths in the API key.
 *
 * @throws AccessGrantError `satellite_address` `too_long`
 */
export function serializeAccessGrant(grant: AccessGrant): string {
  const { satellite_address, api_key, encryption_access } = checked(grant)
  const writer = new MessageWriter()
  writer.bytes(1, bytesOfAnyText(satellite_address))
  writer.bytes(2, serializeMacaroon(api_key))
  writer.message(3, () => writeEncryptionAccess(writer, encryption_access))
  return encodeBase58Check(writer.finish(), 0)
}

/**
 * A narrower access grant, made offline: less permission, fewer paths, fewer keys. The given one stays as it is.
 *
 * Without prefixes it reaches as far as before. Sharing a bucket that the keys do not cover succeeds and
 * gives a grant that can do nothing useful; `describeAccessGrant` warns of it.
 *
 * @param nonce 4 fresh random bytes
 * @source storj/common grant/restrict.go
 * @throws AccessGrantError `permission_empty` `time_range` `ttl` `nonce` `missing_encryption_base`
 */
export function restrictAccessGrant(
  grant: AccessGrant,
  permission: Permission,
  prefixes: readonly SharePrefix[],
  nonce: Uint8Array,
): AccessGrant {
  const caveat = permissionToCaveat(permission, [], nonce)
  const store = storeOf(grant.encryption_access)
  const allowed_paths = encryptSharePrefixes(store, prefixes)
  const api_key = restrictApiKey(grant.api_key, { ...caveat, allowed_paths })
  const encryption_access = limitToApiKey(store, api_key)
  return { satellite_address: grant.satellite_address, api_key, encryption_access }
}

function checked(grant: AccessGrant): AccessGrant {
  if (grant.satellite_address === '') throw noSatellite()
  return grant
}

function noSatellite(): AccessGrantError {
  return new AccessGrantError('satellite_address', 'the access grant has no satellite address')
}
