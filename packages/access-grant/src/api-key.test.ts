import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Action, operationName, operationNumber, operations } from './action.ts'
import {
  type ApiKey,
  allowedBuckets,
  checkApiKey,
  type Decision,
  mayRevoke,
  parseApiKey,
  restrictApiKey,
  serializeApiKey,
} from './api-key.ts'
import type { AllowedPath, Caveat } from './caveat.ts'
import { addCaveat } from './macaroon.ts'
import { anyKey, nearAction, nearCaveat } from './testing/arbitraries.ts'
import { anApiKey, secret } from './testing/sample.ts'
import { codeOf } from './testing/vector.ts'
import { encodeUtf8 } from './text.ts'
import { timestampFromSeconds } from './time.ts'

const time = timestampFromSeconds(1000)
const read: Action = { op: 'read', bucket: 'photos', encrypted_path: 'a', time }

function decide(api_key: ApiKey, action: Action, options = {}): Decision {
  return checkApiKey({ api_key, secret, version: 7, action, ...options })
}

function pathOf(bucket: string, prefix = ''): AllowedPath {
  return { bucket: encodeUtf8(bucket), encrypted_path_prefix: encodeUtf8(prefix) }
}

test('restricting never widens: what a restricted key may do, the key it was made from may do too', () => {
  const chain = fc.array(nearCaveat, { maxLength: 3 })
  let allowed = 0
  fc.assert(
    fc.property(chain, nearCaveat, nearAction, fc.nat(7), (caveats, last, action, version) => {
      const before = caveats.reduce<ApiKey>(restrictApiKey, anApiKey())
      const after = restrictApiKey(before, last)
      if (!decide(after, action, { version }).allowed) return
      allowed++
      expect(decide(before, action, { version })).toEqual({ allowed: true })
    }),
    { numRuns: 3000 },
  )
  expect(allowed).toBeGreaterThan(100)
})

test('a restriction that allows everything known takes away only operations that nobody knows', () => {
  fc.assert(
    fc.property(nearAction, (action) => {
      const known = operationName(action.op) !== undefined
      expect(decide(restrictApiKey(anApiKey(), {}), action).allowed).toBe(known)
      expect(decide(anApiKey(), action).allowed).toBe(true)
    }),
  )
})

test('the text of a key gives the key back', () => {
  fc.assert(
    fc.property(fc.array(nearCaveat, { maxLength: 3 }), (caveats) => {
      const apiKey = caveats.reduce<ApiKey>(restrictApiKey, anApiKey())
      expect(parseApiKey(serializeApiKey(apiKey))).toEqual(apiKey)
    }),
  )
})

test('a key signed with another secret is invalid, whatever it asks', () => {
  fc.assert(
    fc.property(nearAction, anyKey, (action, other) => {
      expect(decide(anApiKey(), action, { secret: other })).toMatchObject({ reason: 'invalid' })
    }),
  )
})

test.each<[string, Partial<Caveat>, Partial<Action>, string]>([
  ['a flag', { disallow_writes: true }, { op: 'write' }, 'forbids write (disallow_writes)'],
  ['a path', { allowed_paths: [pathOf('photos', 'b')] }, {}, 'does not cover this bucket and path'],
  ['a bucket', { allowed_paths: [pathOf('docs')] }, { encrypted_path: '' }, 'does not name this bucket'],
  ['an end', { not_after: timestampFromSeconds(999) }, {}, 'ended at 1970-01-01T00:16:39Z'],
  ['a beginning', { not_before: timestampFromSeconds(1001) }, {}, 'begins at 1970-01-01T00:16:41Z'],
])('the explanation of a refusal names %s and which caveat it stands in', (_, caveat, change, words) => {
  const apiKey = restrictApiKey(restrictApiKey(anApiKey(), { nonce: Uint8Array.of(1) }), caveat)
  const decision = decide(apiKey, { ...read, ...change })
  expect(decision).toMatchObject({ allowed: false, reason: 'unauthorized' })
  expect(decision).toHaveProperty('explanation', `caveat 2 of 2 refuses: it ${words}`)
})

test('the explanation of a refusal names an operation that nobody knows', () => {
  const explanation = 'caveat 1 of 1 refuses: it allows only known operations, and 99 is none'
  expect(decide(restrictApiKey(anApiKey(), {}), { op: 99, time })).toMatchObject({ explanation })
})

test('a caveat that cannot be decoded refuses as such', () => {
  const decision = decide(addCaveat(anApiKey(), Uint8Array.of(0xff)), read)
  expect(decision).toMatchObject({ reason: 'format', explanation: 'caveat 1 of 1 cannot be decoded' })
})

test('one revoked tail anywhere in the line revokes the key; a look-up that fails does too', () => {
  const parent = restrictApiKey(anApiKey(), { disallow_writes: true })
  const child = restrictApiKey(parent, { disallow_lists: true })
  const isRevoked = (tails: readonly Uint8Array[]) =>
    tails.some((tail) => String(tail) === String(parent.tail))
  expect(decide(child, read, { isRevoked })).toMatchObject({ reason: 'revoked' })
  expect(decide(parent, read, { isRevoked })).toMatchObject({ reason: 'revoked' })
  expect(decide(anApiKey(), read, { isRevoked })).toEqual({ allowed: true })
  const fails = () => {
    throw new Error('the database is away')
  }
  expect(decide(anApiKey(), read, { isRevoked: fails })).toMatchObject({ reason: 'revoked' })
})

test('a revoked key outside its limits is told unauthorized, not revoked', () => {
  const apiKey = restrictApiKey(anApiKey(), { disallow_reads: true })
  expect(decide(apiKey, read, { isRevoked: () => true })).toMatchObject({ reason: 'unauthorized' })
})

test('only a key that another was made from may revoke it: not itself, not a sibling, not a child', () => {
  const root = anApiKey()
  const parent = restrictApiKey(root, { disallow_writes: true })
  const child = restrictApiKey(parent, { disallow_lists: true })
  const sibling = restrictApiKey(parent, { disallow_deletes: true })
  const may = (api_key: ApiKey, target: ApiKey) => mayRevoke({ api_key, target, secret })
  expect(may(parent, child)).toBe(true)
  expect(may(root, child)).toBe(true)
  expect(may(child, child)).toBe(false)
  expect(may(child, parent)).toBe(false)
  expect(may(sibling, child)).toBe(false)
  expect(may(root, root)).toBe(false)
  expect(may(parent, { ...child, tail: new Uint8Array(32) })).toBe(false)
})

test('buckets are listed when every caveat with paths names them', () => {
  const apiKey = restrictApiKey(
    restrictApiKey(anApiKey(), { allowed_paths: [pathOf('a'), pathOf('b', 'x'), pathOf('b', 'y')] }),
    { allowed_paths: [pathOf('b'), pathOf('c')] },
  )
  const listing: Action = { op: 'read', time }
  expect(allowedBuckets(apiKey, listing)).toEqual({ all: false, buckets: [encodeUtf8('b')] })
  expect(allowedBuckets(anApiKey(), listing)).toEqual({ all: true })
  const ended = restrictApiKey(apiKey, { not_after: timestampFromSeconds(1) })
  expect(allowedBuckets(ended, listing)).toMatchObject({ allowed: false, reason: 'unauthorized' })
})

test('operations have a name and a number, and unknown numbers stay numbers', () => {
  for (const [name, number] of Object.entries(operations)) expect(operationName(number)).toBe(name)
  expect(operationNumber('list')).toBe(3)
  expect(operationNumber(77)).toBe(77)
  expect(operationName(77)).toBeUndefined()
})

test('an access grant is not an API key', () => {
  expect(codeOf(() => parseApiKey('1Wh4bh'))).toBe('macaroon')
})
