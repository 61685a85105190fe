import { execFileSync } from 'node:child_process'
import { beforeAll, expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'
import { post, useServer } from '../testing/server.ts'

const { url } = useServer()
const redirect_uri = 'http://localhost:3000/cb'
let client: Record<string, string> = {}
let user = ''

beforeAll(async () => {
  const account = { email: 'ada@example.com', password: 'a password of hers' }
  await post(url(), '/api/v0/developer/auth/register', account)
  const { token } = await post(url(), '/api/v0/developer/auth/token', account)
  client = await post(
    url(),
    '/api/v0/developer/auth/oauth2/clients',
    { name: 'Photos', redirect_uris: [redirect_uri] },
    token,
  )
  await post(url(), '/api/v0/auth/register', account)
  user = (await post(url(), '/api/v0/auth/token', account)).token ?? ''
})

async function aCode(): Promise<string> {
  const { request_id } = await post(
    url(),
    '/api/v0/oauth2/request',
    { client_id: client.client_id, redirect_uri, scope: ['read'] },
    user,
  )
  const { code } = await post(
    url(),
    '/api/v0/oauth2/consent',
    { request_id, approve: true, approved_scopes: ['read'] },
    user,
  )
  return code ?? ''
}

const redeem = (code: string, { args = [] as string[], env = {} } = {}) =>
  runCli(['token', 'test', '--url', url(), '--redirect-uri', redirect_uri, ...args], {
    env: {
      VALETKEY_CLIENT_ID: client.client_id ?? '',
      VALETKEY_CLIENT_SECRET: client.client_secret ?? '',
      VALETKEY_CODE: code,
      ...env,
    },
  })

test('a good code gives the access grant, alone on standard output', async () => {
  const { code, stdout, stderr } = await redeem(await aCode(), { env: { VALETKEY_PASSPHRASE: 'hers alone' } })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^1[1-9A-HJ-NP-Za-km-z]{100,}\n$/)
  expect(stderr).toMatch(/scopes +read\n +ends +in 30 days\n +trace_id +[0-9a-f]{32}\n/)
  expect(stderr).not.toContain('hers alone')
  expect(stderr).not.toContain(client.client_secret)
})

test('--json gives the answer with its trace', async () => {
  const { stdout } = await redeem(await aCode(), { args: ['--json'] })
  expect(JSON.parse(stdout)).toMatchObject({
    scopes: ['read'],
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})

test.each([
  ['an unknown code', {}, 'invalid_code', 'A code works once'],
  ['another secret', { VALETKEY_CLIENT_SECRET: 'wrong' }, 'invalid_client', 'valetkey client list'],
])('%s is explained, with what to look at next', async (_what, env, error, advice) => {
  const { code, stdout, stderr } = await redeem('no-such-code', { env })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(new RegExp(`error +${error}\n`))
  expect(stderr).toMatch(/trace_id +[0-9a-f]{32}\n/)
  expect(stderr).toContain(advice)
  expect(JSON.parse((await redeem('no-such-code', { env, args: ['--json'] })).stdout)).toMatchObject({
    error,
  })
})

test('the curl it prints asks the same, with the secrets from variables', async () => {
  const { stderr } = await redeem('no-such-code', { env: { VALETKEY_PASSPHRASE: 'hers alone' } })
  const curl = stderr.slice(stderr.indexOf('curl '))
  const script = `curl() { for word in "$@"; do body=$word; done; printf %s "$body"; }\n${curl}`
  const body = execFileSync('sh', ['-c', script], {
    env: { JWT: 'j.w.t', CODE: 'c', PASSPHRASE: 'p' },
    encoding: 'utf8',
  })
  expect(JSON.parse(body)).toEqual({
    client_id: client.client_id,
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
})
