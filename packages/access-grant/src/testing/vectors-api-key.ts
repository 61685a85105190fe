import { expect } from 'vitest'
import { operations } from '../action.ts'
import {
  type ApiKey,
  allowedBuckets,
  checkApiKey,
  type Decision,
  maxObjectTtl,
  parseApiKey,
  restrictApiKey,
  serializeApiKey,
} from '../api-key.ts'
import { decodeBase58Check } from '../base58.ts'
import { bytesOf, equalBytes } from '../bytes.ts'
import { type Caveat, type CaveatFlag, caveatFlags, parseCaveat, serializeCaveat } from '../caveat.ts'
import {
  addCaveat,
  createMacaroon,
  parseMacaroon,
  serializeMacaroon,
  tailsOf,
  verifyMacaroon,
} from '../macaroon.ts'
import {
  durationFromSeconds,
  durationOf,
  nanosecondsOf,
  type Timestamp,
  timestampFromSeconds,
} from '../time.ts'
import { head, secret } from './sample.ts'
import { type Checks, codeOf, Fields, hex } from './vector.ts'

const everyOp = Array.from({ length: 17 }, (_, op) => op)
const now = timestampFromSeconds(1_700_000_000)

export const apiKeyChecks: Checks = {
  'macaroon-literal': ({ inputs, expected }) => {
    const macaroon = parseMacaroon(inputs.bytes('raw_hex'))
    expectParts(macaroon, expected)
    expect(hex(serializeMacaroon(macaroon))).toBe(inputs.text('raw_hex'))
    for (const [index, literal] of expected.list('caveats').entries()) {
      const bytes = macaroon.caveats[index] ?? new Uint8Array()
      expect(hex(bytes)).toBe(new Fields(literal).text('raw_hex'))
      expect(codeOf(() => parseCaveat(bytes))).toBe('protobuf')
    }
  },

  'apikey-literal': ({ inputs, expected }) => {
    const apiKey = parseApiKey(inputs.text('api_key'))
    expectParts(apiKey, expected)
    expect(hex(serializeMacaroon(apiKey))).toBe(expected.text('raw_hex'))
    expect(serializeApiKey(apiKey)).toBe(inputs.text('api_key'))
  },

  apikey: ({ inputs }) => {
    expect(decodeBase58Check(inputs.text('string')).version).toBe(1)
    expect(codeOf(() => parseApiKey(inputs.text('string')))).toBe('version')
  },

  macaroon: ({ inputs, expected }) => {
    const key = inputs.bytes('secret_hex')
    const root = createMacaroon({ head: inputs.bytes('head_hex'), secret: key })
    const macaroon = inputs.bytesList('caveats_hex').reduce(addCaveat, root)
    expect(hex(serializeMacaroon(macaroon))).toBe(expected.text('serialized_hex'))
    expect(serializeApiKey(macaroon)).toBe(expected.text('api_key'))
    expect(verifyMacaroon(macaroon, key)).toBe(true)
    if (expected.has('tail_hex')) expect(hex(macaroon.tail)).toBe(expected.text('tail_hex'))
    if (expected.has('all_tails_hex')) {
      expect(tailsOf(macaroon, key).map(hex)).toEqual(expected.texts('all_tails_hex'))
    }
  },

  'macaroon-parse': ({ inputs, expected }) => {
    const raw = inputs.bytes('raw_hex')
    if (expected.has('error')) {
      expect(codeOf(() => parseMacaroon(raw))).toBe('macaroon')
      return
    }
    const macaroon = parseMacaroon(raw)
    expectParts(macaroon, expected)
    expect(macaroon.caveats.map(hex)).toEqual(expected.texts('caveats_hex'))
    expect(hex(serializeMacaroon(macaroon))).toBe(expected.text('reserialized_hex'))
  },

  'caveat-encode': ({ inputs, expected }) => {
    const caveat = caveatOf(inputs)
    const bytes = serializeCaveat(caveat)
    expect(hex(bytes)).toBe(expected.text('value'))
    expect(hex(serializeCaveat(parseCaveat(bytes)))).toBe(expected.text('value'))
  },

  'caveat-decode': ({ inputs, expected }) => {
    const raw = inputs.bytes('raw_hex')
    if (expected.has('error')) {
      expect(codeOf(() => parseCaveat(raw))).toBe('protobuf')
      return
    }
    const caveat = parseCaveat(raw)
    const flags = flagNames.filter((flag) => caveat[flag]).sort()
    expect(flags).toEqual([...expected.texts('flags')].sort())
    expect(pathsOf(caveat)).toEqual(expected.list('allowed_paths'))
    expect(hex(caveat.nonce ?? new Uint8Array())).toBe(expected.text('nonce_hex'))
    expect(caveat.not_after && decimal(caveat.not_after)).toBe(expected.raw('not_after'))
    expect(caveat.not_before && decimal(caveat.not_before)).toBe(expected.raw('not_before'))
    expect(caveat.max_object_ttl && String(nanosecondsOf(caveat.max_object_ttl))).toBe(
      expected.raw('max_object_ttl_ns'),
    )
    expect(hex(serializeCaveat(caveat))).toBe(expected.text('reencoded_hex'))
  },

  check: ({ inputs, expected }) => {
    const api_key = keyWith(inputs.bytesList('caveats_hex'))
    const decide = (op: number): Decision => {
      const revoked = inputs.has('revoked_tail_hex') ? inputs.bytes('revoked_tail_hex') : undefined
      return checkApiKey({
        api_key,
        secret: inputs.has('secret_hex') ? inputs.bytes('secret_hex') : secret,
        version: inputs.has('version') ? inputs.number('version') : 7,
        action: {
          op,
          bucket: inputs.has('bucket') ? inputs.text('bucket') : '',
          encrypted_path: inputs.has('path') ? inputs.text('path') : '',
          time: actionTime(inputs),
        },
        ...(revoked && { isRevoked: (tails) => tails.some((tail) => equalBytes(tail, revoked)) }),
      })
    }
    if (expected.has('allowed_ops')) {
      expect(everyOp.filter((op) => decide(op).allowed)).toEqual(expected.numbers('allowed_ops'))
      return
    }
    expect(resultOf(decide(inputs.number('op')))).toBe(expected.text('result'))
  },

  'key-version': ({ inputs, expected }) => {
    for (const op of inputs.numbers('ops')) {
      const version = inputs.number('version')
      const decision = checkApiKey({ api_key: keyWith([]), secret, version, action: { op, time: now } })
      expect(resultOf(decision)).toBe(expected.text('value'))
    }
  },

  'time-window': ({ inputs, expected }) => {
    const shift = (text: string): Timestamp => {
      const minutes = text === 'now' ? 0 : Number.parseInt(text, 10)
      return timestampFromSeconds(Number(now.seconds) + 60 * minutes)
    }
    const [bound = '', offset = ''] = inputs.text('caveat').split(' ')
    const caveat = bound === 'none' ? {} : { [bound]: shift(offset) }
    const decision = checkApiKey({
      api_key: restrictApiKey(keyWith([]), caveat),
      secret,
      version: 0,
      action: { op: 'read', time: shift(inputs.text('action_time')) },
    })
    expect(resultOf(decision)).toBe(expected.text('value'))
  },

  'allowed-buckets': ({ inputs, expected }) => {
    const named = inputs.list('path_caveats').map((buckets) => {
      const names = new Fields({ buckets }).texts('buckets')
      const none = new Uint8Array()
      return serializeCaveat({
        allowed_paths: names.map((name) => ({ bucket: bytesOf(name), encrypted_path_prefix: none })),
      })
    })
    const flagOnly = serializeCaveat({ disallow_writes: true })
    const apiKey = keyWith([...named, ...inputs.bytesList('caveats_hex'), flagOnly])
    const allowed = allowedBuckets(apiKey, { op: operations.read, time: now })
    expect(allowed).toEqual({ all: expected.raw('all'), buckets: expected.texts('buckets').map(bytesOf) })
  },

  'max-object-ttl': ({ inputs, expected }) => {
    let apiKey = keyWith([])
    const results = inputs.list('sequence_hours').map((hours) => {
      const caveat = typeof hours === 'number' ? { max_object_ttl: durationFromSeconds(hours * 3600) } : {}
      apiKey = restrictApiKey(apiKey, caveat)
      const ttl = maxObjectTtl(apiKey)
      return ttl === undefined ? null : Number(ttl.seconds) / 3600
    })
    expect(results).toEqual(expected.list('result_hours_after_each_step'))
  },
}

const flagNames = Object.keys(caveatFlags) as readonly CaveatFlag[]

function keyWith(caveats: readonly Uint8Array[]): ApiKey {
  return caveats.reduce(addCaveat, createMacaroon({ head, secret }))
}

function expectParts(macaroon: ApiKey, expected: Fields): void {
  expect(hex(macaroon.head)).toBe(expected.text('head_hex'))
  expect(hex(macaroon.tail)).toBe(expected.text('tail_hex'))
}

function caveatOf(inputs: Fields): Partial<Caveat> {
  const flags = inputs.raw('flags') === 'all' ? flagNames : inputs.texts('flags')
  const paths = inputs.list('allowed_paths').map((path) => new Fields(path))
  return {
    ...Object.fromEntries(flags.map((flag) => [flag, true])),
    allowed_paths: paths.map((path) => ({
      bucket: bytesOf(path.text('bucket')),
      encrypted_path_prefix: path.bytes('prefix_hex'),
    })),
    ...(inputs.has('not_after_seconds') && { not_after: timeOf(inputs, 'not_after') }),
    ...(inputs.raw('not_after') === '0001-01-01T00:00:00Z' && { not_after: zeroTime }),
    ...(inputs.has('not_before_seconds') && { not_before: timeOf(inputs, 'not_before') }),
    ...(inputs.has('max_object_ttl_ns') && {
      max_object_ttl: durationOf(inputs.integer('max_object_ttl_ns')),
    }),
    ...(inputs.has('nonce_hex') && { nonce: inputs.bytes('nonce_hex') }),
  }
}

const zeroTime: Timestamp = { seconds: -62_135_596_800n, nanos: 0 }

function timeOf(fields: Fields, name: string): Timestamp {
  const nanos = fields.has(`${name}_nanos`) ? fields.number(`${name}_nanos`) : 0
  return { seconds: fields.integer(`${name}_seconds`), nanos }
}

function actionTime(inputs: Fields): Timestamp {
  if (inputs.raw('time') === 'zero') return zeroTime
  return inputs.has('time_seconds') ? timeOf(inputs, 'time') : now
}

function pathsOf(caveat: Caveat): readonly { bucket: string; prefix_hex: string }[] {
  return caveat.allowed_paths.map(({ bucket, encrypted_path_prefix }) => ({
    bucket: String.fromCharCode(...bucket),
    prefix_hex: hex(encrypted_path_prefix),
  }))
}

function decimal({ seconds, nanos }: Timestamp): string {
  return `${seconds}.${String(nanos).padStart(9, '0')}`
}

function resultOf(decision: Decision): string {
  return decision.allowed ? 'ok' : decision.reason
}
