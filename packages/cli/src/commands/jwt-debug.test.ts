import { SignJWT, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { atTerminal } from '../testing/at-terminal.ts'
import { runCli } from '../testing/run-cli.ts'

const client_id = '0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11'
const secret = 'vks_4Zk0pWqJx7mS2cVb9LhTn5RdYg8aFeUi3oXsKjDfQvM1tPw60'
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
  ['a newline in the key', () => sign(good, `${secret}\n`), '✓✓–✗··', 'secret_with_whitespace'],
  ['the client_id as key', () => sign(good, client_id), '✓✓–✗··', 'client_id_as_key'],
  ['milliseconds', () => sign({ client_id, exp: (now + 300) * 1000 }), '✓✗–···', 'exp_in_milliseconds'],
  ['no exp', () => sign({ client_id }), '✓✗–·–·', 'exp_missing'],
  ['too late', () => sign({ client_id, exp: now - 312 }), '✓✓–✓✗·', 'expired'],
  ['another client', () => sign({ ...good, client_id: 'other' }), '✓✓–✓✓✗', 'client_id_differs'],
  ['no signature', () => new UnsecuredJWT(good).encode(), '✗·––··', 'alg_none'],
]
test.each(mistakes)('%s is named, and ends with 1', async (_what, jwt, marks, cause) => {
  const made = await jwt()
  const shown = await runCli(['jwt', 'debug', '-', ...at], { env, input: `${made}\n` })
  expect(shown.code).toBe(1)
  expect(shown.stdout.match(/^[✓✗·!–](?= [1-6] )/gm)?.join('')).toBe(marks)
  expect(shown.stdout.match(/← the server stops here/g)).toHaveLength(1)
  expect(shown.stdout).toMatch(/^✗ \S.*\n {2}→ \S/)

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
  expect(stdout.match(/^[✗!] \d/gm)).toEqual(['✗ 4', '! 5', '! 6'])
  expect(stdout).toMatch(/^✗ 4 .*← the server stops here$/m)
  expect(stdout).toContain('3 things to mend.')
})

test('when all fits together, it says what a refusal would mean then, and where to ask', async () => {
  const { stdout } = await runCli(['jwt', 'debug', await sign(good), ...at], { env })
  expect(stdout).toMatch(/^✓ Nothing is wrong with this JWT\.\n\n✓ 1 /)
  expect(stdout).toContain(
    `\nJWT and secret fit together. If the server refuses it all the same with signature_wrong, this is not the secret of ${client_id}: take the one shown at registration, or rotate it. Else ask what it saw:\n  valetkey explain <trace_id>\n`,
  )
})

test.each([
  [
    'a bcrypt hash',
    '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    'This has the form of a password hash',
    0,
  ],
  ['a word', 'wrong', 'This is hardly a client secret', 1],
])(
  '%s for the secret is doubted first, even where it made the JWT, and fails unless it may be an imported one',
  async (_what, key, said, ends) => {
    const jwt = await sign(good, key)
    const given = { env: { ...env, VALETKEY_CLIENT_SECRET: key } }
    const { code, stdout } = await runCli(['jwt', 'debug', jwt, ...at], given)
    expect(code).toBe(ends)
    expect(stdout).toMatch(
      new RegExp(`^✗ ${said}(?:.*\n)+?  seen .*\n  expected  53 characters, beginning with vks_\n  → .*\n`),
    )
    expect(stdout).not.toContain(key === 'wrong' ? "'wrong'" : key)
    const { ok, doubt } = JSON.parse((await runCli(['jwt', 'debug', jwt, ...at, '--json'], given)).stdout)
    expect({ ok, doubt }).toEqual({
      ok: ends === 0,
      doubt: expect.objectContaining({ fix: expect.any(String) }),
    })
  },
)

test('a JWT that the given secret did not make is doubted for the secret as well', async () => {
  const given = { env: { ...env, VALETKEY_CLIENT_SECRET: 'wrong' } }
  const { stdout } = await runCli(['jwt', 'debug', await sign(good), ...at], given)
  expect(stdout).toMatch(/^✗ This is hardly a client secret/)
  expect(stdout).toMatch(/\n✗ 4 .*\n(?: {5}.*\n)* {5}It was not signed with the secret given here/)
})

test('on a pipe the JWT comes first, then the secret, and the help says so', async () => {
  const { VALETKEY_CLIENT_ID } = env
  const { code } = await runCli(['jwt', 'debug', '-', '--client-secret', '-', ...at], {
    env: { VALETKEY_CLIENT_ID },
    input: `${await sign(good)}\n${secret}\n`,
  })
  expect(code).toBe(0)
  const { stdout } = await runCli(['jwt', 'debug', '--help'])
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('the JWT first, then, with --client-secret -, the secret')
})

test('at a terminal it asks for the JWT and then the secret by their names, and keeps to the width', async () => {
  const { code, stdout, stderr } = await atTerminal(['jwt', 'debug', '-', ...at, '--client-id', client_id], {
    answers: [`${await sign(good)}\r`, `${secret}\r`],
  })
  expect(code).toBe(0)
  expect(stderr).toMatch(/◆ {2}The JWT your app sent as client_secret\n[\s\S]*◆ {2}Client secret\n/)
  expect(stdout).toMatch(/\n– 3 {2}fetch the client {8}only .*\n {29}\S.*active\n/)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('the secret is in no output', async () => {
  for (const jwt of [secret, await sign(good), await sign(good, `${secret} `)]) {
    const { stdout, stderr } = await runCli(['jwt', 'debug', jwt, ...at], { env })
    expect(stdout + stderr).not.toContain(secret)
  }
})
