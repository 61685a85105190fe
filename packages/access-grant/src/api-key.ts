import { type Action, objectionTo, operationNumber, operations } from './action.ts'
import { decodeBase58Check, encodeBase58Check } from './base58.ts'
import { byteString } from './bytes.ts'
import { type Caveat, parseCaveat, serializeCaveat } from './caveat.ts'
import { AccessGrantError } from './errors.ts'
import {
  addCaveat,
  endsWithTail,
  type Macaroon,
  parseMacaroon,
  serializeMacaroon,
  tailsOf,
} from './macaroon.ts'
import { type Duration, isZeroTime, nanosecondsOf } from './time.ts'

/** The credential of a project: a macaroon whose caveats are {@link Caveat}s. */
export type ApiKey = Macaroon

/** What the key's row on the satellite may add up: abilities that newer keys have. */
export const keyVersion = { object_lock: 1, auditable: 2, eventing: 4 } as const

export type RefusalReason = 'invalid' | 'unauthorized' | 'format' | 'revoked' | 'error'

export interface Refused {
  readonly allowed: false
  readonly reason: RefusalReason
  readonly explanation: string
}

export type Decision = { readonly allowed: true } | Refused

/** @throws AccessGrantError `format` `checksum` `version` `too_long` `macaroon` */
export function parseApiKey(text: string): ApiKey {
  const { version, payload } = decodeBase58Check(text)
  if (version !== 0) throw new AccessGrantError('version', `version ${version} of API keys is unknown`)
  return parseMacaroon(payload)
}

export function serializeApiKey(apiKey: ApiKey): string {
  return encodeBase58Check(serializeMacaroon(apiKey), 0)
}

/** The key with one more restriction; the given one stays as it is. */
export function restrictApiKey(apiKey: ApiKey, caveat: Partial<Caveat>): ApiKey {
  return addCaveat(apiKey, serializeCaveat(caveat))
}

export interface KeyCheck {
  readonly api_key: ApiKey
  /** 32 bytes from the key's row. */
  readonly secret: Uint8Array
  /** From the key's row too: the sum of {@link keyVersion} bits. */
  readonly version: number
  readonly action: Action
  /** Given every tail of the key, from the root's to its own: is one of them revoked? A throw counts as yes. */
  readonly isRevoked?: (tails: readonly Uint8Array[]) => boolean
}

/**
 * Whether the satellite would allow this action with this key.
 *
 * The order decides which reason is told: signature, time given, key version, caveats, revocation.
 *
 * @source storj/common macaroon/apikey.go (APIKey.Check)
 */
export function checkApiKey({ api_key, secret, version, action, isRevoked }: KeyCheck): Decision {
  const tails = tailsOf(api_key, secret)
  if (!endsWithTail(tails, api_key.tail)) return refused('invalid', 'this secret did not sign this key')
  if (isZeroTime(action.time)) return refused('error', 'the action has no time')
  const outdated = versionObjection(version, operationNumber(action.op))
  if (outdated !== undefined) return refused('unauthorized', outdated)
  const objection = caveatObjection(api_key, action)
  if (objection !== undefined) return objection
  if (isRevoked && revokedOrUnknown(isRevoked, tails)) {
    return refused('revoked', 'the key or one it was made from is revoked')
  }
  return { allowed: true }
}

/** The buckets a list of buckets may show: all of them, or the named ones. */
export type AllowedBuckets =
  | { readonly all: true }
  | { readonly all: false; readonly buckets: readonly Uint8Array[] }

/**
 * Which buckets the key can see: every caveat with paths must name a bucket for it to count.
 * The signature is not looked at.
 */
export function allowedBuckets(apiKey: ApiKey, action: Action): AllowedBuckets | Refused {
  const objection = caveatObjection(apiKey, action)
  if (objection !== undefined) return objection
  const namedBuckets = apiKey.caveats
    .map((bytes) => parseCaveat(bytes).allowed_paths)
    .filter((paths) => paths.length > 0)
    .map((paths) => new Map(paths.map(({ bucket }) => [byteString(bucket), bucket])))
  const [first, ...others] = namedBuckets
  if (first === undefined) return { all: true }
  const inAll = [...first].filter(([name]) => others.every((named) => named.has(name)))
  return { all: false, buckets: inAll.map(([, bucket]) => bucket) }
}

/** The shortest time limit that the key puts on new objects, if any. @throws AccessGrantError `protobuf` */
export function maxObjectTtl(apiKey: ApiKey): Duration | undefined {
  return apiKey.caveats
    .map((bytes) => parseCaveat(bytes).max_object_ttl)
    .filter((ttl) => ttl !== undefined)
    .reduce<Duration | undefined>((least, ttl) => (least && !isShorter(ttl, least) ? least : ttl), undefined)
}

/**
 * Whether the bearer of `api_key` may revoke `target`: only a key may that `target` was made from.
 * No key revokes itself, and a root key is deleted rather than revoked. What is stored is `target.tail`.
 */
export function mayRevoke(form: { api_key: ApiKey; target: ApiKey; secret: Uint8Array }): boolean {
  const tails = tailsOf(form.target, form.secret)
  if (!endsWithTail(tails, form.target.tail)) return false
  return tails.slice(0, -1).some((tail) => endsWithTail([tail], form.api_key.tail))
}

function versionObjection(version: number, op: number): string | undefined {
  const needsLock = op >= operations.lock && op <= operations.get_bucket_object_lock_configuration
  if (needsLock && !(version & keyVersion.object_lock)) return 'the key is older than object lock'
  const needsEventing =
    op === operations.put_bucket_notification_configuration ||
    op === operations.get_bucket_notification_configuration
  if (needsEventing && !(version & keyVersion.eventing)) return 'the key is older than bucket notifications'
  return undefined
}

function caveatObjection(apiKey: ApiKey, action: Action): Refused | undefined {
  for (const [index, bytes] of apiKey.caveats.entries()) {
    const place = `caveat ${index + 1} of ${apiKey.caveats.length}`
    const caveat = readCaveat(bytes)
    if (caveat === undefined) return refused('format', `${place} cannot be decoded`)
    const objection = objectionTo(action, caveat)
    if (objection !== undefined) return refused('unauthorized', `${place} refuses: ${objection}`)
  }
  return undefined
}

function readCaveat(bytes: Uint8Array): Caveat | undefined {
  try {
    return parseCaveat(bytes)
  } catch (error) {
    if (error instanceof AccessGrantError) return undefined
    throw error
  }
}

function revokedOrUnknown(
  isRevoked: NonNullable<KeyCheck['isRevoked']>,
  tails: readonly Uint8Array[],
): boolean {
  try {
    return isRevoked(tails)
  } catch {
    return true
  }
}

function refused(reason: RefusalReason, explanation: string): Refused {
  return { allowed: false, reason, explanation }
}

function isShorter(a: Duration, b: Duration): boolean {
  return nanosecondsOf(a) < nanosecondsOf(b)
}
