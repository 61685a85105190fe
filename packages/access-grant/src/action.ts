import { type BytesLike, bytesOf, equalBytes, startsWith } from './bytes.ts'
import type { Caveat, CaveatFlag } from './caveat.ts'
import { compareTimestamps, formatTimestamp, type Timestamp } from './time.ts'

/** What the satellite can be asked for, and the number it has there. */
export const operations = {
  read: 1,
  write: 2,
  list: 3,
  delete: 4,
  project_info: 5,
  /** Deprecated: coarse; the seven below replace it. */
  lock: 6,
  put_object_retention: 7,
  get_object_retention: 8,
  put_object_legal_hold: 9,
  get_object_legal_hold: 10,
  bypass_governance_retention: 11,
  put_bucket_object_lock_configuration: 12,
  get_bucket_object_lock_configuration: 13,
  put_bucket_notification_configuration: 14,
  get_bucket_notification_configuration: 15,
} as const

export type Operation = keyof typeof operations

/** One request to the satellite. Bucket and path may be empty: listing buckets has neither. */
export interface Action {
  /** A name, or any number: a key without caveats allows even numbers that mean nothing. */
  readonly op: Operation | number
  readonly bucket?: BytesLike
  readonly encrypted_path?: BytesLike
  readonly time: Timestamp
}

const blockedBy: { readonly [op in Operation]: readonly CaveatFlag[] } = {
  read: ['disallow_reads'],
  write: ['disallow_writes'],
  list: ['disallow_lists'],
  delete: ['disallow_deletes'],
  project_info: [],
  lock: ['disallow_locks'],
  put_object_retention: ['disallow_put_retention'],
  // Whoever may set a retention may also read it: refused only when one caveat forbids both.
  get_object_retention: ['disallow_put_retention', 'disallow_get_retention'],
  put_object_legal_hold: ['disallow_put_legal_hold'],
  get_object_legal_hold: ['disallow_get_legal_hold'],
  bypass_governance_retention: ['disallow_bypass_governance_retention'],
  put_bucket_object_lock_configuration: ['disallow_put_bucket_object_lock_configuration'],
  get_bucket_object_lock_configuration: ['disallow_get_bucket_object_lock_configuration'],
  put_bucket_notification_configuration: ['disallow_put_bucket_notification_configuration'],
  get_bucket_notification_configuration: ['disallow_get_bucket_notification_configuration'],
}

const nameOfNumber = new Map<number, Operation>(
  (Object.keys(operations) as readonly Operation[]).map((name) => [operations[name], name]),
)

export function operationNumber(op: Operation | number): number {
  return typeof op === 'number' ? op : operations[op]
}

/** The name of an operation number, or undefined when the satellite has none. */
export function operationName(op: Operation | number): Operation | undefined {
  return typeof op === 'number' ? nameOfNumber.get(op) : op
}

/** True when the flags of this caveat, paths and times aside, rule the operation out. */
export function forbids(caveat: Caveat, op: Operation): boolean {
  const flags = blockedBy[op]
  return flags.length > 0 && flags.every((flag) => caveat[flag])
}

/**
 * Why this caveat refuses the action, in words; undefined when it allows it.
 *
 * @source storj/common macaroon/apikey.go (Caveat.Allows)
 */
export function objectionTo(action: Action, caveat: Caveat): string | undefined {
  if (caveat.not_after && compareTimestamps(action.time, caveat.not_after) > 0) {
    return `it ended at ${formatTimestamp(caveat.not_after)}`
  }
  if (caveat.not_before && compareTimestamps(caveat.not_before, action.time) > 0) {
    return `it begins at ${formatTimestamp(caveat.not_before)}`
  }
  const op = operationName(action.op)
  const bucket = bytesOf(action.bucket ?? '')
  const path = bytesOf(action.encrypted_path ?? '')

  // Bucket metadata and the list of buckets are readable whatever disallow_reads says.
  if (op === 'read' && path.length === 0) {
    const named =
      bucket.length === 0 || caveat.allowed_paths.some((allowed) => equalBytes(allowed.bucket, bucket))
    return caveat.allowed_paths.length === 0 || named ? undefined : 'it does not name this bucket'
  }
  if (op === undefined) return `it allows only known operations, and ${action.op} is none`
  if (forbids(caveat, op)) return `it forbids ${op} (${blockedBy[op].join(', ')})`
  if (op === 'project_info' || caveat.allowed_paths.length === 0) return undefined
  const covered = caveat.allowed_paths.some(
    (allowed) => equalBytes(allowed.bucket, bucket) && startsWith(path, allowed.encrypted_path_prefix),
  )
  return covered ? undefined : 'it does not cover this bucket and path'
}
