import { describe, expect, test } from 'vitest'
import { newClientSecret } from './client-secret.ts'
import { evidenceWithoutSecrets, withoutSecrets } from './without-secrets.ts'

const vks = newClientSecret((length) => Buffer.alloc(length, 5))
const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.${'A'.repeat(43)}`
const code = `${'aB3-_'.repeat(8)}xyz`
const bcrypt = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'

describe('a text as it is kept', () => {
  test.each([
    [vks, '(secret)'],
    [` ${vks}\n`, ' (secret)\n'],
    [`"${jwt}"`, '"(secret)"'],
    [`Bearer ${jwt}`, 'Bearer (secret)'],
    [jwt.slice(0, 60), '(secret)'],
    [bcrypt, '(secret)'],
    ['0123456789abcdef'.repeat(4), '(secret)'],
    [code, '(secret)'],
    [`${code}4`, '(secret)'],
    ['a-verifier-of-64-characters-which-no-one-may-read-0123456789-abc', '(secret)'],
    ['q7Zt+Vw/0123456789abcdefghijklmnopqrstuvwx==', '(secret)'],
    [`${'0123456789abcdef'.repeat(2)}01`, '(secret)'],
    [`code_${code}`, '(secret)'],
    ['https://ada:hunter2222@a.example/callback', 'https://(secret)@a.example/callback'],
    [
      'https://a.example/cb?access_token=x&api_key=y&page=2',
      'https://a.example/cb?access_token=(secret)&api_key=(secret)&page=2',
    ],
    [`https://a.example/${code}/cb`, 'https://a.example/(secret)/cb'],
    [`https://a.example/cb?code=${code}&state=1`, 'https://a.example/cb?code=(secret)&state=1'],
    ['https://a.example/cb?state=1&code=cut', 'https://a.example/cb?state=1&code=(secret)'],
    [
      'https%3A%2F%2Fa.example%3Fcode%3Dcut%26state%3D1',
      'https%3A%2F%2Fa.example%3Fcode%3D(secret)%26state%3D1',
    ],
    ['https://a.example/#client_secret=x', 'https://a.example/#client_secret=(secret)'],
  ])('%s', (text, kept) => expect(withoutSecrets(text)).toBe(kept))

  test.each([
    '',
    '01890000-0000-7000-8000-000000000000',
    'https://photos.example/callback?tenant=7&encoded=a%26b',
    'https://photos.example/code=1/vks_',
    'code=1',
    'verifier_of_another_request',
    '0189000000007000800000000000000a',
    '01890000-0000-7000-8000-00000000000',
    'https://photos.example/api/auth/callback/google-oauth2-sign-in-of-photos',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  ])('%s stays as it is', (text) => expect(withoutSecrets(text)).toBe(text))
})

test('evidence keeps its numbers, its names and its fingerprint', () => {
  const sha256 = 'f'.repeat(64)
  const evidence = { sha256, exp: 17, jti: true, kid: null, header_names: ['alg', vks], client_id: jwt }
  expect(evidenceWithoutSecrets(evidence)).toEqual({
    ...evidence,
    header_names: ['alg', '(secret)'],
    client_id: '(secret)',
  })
})
