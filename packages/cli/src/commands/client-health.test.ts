import { expect, test } from 'vitest'
import { redirect_uri, useScene } from '../testing/scene.ts'
import { useServer } from '../testing/server.ts'

const server = useServer()
const { photos, photosDev, aCode, run } = useScene(server)

const redeem = async (code: string, client_secret = photos().client_secret) =>
  run(['token', 'test', '--url', server.url(), '--redirect-uri', redirect_uri, '--json'], {
    env: {
      VALETKEY_CLIENT_ID: photos().client_id,
      VALETKEY_CLIENT_SECRET: client_secret,
      VALETKEY_CODE: code,
    },
  })

test('a client tells its last success, its failures by reason with what to do, and its secrets', async () => {
  await redeem(await aCode())
  await redeem('no-such-code')
  await redeem('no-such-code', 'wrong')
  await server.server().deps.recorder.flush()
  const { code, stdout } = await run(['client', 'health', photos().client_id])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^last success +20\d\d-.* ago\)$/m)
  expect(stdout).toMatch(/^last 24 h +1 granted, 2 refused$/m)
  expect(stdout).toMatch(/^SECRET OF +RETIRES +USE\n20\S+ +current +\S/m)
  for (const reason of ['code_unknown', 'signature_wrong'])
    expect(stdout).toMatch(new RegExp(`^✗ 1 × ${reason}\n {2}\\S.*\n {2}→ \\S`, 'm'))
  const newest = `valetkey explain --last --client-id ${photos().client_id}`
  expect(stdout.split(newest)).toHaveLength(2)
  const { stdout: json } = await run(['client', 'health', photos().client_id, '--json'])
  expect(JSON.parse(json)).toMatchObject({ client_id: photos().client_id, granted: 1 })
})

test('of a client that was never used there is nothing to report', async () => {
  const { stdout } = await run(['client', 'health', photosDev().client_id])
  expect(stdout).toMatch(/^last success +none in 30 days$/m)
  expect(stdout).toContain('0 granted, 0 refused')
})

test('of a client that is not theirs nobody is told anything', async () => {
  const { code, stderr } = await run(['client', 'health', '0198c5f0-7e1a-4cc2-9a55-3f2b6f0f1a11'])
  expect(code).toBe(1)
  expect(stderr).toContain('You have no client with this id.')
})
