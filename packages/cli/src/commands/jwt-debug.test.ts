import { SignJWT, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

const client_id = '0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11'
const secret = 'vks_4Zk0pWqJx7mS2cVb9LhTn5RdYg8aFeUi3oXsKjDfQvM1tPw6'
const now = 1_772_366_400
const at = ['--now', '2026-03-01T12:00:00Z']
const env = { VALETKEY_CLIENT_ID: client_id, VALETKEY_CLIENT_SECRET: secret }

const sign = (payload: Record<string, unknown>, key = secret) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new TextEncoder().encode(key))
const good = { client_id, exp: now + 300 }

test('a JWT in order ends with 0; the step only the server can take stays open', async () => {
  const { code, stdout } = await runCli(['jwt', 'debug', await sign(good), ...at], { env })
  expect(code).toBe(0)
  expect(stdout.match(/^[✓✗–] [1-6] {2}.+?(?= {2})/gm)).toEqual([
    '✓ 1  parse the JWT',
    '✓ 2  read client_id and exp',
    '– 3  fetch the client',
    '✓ 4  verify the signature',
    '✓ 5  check exp',
    '✓ 6  compare the client_ids',
  ])
})

const mistakes: readonly (readonly [
  what: string,
  jwt: () => string | Promise<string>,
  marks: string,
  cause: string,
])[] = [
  ['the raw secret', () => secret, '✗–––––', 'secret_sent_raw'],
  ['a newline in the key', () => sign(good, `${secret}\n`), '✓✓–✗✓✓', 'secret_with_whitespace'],
  ['the client_id as key', () => sign(good, client_id), '✓✓–✗✓✓', 'client_id_as_key'],
  ['milliseconds', () => sign({ client_id, exp: (now + 300) * 1000 }), '✓✗–✓✓✓', 'exp_in_milliseconds'],
  ['no exp', () => sign({ client_id }), '✓✗–✓–✓', 'exp_missing'],
  ['too late', () => sign({ client_id, exp: now - 312 }), '✓✓–✓✗✓', 'expired'],
  ['another client', () => sign({ ...good, client_id: 'other' }), '✓✓–✓✓✗', 'client_id_differs'],
  ['no signature', () => new UnsecuredJWT(good).encode(), '✗✓––✓✓', 'alg_none'],
]
test.each(mistakes)('%s is named, and ends with 1', async (_what, jwt, marks, cause) => {
  const made = await jwt()
  const shown = await runCli(['jwt', 'debug', '-', ...at], { env, input: `${made}\n` })
  expect(shown.code).toBe(1)
  expect(shown.stdout.match(/^[✓✗–](?= [1-6] )/gm)?.join('')).toBe(marks)
  expect(shown.stdout.match(/← the server stops here/g)).toHaveLength(1)
  expect(shown.stdout).toMatch(/\n {5}→ \S/)

  const { code, stdout } = await runCli(['jwt', 'debug', made, ...at, '--json'], { env })
  const { ok, steps } = JSON.parse(stdout)
  expect({ code, ok }).toEqual({ code: 1, ok: false })
  expect(
    steps.flatMap(({ findings }: { findings: { cause: string }[] }) =>
      findings.map((finding) => finding.cause),
    ),
  ).toEqual([cause])
})

test('every failure is shown, the first one marked', async () => {
  const { stdout } = await runCli(
    ['jwt', 'debug', await sign({ client_id: 'other', exp: 1 }, `"${secret}"`), ...at],
    { env },
  )
  expect(stdout.match(/^✗ \d/gm)).toEqual(['✗ 4', '✗ 5', '✗ 6'])
  expect(stdout).toMatch(/^✗ 4 .*← the server stops here$/m)
  expect(stdout).toContain('3 things to mend.')
})

test('the secret is in no output', async () => {
  for (const jwt of [secret, await sign(good), await sign(good, `${secret} `)]) {
    const { stdout, stderr } = await runCli(['jwt', 'debug', jwt, ...at], { env })
    expect(stdout + stderr).not.toContain(secret)
  }
})
