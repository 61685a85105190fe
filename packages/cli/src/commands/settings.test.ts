import { settingRows } from '@valetkey/server'
import { expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

test('every setting is listed with its flag and meaning; a secret shows only that it is set', async () => {
  const env = {
    VALETKEY_CODE_TTL: '120',
    VALETKEY_DATABASE_URL: 'postgres://user:hidden@db/valetkey',
    VALETKEY_MASTER_KEY: 'ab'.repeat(32),
  }
  const { code, stdout } = await runCli(['settings'], { env })
  expect(code).toBe(0)
  for (const { means } of Object.values(settingRows)) expect(stdout).toContain(means)
  expect(stdout).toMatch(/^--code-ttl +120 +60 +seconds /m)
  expect(stdout).toMatch(/^--master-key +set +not set /m)
  expect(stdout).not.toContain('hidden')
  expect(stdout).not.toContain('abab')

  const rows = JSON.parse((await runCli(['settings', '--json'], { env })).stdout)
  expect(rows.map(({ name }: { name: string }) => name)).toEqual(Object.keys(settingRows))
  expect(rows).toContainEqual({
    name: 'code_ttl',
    flag: '--code-ttl',
    env: 'VALETKEY_CODE_TTL',
    value: 120,
    default: 60,
    unit: 'seconds',
    means: settingRows.code_ttl.means,
    secret: false,
  })
})
