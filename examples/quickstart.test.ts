import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tokenForm } from '../packages/protocol/src/oauth.ts'
import { checkRedirectUri } from '../packages/protocol/src/redirect-uri.ts'
import { quickstarts } from '../packages/web/src/console/pages/clients/quickstart.ts'
import { listen } from './testing/listener.ts'
import { openSite, type Site } from './testing/site.ts'
import { findGo, findPython } from './testing/toolchains.ts'

/** What the console hands a developer to copy is run here as it is, against a real server. */

const folder = mkdtempSync(join(tmpdir(), 'valetkey-quickstart-'))
const [go, python] = [findGo(), findPython()]
const shell = ['bash', 'curl', 'openssl'].every((name) => spawnSync(name, ['--version']).error === undefined)

const runners: Record<string, readonly string[] | undefined> = {
  Node: [process.execPath],
  Python: python === undefined ? undefined : [python],
  Go: go === undefined ? undefined : [go, 'run'],
  curl: shell ? ['bash'] : undefined,
}

let site: Site
beforeAll(async () => {
  site = await openSite(join(folder, 'data'))
}, 60_000)
afterAll(async () => {
  await site.close()
  rmSync(folder, { recursive: true })
})

test('every program of the console has a runner here', () => {
  expect(quickstarts.map(({ language }) => language)).toEqual(Object.keys(runners))
})

const runnable = quickstarts.flatMap((quickstart) => {
  const runner = runners[quickstart.language]
  if (runner === undefined) process.stderr.write(`\n!! NOT RUN: the quickstart in ${quickstart.language}\n`)
  return runner === undefined ? [] : [{ ...quickstart, runner }]
})

describe.each(runnable)('$language', { timeout: 120_000 }, ({ file, command, program, runner }) => {
  test('is run by the command that the console shows', () => {
    expect(command.endsWith(file)).toBe(true)
  })

  test('redeems a code', async () => {
    const { client_secret, code, ...facts } = await site.consent(['read', 'list', 'bucket:photos'])
    const text = program({ ...facts, url: site.url })
    expect(text).not.toContain(client_secret)
    const ran = await run(runner, file, text, code, client_secret)
    expect(ran).toEqual({ code: 0, stderr: '', stdout: expect.stringMatching(granted) })
  })

  test('says where a refusal is explained', async () => {
    const { client_secret, code, ...facts } = await site.consent(['read'])
    const text = program({ ...facts, url: site.url })
    const ran = await run(runner, file, text, code, `${client_secret}x`)
    expect(ran.stdout).toBe('')
    expect(ran.code).toBe(1)
    const [, trace_id = ''] = explained.exec(ran.stderr) ?? []
    expect((await site.trace(trace_id))?.reason).toBe('signature_wrong')
    expect(ran.stderr).not.toContain(client_secret)
  })

  test('sends a redirect URI as it is registered, whatever it holds', async () => {
    const listener = await listen({ access_grant: '1', scopes: ['read'], expires_in: 60 })
    const redirect_uri = `https://app.example/it's/$(id)/$HOME/%24?a=1&b=%22;x#`.slice(0, -1)
    expect(checkRedirectUri(redirect_uri)).toEqual({ ok: true })
    const facts = { client_id: '0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11', redirect_uri, url: listener.url }
    const ran = await run(runner, file, program(facts), 'c0de.half', 'vks_secret'.repeat(5))
    await listener.close()
    expect(ran).toEqual({ code: 0, stderr: '', stdout: 'Access to read for 60 s\n' })
    expect(listener.forms).toHaveLength(1)
    const { client_secret: jwt, ...form } = tokenForm.parse(listener.forms[0])
    expect(form).toEqual({ client_id: facts.client_id, redirect_uri, code: 'c0de.half' })
    const { payload } = await jwtVerify(jwt, new TextEncoder().encode('vks_secret'.repeat(5)))
    expect(Object.keys(payload)).toEqual(['client_id', 'exp'])
  })
})

const granted = /^Access to read list bucket:photos for \d+ s\n$/
const explained =
  /^invalid_client: .+\nExplained at http:\/\/[^/]+\/console\/token-requests\/([0-9a-f]{32})\n(?:exit status 1\n)?$/

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(
  [command = '', ...args]: readonly string[],
  file: string,
  text: string,
  code: string,
  secret: string,
): Promise<Ran> {
  const path = join(folder, file)
  writeFileSync(path, text)
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    GOCACHE: process.env.GOCACHE,
    GOFLAGS: '-mod=mod',
    VALETKEY_CLIENT_SECRET: secret,
  }
  return new Promise((resolve) => {
    execFile(command, [...args, path, code], { env, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}
