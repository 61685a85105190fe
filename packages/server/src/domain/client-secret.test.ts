import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { looksLikeClientSecret, newClientSecret } from './client-secret.ts'

const filled = (byte: number) => (length: number) => Buffer.alloc(length, byte)

test('a client secret survives shells, dotenv files and URLs: 53 letters, digits and _', () => {
  for (let made = 0; made < 100; made++) {
    const secret = newClientSecret(randomBytes)
    expect(secret).toMatch(/^vks_[A-Za-z0-9]{49}$/)
    expect(encodeURIComponent(secret)).toBe(secret)
    expect(looksLikeClientSecret(secret)).toBe(true)
  }
})

test('the 32 bytes are written in base62 at a fixed width, so no two give one secret', () => {
  expect(newClientSecret(filled(0)).slice(4, 47)).toBe('0'.repeat(43))
  // 2^256 - 1 in base62, by an independent calculation: 62^42 fits 4 times, and so on down.
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const value = (text: string) =>
    [...text].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n)
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const secret = newClientSecret(() => Buffer.from(bytes))
      expect(value(secret.slice(4, 47))).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
    }),
  )
})

test('a secret with one character changed, swapped, missing or added is told from a whole one', () => {
  const secret = newClientSecret(filled(7))
  for (let at = 4; at < secret.length; at++) {
    const other = secret[at] === 'a' ? 'b' : 'a'
    expect(looksLikeClientSecret(secret.slice(0, at) + other + secret.slice(at + 1))).toBe(false)
  }
  for (const near of [
    secret.slice(0, -1),
    `${secret}0`,
    `${secret}\n`,
    ` ${secret}`,
    secret.toUpperCase(),
    secret.replace('vks_', 'vkt_'),
  ]) {
    expect(looksLikeClientSecret(near)).toBe(false)
  }
})

test.each(['', 'vks_', 'a.b.c', '$2a$10$abcdefghijklmnopqrstuv', 'f'.repeat(64), `vks_${'0'.repeat(49)}`])(
  '%s does not look like a client secret',
  (text) => {
    expect(looksLikeClientSecret(text)).toBe(false)
  },
)
