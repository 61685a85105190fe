import { bytesToHex } from '@noble/hashes/utils.js'
import type { AccessGrant } from './access-grant.ts'
import { effectivePaths } from './allowed-paths.ts'
import type { ApiKey } from './api-key.ts'
import { type AllowedPath, caveatToJson, parseCaveat } from './caveat.ts'
import { sentencesOf } from './describe-sentences.ts'
import { type GrantWarning, warningsOf } from './describe-warnings.ts'
import { effectivePermission } from './effective-permission.ts'
import { EncryptionStore } from './encryption-store.ts'
import { AccessGrantError } from './errors.ts'
import { formatNodeId, knownSatelliteId, parseNodeUrl } from './node-url.ts'
import { cipherSuite } from './path-component.ts'
import { decryptPath } from './path-encryption.ts'
import { type Permission, type PermissionFlag, permissionFlags } from './permission.ts'
import { s3Operations } from './s3-operations.ts'
import { decodeUtf8 } from './text.ts'
import { formatTimestamp, nanosecondsOf, type Timestamp } from './time.ts'

/** What an access grant is good for, as facts (all of them JSON) and as plain sentences. */
export interface AccessGrantDescription {
  readonly satellite: SatelliteFacts
  /** Public names of the key: where it comes from, and which one it is. Hex. */
  readonly api_key: { readonly head: string; readonly tail: string; readonly caveats: readonly unknown[] }
  readonly actions: readonly ActionFacts[]
  /** The whole project, some paths of it, or nothing because the caveats exclude each other. */
  readonly reach: 'project' | 'paths' | 'nothing'
  readonly paths: readonly PathFacts[]
  /** RFC 3339. Both ends still count. */
  readonly not_before?: string
  readonly not_after?: string
  readonly max_object_ttl_seconds?: number
  readonly encryption: EncryptionFacts
  readonly warnings: readonly GrantWarning[]
  readonly sentences: readonly string[]
}

export interface SatelliteFacts {
  readonly address: string
  /** `host:port`, when the address is a node URL. */
  readonly host?: string
  readonly node_id?: string
}

export interface ActionFacts {
  readonly flag: PermissionFlag
  readonly allowed: boolean
  /** What that means to an S3 client: calls on objects, and calls on whole buckets. */
  readonly object_operations: readonly string[]
  readonly bucket_operations: readonly string[]
}

export interface PathFacts {
  /** Absent when the name is not UTF-8; see the hex. */
  readonly bucket?: string
  readonly bucket_hex: string
  /** The plain prefix, empty for the whole bucket; absent when no key opens it or it is not UTF-8. */
  readonly prefix?: string
  readonly encrypted_prefix_hex: string
  /** Whether the grant can read and write names and content there. */
  readonly has_key: boolean
  readonly names_encrypted: boolean
}

export interface EncryptionFacts {
  /** The root key of the project, which opens everything in it. */
  readonly has_default_key: boolean
  readonly prefix_keys: number
  readonly path_cipher: string
}

/**
 * Explains an access grant to people, as far as it explains itself: the satellite may know the key as
 * deleted or revoked, and only the satellite can tell whether it is genuine.
 *
 * @param options.now adds a warning when the grant has ended or has not begun
 */
export function describeAccessGrant(
  grant: AccessGrant,
  options: { readonly now?: Timestamp } = {},
): AccessGrantDescription {
  const understood = understand(grant.api_key)
  const permission = understood?.permission
  const store = new EncryptionStore(grant.encryption_access)
  const facts = {
    satellite: satelliteFacts(grant.satellite_address),
    api_key: {
      head: bytesToHex(grant.api_key.head),
      tail: bytesToHex(grant.api_key.tail),
      caveats: grant.api_key.caveats.map(caveatFacts),
    },
    actions: permissionFlags.map((flag) => ({
      flag,
      allowed: permission?.[flag] ?? false,
      object_operations: s3Operations[flag].object,
      bucket_operations: s3Operations[flag].bucket,
    })),
    reach: reachOf(understood),
    paths: (understood?.paths ?? []).map((path) => pathFacts(store, path)),
    ...(permission?.not_before && { not_before: formatTimestamp(permission.not_before) }),
    ...(permission?.not_after && { not_after: formatTimestamp(permission.not_after) }),
    ...(permission?.max_object_ttl && {
      max_object_ttl_seconds: Number(nanosecondsOf(permission.max_object_ttl)) / 1e9,
    }),
    encryption: encryptionFacts(grant),
  }
  const warnings = warningsOf(facts, permission, options.now)
  return { ...facts, warnings, sentences: sentencesOf(facts) }
}

/** The facts that sentences and warnings are made from. */
export type GrantFacts = Omit<AccessGrantDescription, 'warnings' | 'sentences'>

interface Understood {
  readonly permission: Permission
  readonly paths: readonly AllowedPath[] | undefined
}

/** Undefined when a caveat cannot be decoded: then the key can do nothing at all. */
function understand(apiKey: ApiKey): Understood | undefined {
  try {
    return { permission: effectivePermission(apiKey), paths: effectivePaths(apiKey) }
  } catch (error) {
    if (error instanceof AccessGrantError) return undefined
    throw error
  }
}

function reachOf(understood: Understood | undefined): AccessGrantDescription['reach'] {
  if (understood === undefined) return 'nothing'
  if (understood.paths === undefined) return 'project'
  return understood.paths.length > 0 ? 'paths' : 'nothing'
}

function satelliteFacts(address: string): SatelliteFacts {
  try {
    const url = parseNodeUrl(address)
    const node_id = url.id ? formatNodeId(url.id) : knownSatelliteId(url.address)
    return { address, host: url.address, ...(node_id !== undefined && { node_id }) }
  } catch (error) {
    if (error instanceof AccessGrantError) return { address }
    throw error
  }
}

function caveatFacts(bytes: Uint8Array): unknown {
  try {
    return caveatToJson(parseCaveat(bytes))
  } catch (error) {
    if (error instanceof AccessGrantError) return { undecodable_hex: bytesToHex(bytes) }
    throw error
  }
}

function pathFacts(store: EncryptionStore, { bucket, encrypted_path_prefix }: AllowedPath): PathFacts {
  const { base } = store.lookupEncrypted(bucket, encrypted_path_prefix)
  const opened = base && openPrefix(store, bucket, encrypted_path_prefix)
  const bucketName = decodeUtf8(bucket)
  const prefix = opened && decodeUtf8(opened)
  return {
    ...(bucketName !== undefined && { bucket: bucketName }),
    bucket_hex: bytesToHex(bucket),
    ...(prefix !== undefined && { prefix }),
    encrypted_prefix_hex: bytesToHex(encrypted_path_prefix),
    has_key: opened !== undefined,
    names_encrypted: base === undefined || base.path_cipher !== cipherSuite.null,
  }
}

function openPrefix(
  store: EncryptionStore,
  bucket: Uint8Array,
  encrypted: Uint8Array,
): Uint8Array | undefined {
  try {
    return decryptPath(store, bucket, encrypted)
  } catch (error) {
    if (error instanceof AccessGrantError) return undefined
    throw error
  }
}

function encryptionFacts({ encryption_access }: AccessGrant): EncryptionFacts {
  const { default_key, default_path_cipher, store_entries } = encryption_access
  const known = Object.entries(cipherSuite).find(([, number]) => number === default_path_cipher)
  return {
    has_default_key: default_key !== undefined,
    prefix_keys: store_entries.length,
    path_cipher: known?.[0] ?? `unknown (${default_path_cipher})`,
  }
}
