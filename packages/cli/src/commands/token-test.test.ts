import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { redirect_uri, useScene } from '../testing/scene.ts'
import { post, useServer } from '../testing/server.ts'

const server = useServer()
const { url } = server
const { photos, photosDev, aCode, run } = useScene(server)

interface Redeeming {
  readonly args?: readonly string[]
  readonly env?: Record<string, string>
  readonly signedIn?: boolean
}
const redeem = (code: string, { args = [], env = {}, signedIn = false }: Redeeming = {}) =>
  run(['token', 'test', '--url', url(), '--redirect-uri', redirect_uri, ...args], {
    signedIn,
    env: {
      VALETKEY_CLIENT_ID: photos().client_id,
      VALETKEY_CLIENT_SECRET: photos().client_secret,
      VALETKEY_CODE: code,
      ...env,
    },
  })

/** The lines that are there to be typed next, as a shell would split them. */
const commandsIn = (text: string): string[][] =>
  (text.match(/^ +valetkey .*$/gm) ?? []).map((line) => line.trim().split(' ').slice(1))

test('a good code gives the access grant, alone on standard output', async () => {
  const { code, stdout, stderr } = await redeem(await aCode(), { env: { VALETKEY_PASSPHRASE: 'hers alone' } })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^1[1-9A-HJ-NP-Za-km-z]{100,}\n$/)
  expect(stderr).toMatch(/scopes +read\n +ends +in 30 days\n +trace_id +[0-9a-f]{32}\n/)
  expect(stderr).not.toContain('hers alone')
  expect(stderr).not.toContain(photos().client_secret)
})

test('--json gives the answer with its trace', async () => {
  const { stdout } = await redeem(await aCode(), { args: ['--json'] })
  expect(JSON.parse(stdout)).toMatchObject({
    scopes: ['read'],
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})

const bcryptHash = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
const oneCharacterOff = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')

const mistakes: readonly (readonly [
  what: string,
  redeeming: () => { code?: string; env?: Record<string, string> },
  error: string,
  said: readonly string[],
])[] = [
  [
    'the client_id of another client',
    () => ({ env: { VALETKEY_CLIENT_ID: photosDev().client_id } }),
    'invalid_client',
    ['It was signed with the secret of another client of yours', 'valetkey client list'],
  ],
  [
    'a client_id one character off',
    () => ({ env: { VALETKEY_CLIENT_ID: oneCharacterOff(photos().client_id) } }),
    'invalid_client',
    ['No client has this client_id, but one of yours nearly does.', '(Photos)'],
  ],
  [
    'a wrong secret',
    () => ({ env: { VALETKEY_CLIENT_SECRET: 'wrong' } }),
    'invalid_client',
    ['This is hardly a client secret', 'valetkey client rotate-secret ', 'signed with none of the secrets'],
  ],
  [
    'the SHA-256 of the secret',
    () => ({ env: { VALETKEY_CLIENT_SECRET: sha256(photos().client_secret) } }),
    'invalid_client',
    ['It was signed with a hash of the secret.', 'Use the secret itself as the key'],
  ],
  [
    'a bcrypt hash of the secret',
    () => ({ env: { VALETKEY_CLIENT_SECRET: bcryptHash } }),
    'invalid_client',
    [
      'seen      the form of a password hash, such as bcrypt; 60 characters\n  expected  53 characters, beginning with vks_\n',
      'valetkey client rotate-secret ',
    ],
  ],
  [
    'a code that nobody issued',
    () => ({ code: 'no-such-code' }),
    'invalid_code',
    ['No authorization code is this one'],
  ],
]

test.each(mistakes)(
  '%s is explained at once to the developer who is signed in',
  async (_what, made, error, said) => {
    const { code = 'no-such-code', env = {} } = made()
    const shown = await redeem(code, { env, signedIn: true })
    expect(shown).toMatchObject({ code: 1, stdout: '' })
    expect(shown.stderr).toMatch(
      new RegExp(`^✗ .+\n(?: {2}.+\n)* {2}→ .+\n(?: {4}.+\n)*\nanswer +HTTP 40\\d ${error}\nclient +\\S`),
    )
    expect(shown.stderr.match(/← the server stops here/g)).toHaveLength(1)
    for (const words of said) expect(shown.stderr).toContain(words)
  },
)

test.each(mistakes)(
  '%s is found out by whoever types what is printed, from the start',
  async (_what, made, error, said) => {
    const { code = 'no-such-code', env = {} } = made()
    const refused = await redeem(code, { env })
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain(error)
    const [login = [], explain = []] = commandsIn(
      refused.stderr.slice(refused.stderr.indexOf('can ask the server why')),
    )
    expect([login[0], explain[0]]).toEqual(['login', 'explain'])
    expect((await run(login, { env: { VALETKEY_EMAIL: 'ada@example.com' } })).code).toBe(0)
    const explained = await run(explain)
    expect(explained.code).toBe(0)
    for (const words of said) expect(refused.stderr + explained.stdout).toContain(words)
  },
)

test('the way out of a lost secret is printed, and works', async () => {
  const env = { VALETKEY_CLIENT_ID: photosDev().client_id, VALETKEY_CLIENT_SECRET: bcryptHash }
  const { stderr } = await redeem('no-such-code', { env, signedIn: true })
  const rotate = commandsIn(stderr).find(([, verb]) => verb === 'rotate-secret') ?? []
  const { client_secret } = JSON.parse((await run([...rotate, '--json'])).stdout)
  const mended = await redeem('no-such-code', { env: { ...env, VALETKEY_CLIENT_SECRET: client_secret } })
  expect(mended.stderr).toContain('invalid_code')
})

test('a stale code is told with its time, and a new one works', async () => {
  const code = await aCode()
  expect((await redeem(code)).code).toBe(0)
  const again = await redeem(code, { signedIn: true })
  expect(again.stderr).toMatch(
    /seen {6}redeemed 20\d\d-.*\n +expected {2}a code that was never used\n +apart {5}\d+ s before /,
  )
  expect(again.stderr).toMatch(/^✗ .*\n {2}→ .*Let the user approve again/)
  expect((await redeem(await aCode())).code).toBe(0)
})

test('a client that is none of theirs is told, with those that are', async () => {
  const eve = { fullName: 'Eve', email: 'eve@example.com', password: 'a password of hers' }
  await post(url(), '/api/v0/developer/auth/register', eve)
  const env = { XDG_CONFIG_HOME: `${server.folder()}/eve`, VALETKEY_CLIENT_SECRET: 'wrong' }
  await run(['login', '--url', url(), '--email', eve.email], { env })
  const notHers = await redeem('no-such-code', { env })
  expect(notHers.stderr).toContain(
    `\n${photos().client_id} is none of your clients. You have no clients yet.\n`,
  )
  expect(notHers.stderr).not.toContain('the server stops here')

  const registered = ['client', 'register', '--name', 'Backup', '--redirect-uri', redirect_uri, '--json']
  const { client_id } = JSON.parse((await run(registered, { env })).stdout)
  const { stderr } = await redeem('no-such-code', { env })
  expect(stderr).toMatch(
    new RegExp(
      `\n${photos().client_id} is none of your clients\\. Yours: ${client_id} \\(Backup\\)\\.\n→ valetkey client list\n$`,
    ),
  )
})

test('a session that has ended is told, with the way back in', async () => {
  const env = { XDG_CONFIG_HOME: `${server.folder()}/ended` }
  await run(['login', '--url', url(), '--email', 'ada@example.com'], { env })
  const file = `${server.folder()}/ended/valetkey/session.json`
  const session = JSON.parse(await readFile(file, 'utf8'))
  await fetch(`${url()}/api/v0/developer/auth/logout`, {
    method: 'POST',
    headers: { authorization: `Bearer ${session.token}` },
  })
  const { stderr } = await redeem('no-such-code', { env })
  expect(stderr).toContain(
    `\nYour session at ${url()} has ended: valetkey login --url ${url()}\nThen ask why:\n`,
  )
  expect(commandsIn(stderr)).toEqual([['explain', expect.any(String), '--url', url()]])
})

test('without an address it is the server of the session', async () => {
  const { code } = await run(['token', 'test', '--redirect-uri', redirect_uri], {
    env: {
      VALETKEY_CLIENT_ID: photos().client_id,
      VALETKEY_CLIENT_SECRET: photos().client_secret,
      VALETKEY_CODE: await aCode(),
    },
  })
  expect(code).toBe(0)
})

test('programs get the refusal and, for its developer, the explanation', async () => {
  const told = async (signedIn: boolean) =>
    JSON.parse((await redeem('no-such-code', { signedIn, args: ['--json'] })).stdout)
  const refused = { error: 'invalid_code', status: 400, trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) }
  expect(await told(false)).toMatchObject({ ...refused, token_request: null })
  expect(await told(true)).toMatchObject({
    ...refused,
    token_request: { cause: 'code_unknown', explanation: { first_failure: 'find_code' } },
  })
})

test('a server that is none has nothing to explain', async () => {
  const { stderr } = await redeem('x', { args: ['--url', await somethingElse()] })
  expect(stderr).toMatch(/^error The answer \(HTTP 404\) is not one of a Valetkey server\.\n/)
  expect(stderr).not.toContain('valetkey explain')
})

test('it prints no curl unless asked, and none after success, where it would replay the code', async () => {
  const granted = await redeem(await aCode(), { args: ['--curl'] })
  const refused = await redeem('no-such-code')
  expect([granted.code, refused.code]).toEqual([0, 1])
  expect(granted.stderr + refused.stderr).not.toContain('curl')
})

test('the curl of --curl asks the same, with the secrets from variables', async () => {
  const env = { VALETKEY_PASSPHRASE: 'hers alone' }
  const { stderr } = await redeem('no-such-code', { env, args: ['--curl'] })
  expect(stderr).toContain('it takes a new code where this one was spent:\n')
  const [curl] = /curl (?:.*\\\n)+.*$/m.exec(stderr) ?? []
  const script = `curl() { for word in "$@"; do body=$word; done; printf %s "$body"; }\n${curl}`
  const body = execFileSync('sh', ['-c', script], {
    env: { JWT: 'j.w.t', CODE: 'c', PASSPHRASE: 'p' },
    encoding: 'utf8',
  })
  expect(JSON.parse(body)).toEqual({
    client_id: photos().client_id,
    client_secret: 'j.w.t',
    redirect_uri,
    code: 'c',
    passphrase: 'p',
  })
})

test('a server that is not there', async () => {
  const { code, stderr } = await redeem('x', { args: ['--url', 'http://localhost:4'] })
  expect(code).toBe(1)
  expect(stderr).toBe('error cannot reach http://localhost:4: nothing listens there\n')
  const elsewhere = await redeem('x', { args: ['--url', 'http://localhost:4'], signedIn: true })
  expect(elsewhere.stderr).toBe(
    `error cannot reach http://localhost:4: nothing listens there\n  You are signed in at ${url()}: add --url ${url()}, or set VALETKEY_URL.\n`,
  )
})

const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** The address of a web server that knows nothing of tokens. */
async function somethingElse(): Promise<string> {
  const other = createServer((_request, response) => response.writeHead(404).end('<h1>Not Found</h1>'))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}
