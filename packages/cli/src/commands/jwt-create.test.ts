import { decodeJwt, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

const client_id = '0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11'
const secret = 'vks_4Zk0pWqJx7mS2cVb9LhTn5RdYg8aFeUi3oXsKjDfQvM1tPw6'
const key = new TextEncoder().encode(secret)

test.each([
  ['a flag', ['--client-id', client_id, '--client-secret', secret], {}],
  ['the environment', [], { env: { VALETKEY_CLIENT_ID: client_id, VALETKEY_CLIENT_SECRET: secret } }],
  ['standard input', ['--client-id', client_id, '--client-secret', '-'], { input: `${secret}\n` }],
])('the secret may come from %s, and what comes out verifies with it', async (_from, args, given) => {
  const { code, stdout, stderr } = await runCli(['jwt', 'create', ...args], given)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { payload, protectedHeader } = await jwtVerify(stdout.trim(), key)
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' })
  expect(Object.keys(payload)).toEqual(['client_id', 'exp'])
  expect(payload.client_id).toBe(client_id)
})

test('--json tells payload and end as well', async () => {
  const { stdout } = await runCli([
    'jwt',
    'create',
    '--client-id',
    client_id,
    '--client-secret',
    secret,
    '--expires-in',
    '1m',
    '--json',
  ])
  const { jwt, payload, expires_at, expires_in } = JSON.parse(stdout)
  expect(payload).toEqual(decodeJwt(jwt))
  expect(expires_in).toBe(60)
  expect(Date.parse(expires_at) / 1000).toBe(payload.exp)
  expect(Math.abs(payload.exp - Date.now() / 1000 - 60)).toBeLessThan(15)
})

test('a JWT that is over before it begins is not made', async () => {
  const { code, stdout, stderr } = await runCli([
    'jwt',
    'create',
    '--client-id',
    client_id,
    '--client-secret',
    secret,
    '--expires-in',
    '0',
  ])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('--expires-in must be at least 1s')
})
