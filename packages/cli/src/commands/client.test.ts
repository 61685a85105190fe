import { generateKeyPairSync } from 'node:crypto'
import { statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { atTerminal } from '../testing/at-terminal.ts'
import { runCli } from '../testing/run-cli.ts'
import { post, useServer } from '../testing/server.ts'

const { url, folder } = useServer()
const email = 'ada@example.com'
const password = 'a password of hers'
const unknown = '0198c5f0-7e1a-4cc2-9a55-3f2b6f0f1a11'

const run = (args: readonly string[], given: { env?: Record<string, string>; input?: string } = {}) =>
  runCli(args, { ...given, env: { XDG_CONFIG_HOME: folder(), ...given.env } })
const sessionFile = () => join(folder(), 'valetkey', 'session.json')
const json = async (args: readonly string[]) => {
  const { code, stdout } = await run([...args, '--json'])
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

beforeAll(async () => {
  await post(url(), '/api/v0/developer/auth/register', { fullName: 'Ada', email, password })
})

test('before signing in, a command says how', async () => {
  const { code, stderr } = await run(['client', 'list'])
  expect(code).toBe(1)
  expect(stderr).toContain('run "valetkey login" first')
})

test('a wrong password is one sentence, the error and the trace; no session is kept', async () => {
  const { code, stderr, stdout } = await run(['login', '--url', url(), '--email', email], {
    env: { VALETKEY_PASSWORD: 'wrong' },
  })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(
    /^error The e-mail address or the password is wrong.*\n {2}error {5}unauthorized\n {2}trace_id {2}[0-9a-f]{32}\n$/,
  )
  expect(() => statSync(sessionFile())).toThrow('ENOENT')
})

test('a developer signs in; the session is readable by its owner alone, and holds no password', async () => {
  const { code, stdout } = await run(['login', '--url', url(), '--email', email, '--password-stdin'], {
    input: `${password}\n`,
  })
  expect(code).toBe(0)
  expect(stdout).toContain(`Signed in at ${url()} as ${email}`)
  expect(statSync(sessionFile()).mode & 0o777).toBe(0o600)
  expect(await readFile(sessionFile(), 'utf8')).not.toContain(password)
})

test('a client goes through its whole life', async () => {
  const made = await run([
    'client',
    'register',
    '--name',
    'Photo Album',
    '--redirect-uri',
    'http://localhost:3000/cb',
    '--scope',
    'read,list',
    '--env',
  ])
  expect(made.code).toBe(0)
  const [, client_id, first] =
    /^VALETKEY_CLIENT_ID=(\S+)\nVALETKEY_CLIENT_SECRET=(vks_\w+)\n$/.exec(made.stdout) ?? []
  if (client_id === undefined || first === undefined) throw new Error(made.stdout)

  expect(await json(['client', 'list'])).toMatchObject([
    { client_id, name: 'Photo Album', scopes: ['read', 'list'], client_secret: '' },
  ])
  const { stdout: table } = await run(['client', 'list'])
  expect(table).toMatch(new RegExp(`^NAME {9}CLIENT_ID.*\nPhoto Album  ${client_id}  active `))

  const rotated = await json(['client', 'rotate-secret', client_id, '--keep-previous-for', '1d'])
  expect(rotated.client_id).toBe(client_id)
  expect(rotated.client_secret).not.toBe(first)
  const shown = await json(['client', 'show', client_id])
  const retirement = shown.secrets.map(({ retires_at }: { retires_at: string | null }) => retires_at)
  expect(retirement[0]).toBeNull()
  expect(Math.abs(Date.parse(retirement[1]) - Date.now() - 86_400_000)).toBeLessThan(60_000)
  const { stdout: words } = await run(['client', 'show', client_id])
  expect(words).toMatch(/name +Photo Album/)
  expect(words).not.toContain('vks_')

  expect((await run(['client', 'disable', client_id])).code).toBe(0)
  expect(await json(['client', 'show', client_id])).toMatchObject({ status: 0 })
  expect((await run(['client', 'enable', client_id])).code).toBe(0)
  expect(await json(['client', 'show', client_id])).toMatchObject({ status: 1 })

  const unasked = await run(['client', 'delete', client_id])
  expect(unasked.code).toBe(2)
  expect(unasked.stderr).toContain('--yes')
  expect((await run(['client', 'delete', client_id, '--yes'])).code).toBe(0)
  expect((await run(['client', 'list'])).stdout).toContain('You have no clients yet.')
}, 60_000)

test('a client of another kind has no secret, and says how it proves who it is', async () => {
  const tool = ['client', 'register', '--name', 'Photo Tool', '--redirect-uri', 'http://127.0.0.1/cb']
  const native = ['--auth-method', 'none', '--application-type', 'native']
  const ways = ['--grant-type', 'authorization_code', '--grant-type', 'refresh_token']
  const made = await json([...tool, ...native, ...ways, '--require-par'])
  expect(Object.keys(made)).toEqual(['client_id'])
  expect(await json(['client', 'show', made.client_id])).toMatchObject({
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    require_pushed_authorization_requests: true,
  })
  const { stdout } = await run(['client', 'show', made.client_id])
  expect(stdout).toMatch(/authentication +none: PKCE alone/)
  expect(stdout).toMatch(/grant_types +authorization_code refresh_token/)
  expect(stdout).not.toContain('SECRET OF')
  expect((await run(['client', 'list'])).stdout).toContain('native, none')

  const frame = ['client', 'register', '--name', 'Frame', ...native, '--grant-type', 'device_code']
  const { stdout: env, stderr } = await run([...frame, '--env'])
  expect(env).toMatch(/^VALETKEY_CLIENT_ID=\S+\n$/)
  expect(stderr).not.toContain('secret')

  const rotated = await run(['client', 'rotate-secret', made.client_id])
  expect(rotated.code).toBe(1)
  expect(rotated.stderr).toContain('This client has no secret')
}, 30_000)

test('public keys come from a file, and a private one stays there', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const file = join(folder(), 'keys.json')
  const register = (...args: string[]) =>
    run([
      ...['client', 'register', '--name', 'Keys', '--redirect-uri', 'https://photos.example/cb'],
      ...['--auth-method', 'private_key_jwt', '--json', ...args],
    ])
  await writeFile(file, JSON.stringify({ keys: [jwk] }))
  const { client_id } = JSON.parse((await register('--jwks', file)).stdout)
  expect(await json(['client', 'show', client_id])).toMatchObject({ jwks: { keys: [jwk] }, secrets: [] })
  const jwks_uri = 'https://photos.example/keys'
  const elsewhere = JSON.parse((await register('--jwks-uri', jwks_uri)).stdout)
  expect((await run(['client', 'show', elsewhere.client_id])).stdout).toContain(`a key at ${jwks_uri}`)

  await writeFile(file, JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }))
  const refused = await register('--jwks', file)
  expect([refused.code, refused.stdout]).toEqual([2, expect.stringContaining('holds a private key')])
  for (const text of ['{}', 'keys', '']) {
    await writeFile(file, text)
    expect((await register('--jwks', file)).code).toBe(2)
  }
  expect((await register('--jwks', join(folder(), 'nowhere.json'))).code).toBe(2)
  expect((await register()).stdout).toContain('needs jwks or jwks_uri')
}, 30_000)

test('what the server refuses is told in its words, for people and for programs', async () => {
  const { code, stderr } = await run(['client', 'show', unknown])
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^error You have no client with this id\.\n {2}error {5}not_found\n {2}trace_id {2}[0-9a-f]{32}\n$/,
  )
  const machine = await run(['client', 'show', unknown, '--json'])
  expect(machine).toMatchObject({ code: 1, stderr: '' })
  expect(JSON.parse(machine.stdout)).toEqual({
    error: 'not_found',
    error_description: 'You have no client with this id.',
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})

test('a session is for the server it was made at, and its token is sent nowhere else', async () => {
  const { code, stderr } = await run(['client', 'list', '--url', 'http://localhost:4'])
  expect(code).toBe(1)
  expect(stderr).toContain('not signed in at http://localhost:4')
})

test('a session that is over is not tried', async () => {
  const kept = await readFile(sessionFile(), 'utf8')
  await writeFile(sessionFile(), JSON.stringify({ ...JSON.parse(kept), expires_at: '2026-01-01T00:00:00Z' }))
  expect((await run(['client', 'list'])).stderr).toContain('has ended')
  await writeFile(sessionFile(), kept)
})

test('at a terminal a working secret ends only when that was said', async () => {
  const made = ['client', 'register', '--name', 'Asked', '--redirect-uri', 'http://localhost/cb']
  const { client_id } = await json(made)
  const secretsOf = async () => (await json(['client', 'show', client_id])).secrets.length
  const rotate = (args: readonly string[], answers: readonly string[]) =>
    atTerminal(['client', 'rotate-secret', client_id, ...args], {
      env: { XDG_CONFIG_HOME: folder() },
      answers,
    })

  const kept = await rotate([], ['n'])
  expect(kept).toMatchObject({ code: 1, stdout: '' })
  expect(kept.stderr.replaceAll(/\s+/g, ' ')).toContain(
    'The present secret ends at once: your app is refused until it has the new one. --keep-previous-for 1d lets both work for a day.',
  )
  expect(await secretsOf()).toBe(1)
  for (const [args, answers] of [
    [[], ['y']],
    [['--yes'], []],
    [['--keep-previous-for', '1d'], []],
  ] as const) {
    const { code, stdout, stderr } = await rotate(args, answers)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/client_secret +vks_/) })
    expect(stderr.split('◆')).toHaveLength(answers.length + 1)
  }
}, 30_000)

test('a hint stands before the figures it is about', async () => {
  const { client_id } = await json([
    'client',
    'register',
    '--name',
    'Fresh',
    '--redirect-uri',
    'http://localhost/cb',
  ])
  await json(['client', 'rotate-secret', client_id, '--keep-previous-for', '30d'])
  const { hints } = await json(['client', 'health', client_id])
  const { stdout } = await run(['client', 'health', client_id])
  expect(hints.length).toBeGreaterThan(0)
  expect(stdout.split('\n').slice(0, hints.length)).toEqual(hints.map((hint: string) => `! ${hint}`))
})

test('signing in anew needs no address', async () => {
  expect((await run(['login', '--email', email], { env: { VALETKEY_PASSWORD: password } })).stdout).toContain(
    `Signed in at ${url()}`,
  )
})

test('a server that is not there is told from one that refuses', async () => {
  const { code, stderr } = await run(['login', '--url', 'http://localhost:4', '--email', email], {
    env: { VALETKEY_PASSWORD: password },
  })
  expect(code).toBe(1)
  expect(stderr).toBe(
    `error cannot reach http://localhost:4: nothing listens there\n  You are signed in at ${url()}: add --url ${url()}, or set VALETKEY_URL.\n`,
  )
})

test('signing out ends the session here and at the server', async () => {
  const { token } = JSON.parse(await readFile(sessionFile(), 'utf8'))
  expect((await run(['logout'])).stdout).toBe(`Signed out of ${url()}.\n`)
  expect(() => statSync(sessionFile())).toThrow('ENOENT')
  const answer = await fetch(`${url()}/api/v0/developer/auth/account`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(401)
  expect((await run(['logout'])).stdout).toBe('There was no session.\n')
})
