import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'
import { useServer } from '../testing/server.ts'

const { folder } = useServer()

test('restore says what is alive again, of every kind that may have ended since', async () => {
  const [data, copy, file] = ['data', 'copy', 'backup.db'].map((name) => join(folder(), name))
  if (data === undefined || copy === undefined || file === undefined) throw new Error('three paths')
  expect((await runCli(['backup', file], { env: { VALETKEY_DATA: data } })).code).toBe(0)
  mkdirSync(copy)
  copyFileSync(join(data, 'master.key'), join(copy, 'master.key'))
  const { code, stdout } = await runCli(['restore', file], { env: { VALETKEY_DATA: copy } })
  expect(code).toBe(0)
  const said = stdout.replaceAll(/\s+/g, ' ')
  for (const words of [
    'access that was revoked or given back',
    'clients that were changed, disabled, suspended or deleted',
    'users and developers that were suspended, changed or deleted',
    'webhooks that were changed or deleted',
    'secrets that were rotated or retired',
    'passwords that were changed',
    'registered or imported since is gone',
  ])
    expect(said).toContain(words)
})
