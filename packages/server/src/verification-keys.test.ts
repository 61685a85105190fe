import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import type { ClientSecret } from './domain/client.ts'
import { verifySignature } from './domain/client-assertion.ts'
import type { Jwt } from './domain/jwt.ts'
import { createSealer, SealBroken } from './sealing.ts'
import { aSecret, now } from './store/testing/scene.ts'
import { verificationKeys } from './verification-keys.ts'

// Works as ever, and counts.
vi.mock('node:crypto', { spy: true })

const sealer = createSealer(Buffer.alloc(32, 7), randomBytes)

function secretOf(text: string, over: Partial<ClientSecret> = {}): ClientSecret {
  const secret = aSecret('client', over)
  return { ...secret, sealed_secret: sealer.seal('client-secret', secret.id, Buffer.from(text)) }
}

const current = secretOf('the current one')
const retiring = secretOf('the one before', { retires_at: now + 1 })
const retired = secretOf('long gone', { retires_at: now })

describe('whatever a client has, a signature is tried with two keys, each unsealed', () => {
  test.each<[string, ClientSecret[], string[]]>([
    ['no secret, as of an unknown client', [], []],
    ['one secret', [current], ['the current one']],
    [
      'one secret during a rotation and the one before',
      [current, retiring],
      ['the current one', 'the one before'],
    ],
    ['a secret and a retired one', [current, retired], ['the current one']],
    ['retired secrets alone', [retired, secretOf('gone too', { retires_at: 1 })], []],
    [
      'more usable secrets than there may be',
      [current, retiring, secretOf('third')],
      ['the current one', 'the one before'],
    ],
  ])('%s', (_what, secrets, usable) => {
    const open = vi.fn(sealer.open)
    const openDecoy = vi.fn(sealer.openDecoy)
    const keys = verificationKeys({ sealer: { ...sealer, open, openDecoy } }, secrets, now)
    expect(keys).toHaveLength(2)
    expect([open.mock.calls.length, openDecoy.mock.calls.length]).toEqual([usable.length, 2 - usable.length])
    const own = keys.filter(({ secret }) => secret !== undefined)
    expect(own.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(usable)
    for (const { secret, bytes } of keys) if (secret === undefined) expect(bytes.length).toBeGreaterThan(32)
  })
})

test('a decoy belongs to one run of one server: nobody can find it out', () => {
  const decoyOf = () => createSealer(Buffer.alloc(32, 7), randomBytes).openDecoy()
  expect(decoyOf().equals(decoyOf())).toBe(false)
})

test('a secret of another row does not open', () => {
  const moved = { ...secretOf('x'), sealed_secret: current.sealed_secret }
  expect(() => verificationKeys({ sealer }, [moved], now)).toThrow(SealBroken)
})

describe('every key is tried, whichever fits', () => {
  test.each([
    ['the first', [current, retiring], 'the current one', current],
    ['the second', [current, retiring], 'the one before', retiring],
    ['none', [current, retiring], 'another', undefined],
    ['none, of an unknown client', [], 'another', undefined],
  ])('%s', (_what, secrets, key, signer) => {
    const keys = verificationKeys({ sealer }, secrets, now)
    const signed = 'header.payload'
    const jwt: Jwt = {
      alg: 'HS256',
      typ: 'JWT',
      payload: {},
      signed,
      signature: createHmac('sha256', key).update(signed).digest(),
    }
    vi.mocked(createHmac).mockClear()
    const verdict = verifySignature(jwt, keys)
    expect(createHmac).toHaveBeenCalledTimes(2)
    expect(verdict.ok ? verdict.value : undefined).toBe(signer)
  })
})

test('a signature made with a decoy is wrong', () => {
  const [decoy] = verificationKeys({ sealer }, [], now)
  if (decoy === undefined) throw new Error('there is no decoy')
  const signed = 'header.payload'
  const signature = createHmac('sha256', decoy.bytes).update(signed).digest()
  const jwt: Jwt = { alg: 'HS256', typ: 'JWT', payload: {}, signed, signature }
  expect(verifySignature(jwt, [decoy])).toMatchObject({ ok: false, reason: 'signature_wrong' })
})
