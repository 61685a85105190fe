import { expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

/**
 * Built with storj/common for satellite `sat@127.0.0.1:7777`, head 00…1f, secret 64…83, root key 00…1f: download and
 * list under photos/2024/, without an end.
 */
const grant =
  '13FSLCzBrhCGYoPzAuemSW7JSjYq7B6h5A5q6dtzjqWrFYBaAMozpBA9pXasFuNWpD5981uxFtgMHu5SsPWxXPrwLtrKAzcQzQrw5oidfGmtQXibHVN5mmJn6cnqoqqZfWK1Jse9NbLnKRmax56cjhKuxA2LEmBGEpTQLbPuE353n1sWK7HATPocgQvCJZqtZ1tGqpvJqygQTN7FJq1vTYMRQYSha9ZRYvW5BgVfCTQ9duh74ETVvY51WyDNxmXq4c8FWM3R7KCATCKHQg4Fn8zRaa5jggS1PTDiDWrp9vZhbdSaEtp6dMQHaYW1bCpaQ2bCb77DNou4XNWuunYV4mcwnptYJC3TPEGwz5XCmMRmstK'
const secret = '6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283'

const verify = async (text: string, ...args: string[]) => {
  const { code, stdout } = await runCli(['access', 'verify', text, ...args, '--json'])
  return { code, ...JSON.parse(stdout) }
}

test('inspect says in words what an access grant opens, also from standard input', async () => {
  const { code, stdout } = await runCli(['access', 'inspect', '-'], { input: `${grant}\n` })
  expect(code).toBe(0)
  expect(stdout).toContain('It may download objects and list objects.')
  expect(stdout).toContain('It reaches everything under "2024" in bucket "photos".')
  expect(stdout).toContain('! It has no end')
  const json = JSON.parse((await runCli(['access', 'inspect', grant, '--json'])).stdout)
  expect(json).toMatchObject({ reach: 'paths', paths: [{ bucket: 'photos', prefix: '2024', has_key: true }] })
})

test.each([
  [
    'reading below the prefix',
    ['--action', 'read', '--bucket', 'photos', '--path', '2024/cat.jpg'],
    true,
    'allowed',
  ],
  ['listing the prefix', ['--action', 'list', '--bucket', 'photos', '--path', '2024/'], true, 'allowed'],
  [
    'writing there',
    ['--action', 'write', '--bucket', 'photos', '--path', '2024/cat.jpg'],
    false,
    'unauthorized',
  ],
  [
    'reading beside it',
    ['--action', 'read', '--bucket', 'photos', '--path', '2023/cat.jpg'],
    false,
    'no_key',
  ],
  ['listing the whole bucket', ['--action', 'list', '--bucket', 'photos'], false, 'unauthorized'],
  ['another bucket', ['--action', 'read', '--bucket', 'music'], false, 'unauthorized'],
])('%s: allowed %s', async (_what, args, allowed, reason) => {
  expect(await verify(grant, ...args)).toMatchObject({
    code: allowed ? 0 : 1,
    allowed,
    reason,
    signature: 'not_checked',
  })
})

test('with the secret of the root API key the signature counts as well', async () => {
  const reading = ['--action', 'read', '--bucket', 'photos', '--path', '2024/cat.jpg']
  expect(await verify(grant, ...reading, '--api-key-secret', secret)).toMatchObject({
    code: 0,
    signature: 'verified',
  })
  expect(await verify(grant, ...reading, '--api-key-secret', '0'.repeat(64))).toMatchObject({
    code: 1,
    reason: 'invalid',
    signature: 'wrong',
  })
})

test('a restricted access grant allows less, until its end, and its signature still holds', async () => {
  const made = await runCli(
    [
      'access',
      'restrict',
      '-',
      '--allow',
      'read',
      '--prefix',
      'photos/2024/spring',
      '--not-after',
      '2026-12-31T23:59:59Z',
    ],
    { input: `${grant}\n` },
  )
  expect(made.code).toBe(0)
  const narrower = made.stdout.trim()
  const reading = (path: string, at: string) =>
    verify(
      narrower,
      '--action',
      'read',
      '--bucket',
      'photos',
      '--path',
      path,
      '--at',
      at,
      '--api-key-secret',
      secret,
    )
  expect(await reading('2024/spring/cat.jpg', '2026-12-31T23:59:59Z')).toMatchObject({
    allowed: true,
    signature: 'verified',
  })
  expect(await reading('2024/spring/cat.jpg', '2027-01-01T00:00:00Z')).toMatchObject({
    allowed: false,
    reason: 'unauthorized',
  })
  expect(await reading('2024/autumn/cat.jpg', '2026-06-01')).toMatchObject({ allowed: false })
  expect(
    await verify(narrower, '--action', 'list', '--bucket', 'photos', '--path', '2024/spring/'),
  ).toMatchObject({ allowed: false })
})

test.each([
  ['nothing to restrict', ['restrict', grant], 2, 'say at least one of --allow'],
  ['an action nobody knows', ['restrict', grant, '--allow', 'fly'], 2, '--allow takes read, write'],
  ['a prefix without keys', ['restrict', grant, '--prefix', 'photos/2023'], 1, 'no key covers'],
  ['an access grant that is cut', ['inspect', grant.slice(0, -1)], 1, 'checksum'],
  ['a text that is none', ['verify', 'hello', '--action', 'read'], 1, 'base58'],
  [
    'a secret that is none',
    ['verify', grant, '--action', 'read', '--api-key-secret', 'abc'],
    2,
    '64 hex digits',
  ],
])('%s is told in one sentence', async (_what, args, code, said) => {
  const finished = await runCli(['access', ...args])
  expect(finished).toMatchObject({ code, stdout: '' })
  expect(finished.stderr).toMatch(/^error .+\n$/)
  expect(finished.stderr).toContain(said)
})

test('a restriction that leaves an access grant opening nothing says so beside it', async () => {
  const { code, stdout, stderr } = await runCli(['access', 'restrict', grant, '--prefix', 'films'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^1[1-9A-HJ-NP-Za-km-z]+\n$/)
  expect(stderr).toMatch(/^! .*(no key|nothing|no path)/im)
})
