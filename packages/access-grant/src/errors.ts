/**
 * Why a value was refused. The words are stable: programs branch on them, messages are for people.
 *
 * - `format` `checksum` `version` `too_long`: the base58check envelope
 * - `protobuf` `macaroon` `satellite_address` `encryption_access` `store_entry`: what is inside
 * - `permission_empty` `time_range` `ttl` `nonce` `prefix`: a restriction that makes no sense
 * - `missing_encryption_base` `missing_decryption_base` `decryption` `cipher` `key` `seal`: keys and paths
 * - `node_id` `node_url` `share_url`: addresses
 */
export type AccessGrantErrorCode =
  | 'format'
  | 'checksum'
  | 'version'
  | 'too_long'
  | 'protobuf'
  | 'macaroon'
  | 'satellite_address'
  | 'encryption_access'
  | 'store_entry'
  | 'permission_empty'
  | 'time_range'
  | 'ttl'
  | 'nonce'
  | 'prefix'
  | 'missing_encryption_base'
  | 'missing_decryption_base'
  | 'decryption'
  | 'cipher'
  | 'key'
  | 'seal'
  | 'node_id'
  | 'node_url'
  | 'share_url'

/** A deliberate no of this library. Its message never holds a key, a passphrase or a whole credential. */
export class AccessGrantError extends Error {
  override readonly name = 'AccessGrantError'
  readonly code: AccessGrantErrorCode

  constructor(code: AccessGrantErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
