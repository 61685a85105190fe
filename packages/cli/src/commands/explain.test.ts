import { readFile } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { rowsOf } from '../../../../e2e/testing/rows.ts'
import { run as runHere } from '../run.ts'
import { redirect_uri, useScene } from '../testing/scene.ts'
import { useServer } from '../testing/server.ts'

const server = useServer()
const { url, folder } = server
const { photos, photosDev, aCode, run } = useScene(server)

/** Asks for an access grant as a program would. The trace is waited for by whoever asks. */
async function redeem(form: Record<string, unknown>, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${url()}/api/v0/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ client_id: photos().client_id, redirect_uri, code: 'no-such-code', ...form }),
  })
  await response.arrayBuffer()
  return response.headers.get('x-trace-id') ?? ''
}

const jwtOf = async ({ client_id, client_secret }: { client_id: string; client_secret: string }) =>
  (
    await run(['jwt', 'create'], {
      env: { VALETKEY_CLIENT_ID: client_id, VALETKEY_CLIENT_SECRET: client_secret },
    })
  ).stdout.trim()

test('before anything was sent, the last one is none', async () => {
  const { code, stdout } = await run(['explain', '--last'])
  expect(code).toBe(0)
  expect(stdout).toContain(
    'No token request of your clients was refused in the last 30 days.\nNone was granted either.',
  )
  expect(stdout).toContain('valetkey explain <trace_id>')
  expect(await run(['explain', '--last', '--json'])).toMatchObject({ code: 0, stdout: 'null\n' })
})

test('a granted request shows every step passed, and --last says when it was', async () => {
  const trace_id = await redeem({ client_secret: await jwtOf(photos()), code: await aCode() })
  const { code, stdout } = await run(['explain', trace_id])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    new RegExp(
      `^✓ Nothing was wrong with this request\\.\n\nclient +${photos().client_id} \\(Photos\\)\ntime +20.* ago\\)\noutcome +granted, HTTP 200\ntrace_id +${trace_id}\ngrant_id +\\S+\nsent by +node from 127\\.0\\.0\\.1\n`,
    ),
  )
  expect(stdout).not.toMatch(/[✗!]|not proven/)
  const last = await run(['explain', '--last'])
  expect(last.stdout).toMatch(/\nThe newest was granted at 20\d\d-.* ago\)\.\n/)
})

test('a refused one begins with the finding and the fix; then who and when; then the steps with what was seen', async () => {
  const trace_id = await redeem({
    client_secret: await jwtOf({ ...photos(), client_secret: `${photos().client_secret}\n` }),
  })
  const { code, stdout } = await run(['explain', trace_id])
  expect(code).toBe(0)
  expect(stdout).toMatch(/\noutcome +refused, HTTP 401, signature_wrong\n/)
  expect(stdout).toMatch(/\nsent +application\/json, \d+ bytes: client_id client_secret redirect_uri code\n/)
  expect(stdout).toMatch(
    /^✗ It was signed with the secret .*\n {2}→ Trim the secret where your app reads it\.\n {4}const client_secret = .*\n\nclient /,
  )
  expect(stdout.match(/Trim the secret/g)).toHaveLength(1)
  expect(stdout).toContain(
    '\nnot proven to be from your app: anybody may send a request in its name.\n\n✓ 1 ',
  )
  expect(stdout).toMatch(/\n✗ 4 +verify the signature +← the server stops here\n {5}seen +\S/)
  expect(stdout.split('\n').length).toBeLessThan(33)
  const { stdout: json } = await run(['explain', trace_id.toUpperCase(), '--json'])
  expect(JSON.parse(json)).toMatchObject({ trace_id, cause: 'secret_with_whitespace', authenticated: false })
})

test('what was signed with an unknown key may be somebody else, and then there is nothing to do', async () => {
  const trace_id = await redeem({ client_secret: await jwtOf({ ...photos(), client_secret: 'x' }) })
  const { stdout } = await run(['explain', trace_id])
  expect(stdout).toContain(
    'in its name. If your app works, somebody else may have sent this: then there is nothing to do.\n',
  )
})

test('a form is not said to have had no parameters: they were not read', async () => {
  const response = await fetch(`${url()}/api/v0/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: photos().client_id }),
  })
  await response.arrayBuffer()
  const { stdout } = await run(['explain', response.headers.get('x-trace-id') ?? ''])
  expect(stdout).toMatch(/\nsent +\S.*: parameters not read\n/)
  expect(stdout).toMatch(/\n✗ 0 +read the request/)
})

test('a trace_id is found in whatever it was copied with', async () => {
  const trace_id = await redeem({ client_secret: 'no JWT' })
  const answer = JSON.stringify({ error: 'invalid_client', trace_id: trace_id.toUpperCase() })
  for (const pasted of [` "${trace_id}" `, answer, `https://app.example/cb?trace_id=${trace_id}&a=b`]) {
    const { code, stdout } = await run(['explain', pasted])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(trace_id) })
  }
})

test('--last finds the newest that was not granted, of all clients or of one', async () => {
  const ours = await redeem({ client_secret: await jwtOf(photos()) })
  const dev = await redeem({
    client_id: photosDev().client_id,
    client_secret: await jwtOf({ ...photosDev(), client_secret: 'x' }),
  })
  await run(['explain', dev])
  const lastOf = async (...args: string[]) =>
    JSON.parse((await run(['explain', '--last', ...args, '--json'])).stdout).client_id
  expect([photos().client_id, photosDev().client_id]).toContain(await lastOf())
  expect(await lastOf('--client-id', photos().client_id)).toBe(photos().client_id)
  expect(await lastOf('--client-id', photosDev().client_id)).toBe(photosDev().client_id)
  expect((await run(['explain', ours])).stdout).toContain('\n✗ 8 ')
  expect((await run(['explain', '--last'])).stderr).toBe(
    'Not the one? A request that named none of your clients is found by its trace_id alone: valetkey explain <trace_id>\n',
  )
})

test('a filter for a client that is none of theirs is told, with those that are', async () => {
  for (const which of ['--last', '--tail']) {
    const { code, stdout, stderr } = await run(['explain', which, '--client-id', 'nonsense'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `error You have no client nonsense. Yours: ${photos().client_id} (Photos), ${photosDev().client_id} (Photos dev).\n`,
    )
  }
})

test('one that is unknown is told, with whose are seen and where to look otherwise', async () => {
  const { code, stdout, stderr } = await run(['explain', '0123456789abcdef0123456789abcdef'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toBe(
    `error no token request with this trace_id that you may see: is it of your client, not older than 30 days, and typed right?
  Yours: ${photos().client_id} (Photos), ${photosDev().client_id} (Photos dev).
  → valetkey token diagnose -   looks at the request itself, unsent
`,
  )
})

test.each(['0123456789abcdef', 'tail', `${'0'.repeat(33)}`])(
  '"%s" is no trace_id, and no server is asked',
  async (text) => {
    const { code, stderr } = await run(['explain', text, '--url', 'http://localhost:4'])
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'error a trace_id has 32 hex digits\n' })
  },
)

test('it must be said which, and once', async () => {
  for (const args of [[], ['--last', '--tail'], ['0123', '--last'], ['0123', '--client-id', 'x']])
    expect((await run(['explain', ...args])).code).toBe(2)
})

test('a session that the server has ended is told, with the way back in', async () => {
  const env = { XDG_CONFIG_HOME: `${folder()}/ended` }
  await run(['login', '--url', url(), '--email', 'ada@example.com'], { env })
  const file = `${folder()}/ended/valetkey/session.json`
  const session = JSON.parse(await readFile(file, 'utf8'))
  await fetch(`${url()}/api/v0/developer/auth/logout`, {
    method: 'POST',
    headers: { authorization: `Bearer ${session.token}` },
  })
  for (const args of [['--last'], ['0'.repeat(32)]]) {
    const { code, stderr } = await run(['explain', ...args], { env })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error Your session at ${url()} has ended: valetkey login --url ${url()}\n`,
    })
  }
})

test('without a session it says how to sign in', async () => {
  const { code, stderr } = await run(['explain', '--last', '--url', url()], { signedIn: false })
  expect(code).toBe(1)
  expect(stderr).toContain(`run "valetkey login --url ${url()}" first`)
})

test('what a stranger sends steers no terminal', async () => {
  const client_id = `${photos().client_id}\u001b[2J\n✓ 1  granted`
  const trace_id = await redeem(
    { client_id, client_secret: 'a\u001b[31m.b.c' },
    { 'user-agent': 'curl/8 \u009b31m' },
  )
  const { stdout } = await run(['explain', trace_id])
  expect(stdout).toContain(`\nclient    ${photos().client_id}`)
  expect(stdout).not.toMatch(/[^\P{Cc}\n]/u)
  expect(stdout).not.toMatch(/^✓ 1 {2}granted/m)
})

/** Follows until this was said; then the reader goes away, as `head` does. */
async function tail(
  args: readonly string[],
  { until, meanwhile }: { until: RegExp; meanwhile: () => Promise<unknown> },
) {
  const [stdin, stdout, stderr] = [new PassThrough().end(), new PassThrough(), new PassThrough()]
  let said = ''
  let ready = (): void => {}
  const begun = new Promise<void>((resolve) => {
    ready = resolve
  })
  let aside = ''
  stderr.on('data', (chunk) => {
    aside += chunk
    ready()
  })
  stdout.on('data', (chunk) => {
    said += chunk
    if (until.test(said)) stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  })
  const env = { XDG_CONFIG_HOME: `${folder()}/signed-in` }
  const code = runHere({
    argv: ['node', 'valetkey', 'explain', '--tail', ...args],
    env,
    stdin,
    stdout,
    stderr,
  })
  await Promise.race([begun, setTimeout(1_000)])
  await setTimeout(500)
  await meanwhile()
  return { code: await code, said, aside }
}

test('--tail shows each request as it comes, a blank line between, and ends with its reader', async () => {
  let trace_id = ''
  const { code, said, aside } = await tail([], {
    until: /\n\n✗ 20.*\n/,
    meanwhile: async () => {
      const client_secret = await jwtOf({ ...photos(), client_secret: 'x' })
      trace_id = await redeem({ client_secret })
      // In one second they have no order.
      await setTimeout(1_000)
      await redeem({ client_secret })
    },
  })
  expect(code).toBe(0)
  expect(said).toMatch(
    new RegExp(
      `^✗ 20\\S+ {2}401 signature_wrong {2}Photos {2}from 127\\.0\\.0\\.1, not proven to be from your app {2}${trace_id}\\n {2}verify the signature\\n {4}seen [\\s\\S]*\\S\\n\\n✗ 20`,
    ),
  )
  expect(aside).toContain('is found by its trace_id alone: valetkey explain <trace_id>\n')
})

test('--tail --json is a line of JSON for each', async () => {
  let trace_id = ''
  const { client_id } = photosDev()
  const { said } = await tail(['--json', '--client-id', client_id], {
    until: /\n/,
    meanwhile: async () => {
      trace_id = await redeem({ client_id, client_secret: 'neither \u001b nor JWT' })
    },
  })
  expect(
    said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([expect.objectContaining({ trace_id, client_name: 'Photos dev', reason: 'jwt_malformed' })])
})

test('the operator reads it straight from the database, and the audit log keeps that', async () => {
  const trace_id = await redeem({ client_secret: 'no JWT' })
  await server.server().deps.recorder.flush()
  const env = { VALETKEY_DATA: `${folder()}/data` }
  const { code, stdout } = await run(['explain', trace_id, '--operator'], { env })
  expect(code).toBe(0)
  expect(stdout).toContain('(Photos)')
  expect(stdout).toContain('← the server stops here')
  const unknown = await run(['explain', '0'.repeat(32), '--operator'], { env })
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('no token request')])
  const nowhere = await run(['explain', trace_id, '--operator'], {
    env: { VALETKEY_DATA: `${folder()}/nothing-here` },
  })
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('there is no database')])
  const looks = await rowsOf({ data: `${folder()}/data`, database_url: '' }, 'select * from audit_events')
  expect(looks.filter(({ actor_kind }) => actor_kind === 'operator')).toMatchObject([
    { action: 'token_request.read', resource: trace_id, outcome: 'success' },
    { action: 'token_request.read', resource: '0'.repeat(32), outcome: 'failed' },
  ])
})
