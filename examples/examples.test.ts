import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tokenForm } from '../packages/protocol/src/oauth.ts'
import { listen } from './testing/listener.ts'
import { type Consent, openSite, type Site } from './testing/site.ts'
import { buildGo, findGo, findPython, preparePython } from './testing/toolchains.ts'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'valetkey-examples-'))
const [go, python] = [findGo(), findPython()]
const shell = ['bash', 'curl', 'openssl'].every((name) => spawnSync(name, ['--version']).error === undefined)

let site: Site
beforeAll(async () => {
  site = await openSite(join(folder, 'data'))
}, 60_000)
afterAll(async () => {
  await site.close()
  rmSync(folder, { recursive: true })
})

/** An example, what it needs to be run, and the command that runs it. */
const examples = [
  { name: 'node/redeem-code.ts', has: true, command: [process.execPath, file('node/redeem-code.ts')] },
  {
    name: 'node/redeem-code-jose.ts',
    has: true,
    command: [process.execPath, file('node/redeem-code-jose.ts')],
  },
  {
    name: 'python/redeem_code.py',
    has: python !== undefined,
    missing: 'Python 3.10 or newer (https://www.python.org/downloads)',
    prepare: () => preparePython(python ?? ''),
    command: [file('../.cache/python/bin/python'), file('python/redeem_code.py')],
  },
  {
    name: 'go/redeem-code',
    has: go !== undefined,
    missing: 'Go 1.22 or newer (https://go.dev/dl)',
    prepare: () => buildGo(go ?? '', file('go/redeem-code'), join(folder, 'redeem-code')),
    command: [join(folder, 'redeem-code')],
  },
  {
    name: 'shell/redeem-code.sh',
    has: shell,
    missing: 'bash, curl and openssl',
    command: [file('shell/redeem-code.sh')],
  },
]

for (const { name, has, missing } of examples) {
  if (has) continue
  const rule = '!'.repeat(100)
  process.stderr.write(`\n${rule}\n!! NOT RUN: examples/${name}, which needs ${missing}.\n${rule}\n\n`)
}

describe.each(examples.filter(({ has }) => has))('$name', { timeout: 60_000 }, ({ prepare, command }) => {
  beforeAll(async () => {
    await prepare?.()
  }, 600_000)

  test('redeems a code and prints the scopes and the end of the access', async () => {
    const consent = await site.consent(['read', 'list', 'bucket:photos'])
    const { code, stdout, stderr } = await run(command, environment(consent, { PASSPHRASE: '' }))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const printed =
      /^access grant: \d{3} characters\nscopes: read list bucket:photos\nexpires in: (\d+) seconds\n$/
    expect(stdout).toMatch(printed)
    const thirtyDays = 30 * 86_400
    const seconds = Number(printed.exec(stdout)?.[1])
    expect(seconds).toBeGreaterThan(thirtyDays - 60)
    expect(seconds).toBeLessThanOrEqual(thirtyDays)
  })

  test('explains a refusal and names its trace, with exit code 1', async () => {
    const consent = await site.consent(['read'])
    const wrong = { ...consent, client_secret: `${consent.client_secret}x` }
    const { code, stdout, stderr } = await run(command, environment(wrong))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^refused: invalid_client\nClient authentication failed: .+\ntrace id: [0-9a-f]{32}\n$/,
    )
    expect(stderr).not.toContain(consent.client_secret)
    const trace = await site.trace(/trace id: (.+)/.exec(stderr)?.[1] ?? '')
    expect(trace?.reason).toBe('signature_wrong')
  })

  test('sends a JWT and never the secret, a passphrase only when one is set, and prints neither', async () => {
    const granted = { access_grant: '1'.repeat(317), scopes: ['read'], expires_in: 60 }
    const listener = await listen(granted)
    const client_secret = 'secret-'.repeat(7)
    const consent = {
      client_id: 'photos',
      client_secret,
      redirect_uri: 'https://app.example/?a=1&b="',
      code: 'c0de',
    }
    const passphrase = `"Schlüssel" & 'ключ' \\ 100%`
    const here = { ...environment(consent), VALETKEY_URL: listener.url }
    const first = await run(command, { ...here, PASSPHRASE: passphrase })
    const second = await run(command, here)
    await listener.close()

    const stdout = 'access grant: 317 characters\nscopes: read\nexpires in: 60 seconds\n'
    expect([first, second]).toEqual(Array(2).fill({ code: 0, stdout, stderr: '' }))
    const { client_secret: _, ...sent } = consent
    expect(listener.forms).toEqual([
      { ...sent, passphrase, client_secret: expect.any(String) },
      { ...sent, client_secret: expect.any(String) },
    ])
    for (const form of listener.forms) {
      const { client_secret: jwt } = tokenForm.parse(form)
      const { payload } = await jwtVerify(jwt, new TextEncoder().encode(client_secret), {
        algorithms: ['HS256'],
      })
      expect(payload).toEqual({ client_id: 'photos', exp: expect.toSatisfy(liesMinutesAhead) })
    }
  })

  test('names a variable that is not set, with exit code 2', async () => {
    const { CODE: _, ...rest } = environment({
      client_id: 'a',
      client_secret: 'b'.repeat(53),
      redirect_uri: 'c',
      code: 'd',
    })
    expect(await run(command, rest)).toEqual({ code: 2, stdout: '', stderr: 'set CODE\n' })
  })
})

describe.runIf(python !== undefined)('a script of 2025', { timeout: 60_000 }, () => {
  beforeAll(() => preparePython(python ?? ''), 600_000)

  test('that signs with PyJWT and posts JSON without a cookie gets its access grant', async () => {
    const { client_id, client_secret, redirect_uri, code } = await site.consent(['read', 'write'])
    const script = `
import json, sys, time, jwt, requests
url, client_id, secret, redirect_uri, code = sys.argv[1:]
token = jwt.encode({"client_id": client_id, "exp": int(time.time()) + 300}, secret, "HS256")
response = requests.post(url + "/api/v0/oauth2/token", headers={"Content-Type": "application/json"}, json={
    "client_id": client_id, "client_secret": token, "redirect_uri": redirect_uri, "code": code, "passphrase": ""})
print(json.dumps({"status": response.status_code, "cookies": len(response.cookies), "answer": response.json()}))
`
    const args = ['-c', script, site.url, client_id, client_secret, redirect_uri, code]
    const { stdout, stderr } = await run([file('../.cache/python/bin/python'), ...args], {})
    expect(stderr).toBe('')
    const { status, cookies, answer } = JSON.parse(stdout)
    expect({ status, cookies }).toEqual({ status: 200, cookies: 0 })
    expect(answer).toMatchObject({
      access_grant: expect.stringMatching(/^[1-9A-HJ-NP-Za-km-z]{200,}$/),
      scopes: ['read', 'write'],
    })
  })
})

type Environment = Readonly<Record<string, string>>

function environment(
  { client_id, client_secret, redirect_uri, code }: Consent,
  more: Environment = {},
): Environment {
  return {
    VALETKEY_URL: site.url,
    CLIENT_ID: client_id,
    CLIENT_SECRET: client_secret,
    REDIRECT_URI: redirect_uri,
    CODE: code,
    ...more,
  }
}

/** Five minutes from now, give or take the run of the program. */
function liesMinutesAhead(exp: unknown): boolean {
  const seconds = typeof exp === 'number' ? exp - Date.now() / 1000 : 0
  return seconds > 240 && seconds <= 300
}

/** Runs it as its own program, with nothing of our environment but the path to its tools. */
function run([command = '', ...args]: readonly string[], environment: Environment) {
  const env = { PATH: process.env.PATH, ...environment }
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(command, args, { env, timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    )
  })
}
