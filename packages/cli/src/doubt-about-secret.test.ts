import { expect, test } from 'vitest'
import { doubtAboutSecret } from './doubt-about-secret.ts'

const secret = 'vks_4Zk0pWqJx7mS2cVb9LhTn5RdYg8aFeUi3oXsKjDfQvM1tPw60'
const client_id = '0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11'

test.each([
  ['a bcrypt hash', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', 'given_hash'],
  ['an argon2 hash', '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub', 'given_hash'],
  ['a SHA-256 in hex', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'given_hash'],
  ['a SHA-256 in base64', 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=', 'given_hash'],
  ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJjbGllbnRfaWQiOiJhIn0.c2ln', 'given_jwt'],
  ['the client_id', client_id, 'given_client_id'],
  ['a line break behind', `${secret}\n`, 'given_whitespace'],
  ['quotes', `"${secret}"`, 'given_quotes'],
  ['a secret that was cut', secret.slice(0, 40), 'given_cut'],
  ['a word', 'wrong', 'given_short'],
  ['a secret with something behind', `${secret}x`, 'given_cut'],
])('%s is told by its form, and never shown', (_what, text, cause) => {
  const doubt = doubtAboutSecret(text, client_id)
  expect(doubt?.cause).toBe(cause)
  const { snippet: _commandForTheClient, ...told } = doubt ?? {}
  expect(JSON.stringify(told)).not.toContain(text.trim().slice(0, 12))
})

test('what is too short says what a secret looks like, and owns to a doubt', () => {
  expect(doubtAboutSecret('wrong', client_id)).toMatchObject({
    seen: 'something short; 5 characters',
    expected: '53 characters, beginning with vks_',
    means: expect.stringContaining('much too short'),
  })
})

test.each([secret, 'an imported secret'])('what may well be a secret is in no doubt', (text) => {
  expect(doubtAboutSecret(text, client_id)).toBeUndefined()
})
