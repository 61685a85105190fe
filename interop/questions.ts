// What the judge can be asked, in its own words: see go/README.md. Names are those of the protobuf messages and
// Go structs, so that a name we got wrong cannot pass unnoticed.

/** Bytes, as lower-case hex. */
export type Hex = string
/** A 64-bit number, as decimals. */
export type Int64 = string

export interface GoTimestamp {
  seconds: Int64
  nanos: number
}

export type Flag =
  | 'disallow_reads'
  | 'disallow_writes'
  | 'disallow_lists'
  | 'disallow_deletes'
  | 'disallow_locks'
  | 'disallow_put_retention'
  | 'disallow_get_retention'
  | 'disallow_put_legal_hold'
  | 'disallow_get_legal_hold'
  | 'disallow_bypass_governance_retention'
  | 'disallow_put_bucket_object_lock_configuration'
  | 'disallow_get_bucket_object_lock_configuration'
  | 'disallow_put_bucket_notification_configuration'
  | 'disallow_get_bucket_notification_configuration'

/** A caveat by its protobuf names; what is false, empty or absent is left out. */
export type GoCaveat = { [flag in Flag]?: boolean } & {
  allowed_paths?: { bucket: Hex; encrypted_path_prefix: Hex }[]
  not_after?: GoTimestamp
  not_before?: GoTimestamp
  max_object_ttl?: Int64
  nonce?: Hex
}

export interface GoRawCaveat {
  raw: Hex
  fields?: GoCaveat
  error?: string
}

export interface GoApiKey {
  head: Hex
  caveats?: GoRawCaveat[]
  tail: Hex
  raw: Hex
  api_key: string
}

export interface GoStoreEntry {
  bucket: Hex
  unencrypted_path: Hex
  encrypted_path: Hex
  key: Hex
  path_cipher: number
}

/** A key store. Entries are written by the judge in order of bucket and unencrypted path. */
export interface GoEncryptionAccess {
  default_key?: Hex
  default_path_cipher: number
  store_entries?: GoStoreEntry[]
}

export interface GoAccessGrant {
  satellite_address: Hex
  api_key: GoApiKey
  encryption_access: GoEncryptionAccess
  access_grant: string
  payload: Hex
}

type GoRestricted = GoAccessGrant & { caveat: GoRawCaveat }

/** The fields of grant.Permission, under their Go names. */
export type GoPermission = { [allow in `Allow${string}`]?: boolean } & {
  NotBefore?: GoTimestamp
  NotAfter?: GoTimestamp
  MaxObjectTTL?: Int64
}

export interface RootForm {
  head: Hex
  secret: Hex
  caveats: Hex[]
}

export interface CreateForm {
  satellite_address: Hex
  api_key: RootForm
  encryption_access: GoEncryptionAccess
}

export interface RestrictForm {
  access_grant: string
  permission: GoPermission
  prefixes: { bucket: Hex; prefix: Hex }[]
}

export interface OverrideForm {
  access_grant: string
  bucket: Hex
  prefix: Hex
  passphrase: Hex
  salt: Hex
}

export interface PathForm {
  encryption_access: GoEncryptionAccess
  bucket: Hex
  path: Hex
}

export interface GoPathInfo {
  unencrypted: Hex
  encrypted: Hex
  key: Hex
}

interface GoPrefixInfo {
  path_cipher: number
  path: GoPathInfo
  parent: GoPathInfo
}

export interface ShareUrlForm {
  base_url: string
  access_key_id: string
  bucket: Hex
  key: Hex
  raw: boolean
}

export interface CheckForm {
  api_key: string
  secret: Hex
  version: number
  action: { op: number; bucket: Hex; encrypted_path: Hex; time: GoTimestamp }
  revoked?: Hex[]
}

interface Decision {
  decision: 'ok' | 'invalid' | 'unauthorized' | 'format' | 'revoked' | 'error'
  allowed_buckets?: { all: boolean; named?: Hex[] }
  max_object_ttl?: Int64
}

/** Every question the judge knows. */
export interface Verbs {
  decode_access_grant: {
    form: { access_grant: string }
    answer: GoAccessGrant & {
      received: Hex
      uplink?: { satellite_address?: string; access_grant?: string; error?: string }
    }
  }
  create_access_grant: { form: CreateForm; answer: GoAccessGrant }
  restrict_access_grant: { form: RestrictForm; answer: GoRestricted }
  share_access_grant: { form: RestrictForm; answer: GoRestricted }
  override_key: { form: OverrideForm; answer: GoAccessGrant }
  decode_api_key: { form: { api_key: string }; answer: GoApiKey }
  create_api_key: { form: RootForm; answer: GoApiKey }
  check_api_key: { form: CheckForm; answer: Decision }
  decode_caveat: { form: { raw: Hex }; answer: GoCaveat }
  encode_caveat: { form: GoCaveat; answer: { raw: Hex } }
  derive_root_key: {
    form: { passphrase: Hex; salt: Hex; path: Hex; parallelism: number }
    answer: { key: Hex }
  }
  encrypt_path: { form: PathForm; answer: { path: Hex } }
  encrypt_prefix: { form: PathForm; answer: { path: Hex } }
  decrypt_path: { form: PathForm; answer: { path: Hex } }
  derive_path_key: { form: PathForm; answer: { key: Hex } }
  describe_prefix: { form: PathForm; answer: GoPrefixInfo }
  parse_node_url: { form: { text: string }; answer: { id?: Hex; address: string; text: string } }
  format_share_url: { form: ShareUrlForm; answer: { url: string } }
  decode_base58check: { form: { text: string }; answer: { version: number; payload: Hex } }
  encode_base58check: { form: { version: number; payload: Hex }; answer: { text: string } }
}
