import type { Ruling } from './judge.ts'
import type { GoAccessGrant, GoPermission, Hex, Verbs } from './questions.ts'

/**
 * A ruling, less what may differ: each refuses in its own words, and Go writes several store entries in random
 * order, so that then the text of the access grant differs, but not the set of its fields.
 */
export function comparable(ruling: Ruling<unknown>): unknown {
  if ('refusal' in ruling) return 'refused'
  return JSON.parse(JSON.stringify(ruling.answer), (name, value) => {
    if (name === 'uplink' || name === 'caveat') return undefined
    if (name === 'error') return 'an error'
    if (name === 'named') return value.sort()
    return typeof value?.payload === 'string' && 'access_grant' in value ? unordered(value) : value
  })
}

function unordered({ payload, access_grant, ...rest }: GoAccessGrant): unknown {
  const entries = rest.encryption_access.store_entries ?? []
  return { ...rest, fields: fieldsOfPayload(payload), ...(entries.length < 2 && { access_grant }) }
}

const reasons: readonly [string, RegExp][] = [
  ['permission_empty', /^(?:permission_empty|permission is empty)$/u],
  ['time_range', /^(?:time_range|invalid time range)$/u],
  ['ttl', /^(?:ttl|non-positive ttl period)$/u],
  ['missing_encryption_base', /^missing[_ ]encryption[_ ]base/u],
]

/** Why a restriction was refused, whoever refused it: `none` when it was not, `other` for what has no name in Go. */
export function reasonFor(ruling: Ruling<unknown>): string {
  if (!('refusal' in ruling)) return 'none'
  return reasons.find(([, words]) => words.test(ruling.refusal))?.[0] ?? 'other'
}

/** The nonce Go drew; where Go refused there is none, and any will do. */
export function nonceOf(ruling: Ruling<Verbs['restrict_access_grant']['answer']>): Hex {
  return ('answer' in ruling && ruling.answer.caveat.fields?.nonce) || '00000000'
}

/**
 * What is left of a permission that goes through uplink: it grants the coarse lock permission as four finer ones,
 * and knows nothing of bucket notifications.
 */
export function throughUplink(permission: GoPermission): GoPermission {
  const {
    AllowLock = false,
    AllowPutBucketNotificationConfiguration: _put,
    AllowGetBucketNotificationConfiguration: _get,
    ...rest
  } = permission
  if (!AllowLock) return rest
  return {
    ...rest,
    AllowPutObjectRetention: true,
    AllowGetObjectRetention: true,
    AllowPutBucketObjectLockConfiguration: true,
    AllowGetBucketObjectLockConfiguration: true,
  }
}

/**
 * The bytes inside an access grant as their fields, store entries sorted: Go writes them in the order of a map,
 * which is random, so two access grants are the same when this is.
 */
function fieldsOfPayload(payload: Hex): readonly Hex[] {
  return fieldsOf(Buffer.from(payload, 'hex')).flatMap(({ number, bytes }) =>
    number === encryption_access
      ? [
          `${number}`,
          ...fieldsOf(bytes)
            .map((field) => `${number}.${field.number}: ${field.bytes.toString('hex')}`)
            .sort(),
        ]
      : [`${number}: ${bytes.toString('hex')}`],
  )
}

const encryption_access = 3

interface Field {
  number: number
  bytes: Buffer
}

/** Only what a well-behaved encoder writes into an access grant: numbers below 16, varints and bytes. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = message.readUInt8(at++)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const wire_type = tag & 7
    if (wire_type !== 0 && wire_type !== 2) throw new Error(`wire type ${wire_type} in an access grant`)
    const valueAt = at
    const value = varint()
    const [start, end] = wire_type === 2 ? [at, at + value] : [valueAt, at]
    fields.push({ number: tag >> 3, bytes: message.subarray(start, end) })
    at = end
  }
  return fields
}
