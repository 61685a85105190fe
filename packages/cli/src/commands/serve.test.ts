import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type ServeProcess, startServe } from '../../../../e2e/testing/serve-process.ts'
import { program, runCli } from '../testing/run-cli.ts'

let folder = ''
const running = new Set<ServeProcess>()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'valetkey-serve-'))
})
afterEach(() => {
  for (const server of running) void server.kill()
  running.clear()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const data = () => join(folder, 'data')

/** A server in a process of its own, once it says where it listens. */
async function started(flags: readonly string[] = []) {
  const server = await startServe({ data: data() }, { flags })
  running.add(server)
  return {
    ...server,
    stopped(signal: NodeJS.Signals) {
      server.signal(signal)
      return server.ended
    },
  }
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'a server says where it is, answers, and ends with 0 on %s',
  async (signal) => {
    const { url, said, events, stopped } = await started()
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(said()).toContain(`${data()} (SQLite)`)
    expect(await stopped(signal)).toBe(0)
    expect(events.at(0)?.event).toBe('started')
    await expect.poll(() => events.at(-1)?.event).toBe('stopped')
  },
)

test('a reload does not end one process, which has nobody to take its place', async () => {
  const { url, said, signal, stopped } = await started()
  signal('SIGUSR2')
  await expect.poll(said).toContain('restart it instead')
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  expect(await stopped('SIGTERM')).toBe(0)
})

test('with --json it says nothing but its log', async () => {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--data', data(), '--json'], {
    env: { PATH: process.env.PATH ?? '' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const written = { stdout: '', stderr: '' }
  child.stderr.on('data', (chunk) => {
    written.stderr += String(chunk)
  })
  child.stdout.on('data', (chunk) => {
    written.stdout += String(chunk)
  })
  child.stdout.once('data', () => child.kill('SIGTERM'))
  const [code] = await once(child, 'close')
  expect({ code, stderr: written.stderr }).toEqual({ code: 0, stderr: '' })
  const events = written.stdout.trimEnd().split('\n')
  expect(events.map((line) => JSON.parse(line).event)).toEqual(['started', 'stopped'])
})

test('secret settings come from standard input, a line for each in the order of the settings', async () => {
  const flags = ['serve', '--master-key', '-', '--database-url', '-', '--smtp-url', '-']
  const told = async (input: string) => (await runCli(flags, { input })).stderr
  const masterKey = 'ab'.repeat(32)
  expect(await told(`mysql://db\n${masterKey}\nsmtp://mail\n`)).toContain(
    'VALETKEY_DATABASE_URL (--database-url) must be',
  )
  expect(await told('postgres://localhost:4/none\n')).toContain('no line left for --master-key')
  expect(await told(`postgres://localhost:4/none\n${masterKey}\nhttp://mail\n`)).toContain(
    'VALETKEY_SMTP_URL',
  )
  expect(await told(`postgres://localhost:4/none\n${masterKey}\nsmtp://mail\n`)).toContain(
    'the database cannot be reached',
  )
})

test('a port that is taken is told in one sentence', async () => {
  const { url } = await started()
  const { code, stderr } = await runCli([
    'serve',
    '--port',
    new URL(url).port,
    '--data',
    join(folder, 'other'),
  ])
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^error something listens on 127\.0\.0\.1:\d+ already; stop it, or choose another --port\n$/,
  )
})

test('flags win over the environment', async () => {
  const { code, stderr } = await runCli(['serve', '--code-ttl', '1'], { env: { VALETKEY_CODE_TTL: '60' } })
  expect(code).toBe(2)
  expect(stderr).toBe('error VALETKEY_CODE_TTL (--code-ttl) must be a whole number from 5 to 600\n')
})

test('the doctor finds a healthy server healthy, and what is wrong with an ill one', async () => {
  const { url } = await started()
  const env = { VALETKEY_DATA: data(), VALETKEY_PORT: new URL(url).port }
  const well = await runCli(['doctor', '--url', url, '--json'], { env })
  expect(JSON.parse(well.stdout)).toMatchObject({ ok: true })
  expect(well.code).toBe(0)

  await chmod(join(data(), 'master.key'), 0o644)
  const ill = await runCli(['doctor'], { env })
  expect(ill.code).toBe(1)
  expect(ill.stdout).toMatch(/^✗ data folder +others can read master\.key/m)
  expect(ill.stdout).toMatch(/^✗ master key +.*readable by others/m)
  await chmod(join(data(), 'master.key'), 0o600)
})

test('the doctor tells a master key that is not the one of the database', async () => {
  const { url, stopped } = await started()
  const account = { email: 'ada@example.com', password: 'a password of hers' }
  const post = (path: string, body: unknown, token = '') =>
    fetch(`${url}/api/v0/developer/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
  await post('/register', account)
  const { token } = await (await post('/token', account)).json()
  expect(
    (await post('/oauth2/clients', { name: 'Photos', redirect_uris: ['http://localhost/cb'] }, token)).status,
  ).toBe(200)
  await stopped('SIGTERM')

  expect((await runCli(['doctor'], { env: { VALETKEY_DATA: data() } })).stdout).toMatch(
    /^✓ secrets +the master key opens what is stored$/m,
  )
  const { code, stdout } = await runCli(['doctor'], {
    env: { VALETKEY_DATA: data(), VALETKEY_MASTER_KEY: '7'.repeat(64) },
  })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^✗ secrets +sealed under master key [0-9a-f]{8}, this server has [0-9a-f]{8}$/m)
})

test('the doctor makes nothing that is not there', async () => {
  const nowhere = join(folder, 'nowhere')
  const { code, stdout } = await runCli(['doctor'], { env: { VALETKEY_DATA: nowhere, VALETKEY_PORT: '0' } })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^– database +there is none yet/m)
  await expect(stat(nowhere)).rejects.toThrow('ENOENT')
})

test('the doctor says why it cannot go on', async () => {
  const unreachable = await runCli(['doctor', '--url', 'http://localhost:4'], {
    env: { VALETKEY_DATA: join(folder, 'nowhere') },
  })
  expect(unreachable.code).toBe(1)
  expect(unreachable.stdout).toMatch(/^✗ clock +cannot reach http:\/\/localhost:4: nothing listens there$/m)
  const misspelt = await runCli(['doctor'], { env: { VALETKEY_CODE_TTL: 'soon' } })
  expect(misspelt.code).toBe(1)
  expect(misspelt.stdout).toMatch(/^✗ settings +VALETKEY_CODE_TTL/m)
})

test('with --dev a refused token request is explained in its answer, and not without', async () => {
  const explained = async (args: readonly string[]) => {
    const { url, stopped } = await started(args)
    const answer = await fetch(`${url}/api/v0/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_id: 'x', client_secret: 'Bearer x', redirect_uri: 'x', code: 'x' }),
    })
    const body = await answer.json()
    expect(await stopped('SIGTERM')).toBe(0)
    return body.explanation?.steps.find((step: { result: string }) => step.result === 'failed')?.findings[0]
  }
  expect(await explained(['--dev'])).toMatchObject({ cause: 'bearer_prefix', fix: 'Send the JWT alone.' })
  expect(await explained([])).toBe(undefined)
})

test('its help is wrapped like any other, with no option explained twice', async () => {
  const { stdout } = await runCli(['serve', '--help'])
  const [, options = ''] = stdout.split('Options:')
  const tooLong = (options.split('Examples:')[0] ?? '').split('\n').filter((line) => line.length > 80)
  // Words longer than their column stay whole: the address of the storage network, the longest name of a setting.
  expect(tooLong.map((line) => line.trim().includes(' '))).toEqual([false, false])
  expect(stdout).not.toContain('preset')
})
