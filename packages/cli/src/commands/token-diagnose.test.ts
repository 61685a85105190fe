import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { redirect_uri, useScene } from '../testing/scene.ts'
import { useServer } from '../testing/server.ts'

const server = useServer()
const { photos, aCode, run } = useScene(server)

async function aCurl({ key = photos().client_secret, code = '' } = {}): Promise<string> {
  const env = { VALETKEY_CLIENT_ID: photos().client_id, VALETKEY_CLIENT_SECRET: key }
  const client_secret = (await run(['jwt', 'create'], { env })).stdout.trim()
  const body = { client_id: photos().client_id, client_secret, redirect_uri, code }
  return `curl -X POST ${server.url()}/api/v0/oauth2/token \\\n  -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body)}'\n`
}

test('a pasted curl in order ends with 0, twice, since the code stays as it is', async () => {
  const input = await aCurl({ code: await aCode() })
  for (const _time of [1, 2]) {
    const { code, stdout } = await run(['token', 'diagnose', '-'], { input })
    expect(code).toBe(0)
    expect(stdout).toMatch(
      new RegExp(
        `^✓ Nothing is wrong with this request\\.\n\nclient  ${photos().client_id} \\(Photos\\)\n\n✓ 1 `,
      ),
    )
  }
})

test('what is wrong in a file is told in the words of explain, and ends with 1', async () => {
  const file = join(server.folder(), 'request.txt')
  await writeFile(file, await aCurl({ key: `"${photos().client_secret}"`, code: await aCode() }))
  const { code, stdout } = await run(['token', 'diagnose', file])
  expect(code).toBe(1)
  expect(stdout).toMatch(/\n✗ 4 +verify the signature +← a server would stop here\n/)
  expect(stdout).toContain('It was signed with the secret and quotes around it.')
  const { stdout: json } = await run(['token', 'diagnose', file, '--json'])
  expect(JSON.parse(json)).toMatchObject({ ok: false, client_name: 'Photos' })
})

test.each([
  [
    'PowerShell',
    '$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\nInvoke-WebRequest -Uri',
  ],
  ['fetch', 'fetch("http://localhost:10002/api/v0/oauth2/token", {"method": "POST"});'],
])('what a browser copied for %s is answered with what to copy instead', async (_what, input) => {
  const { code, stdout } = await run(['token', 'diagnose', '-'], { input })
  expect(code).toBe(1)
  expect(stdout).toContain('\nIn Chrome choose Copy as cURL (bash), or paste the body alone.\n')
})

test.each([
  ['nothing', ['-'], '\n', 'there is no request to look at'],
  ['too much', ['-'], 'x'.repeat(32_769), 'at most 32768 characters'],
  ['a file that is not there', ['no-such-file'], '', 'there is no file no-such-file'],
  ['a folder', ['.'], '', 'holds no token request'],
])('%s is wrong usage', async (_what, args, input, said) => {
  const { code, stderr } = await run(['token', 'diagnose', ...args], { input })
  expect(code).toBe(2)
  expect(stderr).toContain(said)
})
