import { jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createClientSecretJwt } from './client-secret-jwt.ts'

const now = 1_772_366_400
const bytes = (text: string) => new TextEncoder().encode(text)

const secrets: readonly (readonly [form: string, client_secret: string])[] = [
  ['a secret made here', 'vks_4Zk0pWqJx7mS2cVb9LhTn5RdYg8aFeUi3oXsKjDfQvM1tPw6BzA'],
  ['64 hex digits, which stay text', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  ['a bcrypt text', '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
  ['letters beyond ASCII', 'schlüssel-ключ-鍵'],
  ['longer than a block of SHA-256', 'k'.repeat(200)],
]

describe('createClientSecretJwt', () => {
  test.each(secrets)('makes the very JWT that jose makes with %s', async (_form, client_secret) => {
    const client_id = '0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11'
    const expected = await new SignJWT({ client_id, exp: now + 300 })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(bytes(client_secret))
    expect(await createClientSecretJwt({ client_id, client_secret, now })).toBe(expected)
  })

  test('says client_id and exp, and nothing else', async () => {
    const jwt = await createClientSecretJwt({
      client_id: 'photos',
      client_secret: 'secret',
      expires_in: 60,
      now: now + 0.9,
    })
    const { payload, protectedHeader } = await jwtVerify(jwt, bytes('secret'), {
      currentDate: new Date(now * 1000),
    })
    expect(payload).toEqual({ client_id: 'photos', exp: now + 60 })
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' })
  })

  test('expires five minutes from now when nobody says otherwise', async () => {
    const jwt = await createClientSecretJwt({ client_id: 'photos', client_secret: 'secret' })
    const { payload } = await jwtVerify(jwt, bytes('secret'))
    expect(Math.abs((payload.exp ?? 0) - Date.now() / 1000 - 300)).toBeLessThan(5)
  })

  test.each([
    ['an empty secret', { client_secret: '' }],
    ['an empty client_id', { client_id: '' }],
    ['a lifetime of zero', { expires_in: 0 }],
    ['half a second', { expires_in: 0.5 }],
    ['no number', { expires_in: Number.NaN }],
  ])('refuses %s', async (_what, change) => {
    await expect(
      createClientSecretJwt({ client_id: 'photos', client_secret: 'secret', ...change }),
    ).rejects.toThrow(RangeError)
  })
})
