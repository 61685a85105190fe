import { randomUUID } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { atTerminal } from '../testing/at-terminal.ts'
import { runCli } from '../testing/run-cli.ts'
import { useScene } from '../testing/scene.ts'
import { useServer } from '../testing/server.ts'

const token = 'the-operators-token-of-more-than-32-characters'
const server = useServer({ admin_token: token })
const scene = useScene(server)

const env = () => ({ VALETKEY_ADMIN_TOKEN: token, VALETKEY_URL: server.url() })
const admin = (args: readonly string[], given: { env?: Record<string, string>; input?: string } = {}) =>
  runCli(['admin', ...args], { env: { ...env(), ...given.env }, input: given.input ?? '' })
const json = async (args: readonly string[]) => JSON.parse((await admin([...args, '--json'])).stdout)

const bcryptText = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
const header = 'client_id,client_secret,name,developer_email,redirect_uris,scopes,status'

/** A file of this name with one row per secret. */
function aFile(name: string, secrets: readonly string[]): string {
  const path = join(server.folder(), name)
  const lines = secrets.map(
    (secret) =>
      `${randomUUID()},${secret},"Photos, old",grace@old.example,"http://localhost:3000/a,http://localhost:3000/b",,1`,
  )
  writeFileSync(path, [header, ...lines, ''].join('\n'))
  return path
}

test('without a token there is nothing to ask with, and a wrong one is said to be wrong', async () => {
  const none = await admin(['stats'], { env: { VALETKEY_ADMIN_TOKEN: '' } })
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('VALETKEY_ADMIN_TOKEN')])
  const wrong = await admin(['stats'], { env: { VALETKEY_ADMIN_TOKEN: 'x'.repeat(32) } })
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('does not take this admin token')])
  expect(wrong.stderr).not.toContain('xxx')
})

test('of two tokens, as the server has them in its variable, the first is sent', async () => {
  const { code, stdout } = await admin(['stats'], {
    env: { VALETKEY_ADMIN_TOKEN: `${token},${'y'.repeat(32)}` },
  })
  expect(code).toBe(0)
  expect(stdout).toMatch(/clients\s+2 active/)
})

describe('accounts and clients', () => {
  test('a list shows who is there, in words and in JSON', async () => {
    const { stdout, stderr } = await admin(['developers', 'list'])
    expect(stdout).toMatch(/E-MAIL +NAME +STATE/)
    expect(stderr).toContain('1 developer')
    const { accounts } = await json(['users', 'list', '--state', 'active'])
    expect(accounts).toHaveLength(1)
    const [client] = (await json(['clients', 'list', '--search', 'Photos dev'])).clients
    expect((await admin(['clients', 'show', client.client_id])).stdout).toContain(client.developer.email)
  })

  test('a client is suspended and let in again; what ends for good is asked first', async () => {
    const { client_id } = scene.photosDev()
    expect((await admin(['clients', 'suspend', client_id])).stdout).toContain('0 grants ended')
    expect((await admin(['clients', 'show', client_id])).stdout).toMatch(/state +suspended/)
    // And its developer is told.
    const { stdout: told } = await scene.run(['client', 'show', client_id])
    expect(told).toMatch(/state +suspended\. The operator of this server suspended this client\./)
    const { stdout: listed } = await scene.run(['client', 'list'])
    expect(listed).toMatch(new RegExp(`${client_id} +suspended `))
    expect((await admin(['clients', 'unsuspend', client_id])).stdout).toContain('The client is active.')
    const unasked = await admin(['clients', 'suspend', client_id, '--end-access'])
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')])
  })

  test('nothing is deleted before a person said yes', async () => {
    const args = ['admin', 'clients', 'delete', scene.photosDev().client_id, '--url', server.url()]
    expect((await admin(args.slice(1))).code).toBe(2)
    expect((await atTerminal(args, { env: env(), answers: ['n'] })).code).toBe(1)
    expect((await json(['clients', 'show', scene.photosDev().client_id])).state).toBe('active')
    const yes = await atTerminal(args, { env: env(), answers: ['y'] })
    expect(yes.stdout).toContain('The client is deleted')
    expect((await admin(['clients', 'show', scene.photosDev().client_id])).code).toBe(1)
  })

  test('a user is exported, suspended, and deleted', async () => {
    const [user] = (await json(['users', 'list'])).accounts
    const exported = await admin(['export-user', user.email])
    expect(JSON.parse(exported.stdout).account.email).toBe(user.email)
    expect(await json(['users', 'suspend', user.email])).toEqual({ state: 'suspended', ended: 0 })
    expect(await json(['users', 'unsuspend', user.id])).toEqual({ state: 'active' })
    expect((await admin(['users', 'delete', user.email, '--yes'])).code).toBe(0)
    expect((await admin(['users', 'show', user.email])).code).toBe(1)
  })
})

describe('import', () => {
  test('a CSV file as the database of the StorX server gives it; repeated, it changes nothing', async () => {
    const file = aFile('good.csv', [bcryptText, '0123456789abcdef'.repeat(4)])
    expect((await admin(['import-clients', file, '--dry-run'])).stdout).toContain('Would import 2 clients')
    expect((await admin(['import-clients', file])).stdout).toContain(
      'Imported 2 clients with 1 new developer',
    )
    expect(await json(['import-clients', file])).toMatchObject({ imported: 0, unchanged: 2 })
    const { clients } = await json(['clients', 'list', '--developer', 'grace@old.example'])
    expect(clients[0]).toMatchObject({
      name: 'Photos, old',
      redirect_uris: ['http://localhost:3000/a', 'http://localhost:3000/b'],
    })
  })

  test('every bad row is named, nothing is imported, and no secret is shown', async () => {
    const file = aFile('bad.csv', [bcryptText, 'hunter2', 'hunter3'])
    const { code, stdout, stderr } = await admin(['import-clients', file])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^2 .*client_secret/m)
    expect(stdout).toMatch(/^3 .*client_secret/m)
    expect(stdout + stderr).not.toMatch(/hunter|N9qo8/)
  })

  test.each([
    ['no JSON', '{"clients": [hunter2'],
    ['no list', '{"clients": "hunter2"}'],
    ['no line of names', 'hunter2,hunter2'],
    ['nothing', ''],
  ])('a file that is %s is wrong usage, and is not repeated', async (_, input) => {
    const { code, stdout, stderr } = await admin(['import-clients', '-'], { input })
    expect(code).toBe(2)
    expect(stdout + stderr).not.toContain('hunter2')
  })

  test.each([
    ['a comma that is not quoted', ',https://a.example/1,,1', 'row 2 has 8 cells, and the line of names 7'],
    ['half a line', '', 'row 2 has 5 cells, and the line of names 7'],
    ['another encoding', Buffer.from(',Caf\u00e9,1', 'latin1'), 'is not UTF-8'],
  ])('what a file means is not guessed: %s', async (_, end, said) => {
    const file = aFile('odd.csv', [bcryptText])
    appendFileSync(file, `${randomUUID()},${bcryptText},Odd,grace@old.example,https://a.example/0`)
    appendFileSync(file, end)
    const { code, stderr } = await admin(['import-clients', file, '--dry-run'])
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
    expect(stderr).not.toContain(bcryptText)
  })

  test('JSON comes from standard input as well', async () => {
    const client = {
      client_id: randomUUID(),
      client_secret: bcryptText,
      name: 'Piped',
      developer_email: 'grace@old.example',
      redirect_uris: ['https://photos.example/callback'],
    }
    const { stdout } = await admin(['import-clients', '-'], { input: JSON.stringify([client]) })
    expect(stdout).toContain('Imported 1 client')
  })
})
