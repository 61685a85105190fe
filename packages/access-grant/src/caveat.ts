import { base64Of } from './base64.ts'
import { noBytes } from './bytes.ts'
import { MessageReader, MessageWriter } from './protobuf.ts'
import {
  type Duration,
  durationOf,
  formatTimestamp,
  isZeroTime,
  nanosecondsOf,
  type Timestamp,
  timestampOf,
} from './time.ts'

/** What a caveat can forbid, and the number of the field that says so. */
export const caveatFlags = {
  disallow_reads: 1,
  disallow_writes: 2,
  disallow_lists: 3,
  disallow_deletes: 4,
  disallow_locks: 5,
  disallow_put_retention: 6,
  disallow_get_retention: 7,
  disallow_put_legal_hold: 8,
  disallow_get_legal_hold: 9,
  disallow_bypass_governance_retention: 11,
  disallow_put_bucket_object_lock_configuration: 12,
  disallow_get_bucket_object_lock_configuration: 13,
  disallow_put_bucket_notification_configuration: 14,
  disallow_get_bucket_notification_configuration: 15,
} as const

export type CaveatFlag = keyof typeof caveatFlags

/** A bucket, and how the encrypted keys in it must begin; an empty prefix means all of the bucket. */
export interface AllowedPath {
  readonly bucket: Uint8Array
  readonly encrypted_path_prefix: Uint8Array
}

/** One restriction of an API key, decoded. */
export type Caveat = { readonly [flag in CaveatFlag]: boolean } & {
  /** Alternatives. None at all means every bucket. */
  readonly allowed_paths: readonly AllowedPath[]
  /** Both ends still count as allowed. */
  readonly not_after?: Timestamp
  readonly not_before?: Timestamp
  readonly max_object_ttl?: Duration
  /** 4 random bytes, so that equal restrictions make keys that can be revoked one by one. */
  readonly nonce?: Uint8Array
}

const field = { allowed_paths: 10, not_after: 20, not_before: 21, max_object_ttl: 22, nonce: 30 } as const
const flagNames = Object.keys(caveatFlags) as readonly CaveatFlag[]
const flagsBeforePaths = flagNames.filter((flag) => caveatFlags[flag] < field.allowed_paths)
const flagsAfterPaths = flagNames.filter((flag) => caveatFlags[flag] > field.allowed_paths)
const flagOfField = new Map<number, CaveatFlag>(flagNames.map((flag) => [caveatFlags[flag], flag]))
/** Every flag, clear. */
export const nothingForbidden: { readonly [flag in CaveatFlag]: boolean } = Object.fromEntries(
  flagNames.map((flag) => [flag, false]),
) as Record<CaveatFlag, boolean>

/**
 * The bytes of a caveat; what is not given is not restricted.
 *
 * @source storj/common macaroon/types.proto
 */
export function serializeCaveat(caveat: Partial<Caveat>): Uint8Array {
  const writer = new MessageWriter()
  for (const flag of flagsBeforePaths) writer.bool(caveatFlags[flag], caveat[flag] ?? false)
  for (const path of caveat.allowed_paths ?? [])
    writer.message(field.allowed_paths, () => writePath(writer, path))
  for (const flag of flagsAfterPaths) writer.bool(caveatFlags[flag], caveat[flag] ?? false)
  if (caveat.not_after) writeTimestamp(writer, field.not_after, caveat.not_after)
  if (caveat.not_before) writeTimestamp(writer, field.not_before, caveat.not_before)
  if (caveat.max_object_ttl) {
    const ttl = durationOf(nanosecondsOf(caveat.max_object_ttl))
    writer.message(field.max_object_ttl, () => writeSpan(writer, ttl))
  }
  writer.bytes(field.nonce, caveat.nonce ?? noBytes)
  return writer.finish()
}

/** Reads a caveat; fields nobody knows yet are passed over. @throws AccessGrantError `protobuf` */
export function parseCaveat(bytes: Uint8Array): Caveat {
  const reader = new MessageReader(bytes)
  const caveat: Mutable<Caveat> = { ...nothingForbidden, allowed_paths: [] }
  const paths: AllowedPath[] = []
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    const flag = flagOfField.get(number)
    if (flag !== undefined) caveat[flag] = reader.bool()
    else if (number === field.allowed_paths) paths.push(readPath(reader.message()))
    else if (number === field.not_after) caveat.not_after = readTimestamp(reader.message())
    else if (number === field.not_before) caveat.not_before = readTimestamp(reader.message())
    else if (number === field.max_object_ttl) caveat.max_object_ttl = readDuration(reader.message())
    else if (number === field.nonce) caveat.nonce = reader.bytes()
    else reader.skip()
  }
  if (caveat.nonce?.length === 0) delete caveat.nonce
  caveat.allowed_paths = paths
  return caveat
}

/** The caveat as the Go code prints it in JSON: what is set, bytes in base64, the time limit in nanoseconds. */
export function caveatToJson(caveat: Caveat): { readonly [field: string]: unknown } {
  return {
    ...Object.fromEntries(flagNames.filter((flag) => caveat[flag]).map((flag) => [flag, true])),
    ...(caveat.allowed_paths.length > 0 && { allowed_paths: caveat.allowed_paths.map(allowedPathToJson) }),
    ...(caveat.not_after && { not_after: formatTimestamp(caveat.not_after) }),
    ...(caveat.not_before && { not_before: formatTimestamp(caveat.not_before) }),
    ...(caveat.max_object_ttl && { max_object_ttl: Number(nanosecondsOf(caveat.max_object_ttl)) }),
    ...(caveat.nonce && { nonce: base64Of(caveat.nonce) }),
  }
}

export function allowedPathToJson(path: AllowedPath): { readonly [field: string]: string } {
  return {
    ...(path.bucket.length > 0 && { bucket: base64Of(path.bucket) }),
    ...(path.encrypted_path_prefix.length > 0 && {
      encrypted_path_prefix: base64Of(path.encrypted_path_prefix),
    }),
  }
}

type Mutable<T> = { -readonly [name in keyof T]: T[name] }

function writePath(writer: MessageWriter, path: AllowedPath): void {
  writer.bytes(1, path.bucket)
  writer.bytes(2, path.encrypted_path_prefix)
}

function readPath(reader: MessageReader): AllowedPath {
  let bucket = noBytes
  let encrypted_path_prefix = noBytes
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) bucket = reader.bytes()
    else if (number === 2) encrypted_path_prefix = reader.bytes()
    else reader.skip()
  }
  return { bucket, encrypted_path_prefix }
}

/** Go takes its zero time for "not set", so it cannot be written. */
function writeTimestamp(writer: MessageWriter, number: number, time: Timestamp): void {
  if (isZeroTime(time)) return
  const normal = timestampOf(time.seconds, time.nanos)
  writer.message(number, () => writeSpan(writer, normal))
}

function writeSpan(writer: MessageWriter, { seconds, nanos }: Timestamp | Duration): void {
  writer.int64(1, seconds)
  writer.int32(2, nanos)
}

function readTimestamp(reader: MessageReader): Timestamp {
  const { seconds, nanos } = readSpan(reader)
  return timestampOf(seconds, nanos)
}

function readDuration(reader: MessageReader): Duration {
  return durationOf(nanosecondsOf(readSpan(reader)))
}

function readSpan(reader: MessageReader): { seconds: bigint; nanos: number } {
  let seconds = 0n
  let nanos = 0
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) seconds = reader.int64()
    else if (number === 2) nanos = reader.int32()
    else reader.skip()
  }
  return { seconds, nanos }
}
