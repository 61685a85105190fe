import { expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

test('the story is played to its good end, every step keeping its promises, and shows no secret', async () => {
  const { code, stdout, stderr } = await runCli(['demo'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('The end. 13 steps')
  expect(stdout.match(/^ ?\d+ \S.*$/gm)).toHaveLength(13)
  for (const shown of [
    'HTTP 401',
    'Nothing is wrong with this JWT.',
    '✗ 3  fetch the client',
    '$ curl -sS -X POST',
    '"$JWT"',
    '"access_grant": "$ACCESS_GRANT"',
    '"error": "invalid_code"',
  ]) {
    expect(stdout).toContain(shown)
  }
  expect(stdout).not.toMatch(/vks_|eyJ|"access_grant": "1/)
}, 60_000)

test('--json tells the same to programs', async () => {
  const { code, stdout } = await runCli(['demo', '--json'])
  const { ok, steps } = JSON.parse(stdout)
  expect({ code, ok }).toEqual({ code: 0, ok: true })
  expect(steps).toHaveLength(13)
  for (const { title, promises } of steps) expect([title, promises.length > 0]).toEqual([title, true])
}, 60_000)
