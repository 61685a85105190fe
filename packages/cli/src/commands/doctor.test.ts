import { once } from 'node:events'
import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type RunningServer, readSettings, serve } from '@valetkey/server'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { freePort } from '../../../../e2e/testing/free-port.ts'
import { runCli } from '../testing/run-cli.ts'

type Variables = Record<string, string>
interface Told {
  readonly code: number | null
  readonly text: string
  readonly ok: boolean
  of(name: string): { result: string; said: string; fix?: string }
}

let folder: string
const atEnd: (() => Promise<void>)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'valetkey-doctor-'))
  atEnd.push(() => rm(folder, { recursive: true }))
})
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end()
})

/** What the doctor says, of these settings alone. */
async function doctor(env: Variables, args: readonly string[] = []): Promise<Told> {
  const { code, stdout } = await runCli(['doctor', '--json', ...args], {
    env: { VALETKEY_DATA: folder, VALETKEY_PORT: '0', ...env },
  })
  const { ok, checks } = JSON.parse(stdout)
  return {
    code,
    ok,
    text: stdout,
    of: (name) => checks.find((check: { name: string }) => check.name === name),
  }
}

/** A server with these settings, and what its environment is. */
async function running(more: Variables = {}): Promise<{ server: RunningServer; env: Variables }> {
  const port = String(await freePort())
  const env = { VALETKEY_DATA: folder, VALETKEY_PORT: port, ...more }
  const server = await serve(readSettings({}, env), { info: () => {}, error: () => {} })
  atEnd.push(() => server.close().catch(() => undefined))
  return { server, env }
}

/** Something that listens, and what it does with what comes. */
async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd.push(async () => void server.close())
  return (server.address() as AddressInfo).port
}

test('a server with everything it may have is found so: its readiness, its public URL, its metrics, its collector, its mail', async () => {
  const collector = await listening(createHttpServer((_request, response) => response.end('{}')))
  const smtp = await listening(createServer((socket) => socket.end('220 mail.example ESMTP\r\n')))
  const { env } = await running({
    VALETKEY_METRICS_PORT: String(await freePort()),
    VALETKEY_OTLP_URL: `http://127.0.0.1:${collector}`,
    VALETKEY_SMTP_URL: `smtp://me:canary-password@127.0.0.1:${smtp}`,
  })
  const named = { ...env, VALETKEY_PUBLIC_URL: `http://localhost:${env.VALETKEY_PORT}` }
  const told = await doctor(named)
  for (const name of [
    'node',
    'data folder',
    'disk',
    'master key',
    'database',
    'schema',
    'durability',
    'integrity',
  ])
    expect(told.of(name), name).toMatchObject({ result: 'fine' })
  for (const name of ['satellite', 'mail', 'server', 'public URL', 'metrics', 'traces', 'clock', 'together'])
    expect(told.of(name), name).toMatchObject({ result: 'fine' })
  expect([told.ok, told.code]).toEqual([true, 0])
  expect(told.text).not.toContain('canary')
})

test('it migrates nothing and leaves everything as it is, whether a server runs or not', async () => {
  const { server } = await running()
  await server.close()
  const database = new DatabaseSync(join(folder, 'valetkey.db'))
  database.exec("delete from schema_migrations where name <> '0001-first'")
  database.close()
  const before = await everyFile()
  const told = await doctor({})
  expect(told.of('schema')).toMatchObject({ result: 'open' })
  expect(told.of('schema').said).toMatch(/^\d+ migrations? to come: 0002-pages.*the next start applies/)
  expect(told.of('durability')).toMatchObject({ result: 'fine', said: expect.stringContaining('WAL') })
  expect(await everyFile()).toEqual(before)
})

async function everyFile(): Promise<Record<string, unknown>> {
  const names = await readdir(folder)
  const facts = names.map(async (name) => {
    const { size, mtimeMs, mode } = await stat(join(folder, name))
    return [name, { size, mtimeMs, mode }] as const
  })
  return Object.fromEntries(await Promise.all(facts))
}

test('a database that a newer program has moved on is told, and what to start', async () => {
  const { server } = await running()
  await server.close()
  const database = new DatabaseSync(join(folder, 'valetkey.db'))
  database.exec("insert into schema_migrations values ('9999-later')")
  database.close()
  expect((await doctor({})).of('schema')).toMatchObject({
    result: 'wrong',
    said: expect.stringContaining('9999-later'),
    fix: expect.stringContaining('newer program'),
  })
})

test('a damaged database file is told', async () => {
  const { server } = await running()
  await server.close()
  const file = await open(join(folder, 'valetkey.db'), 'r+')
  const { size } = await file.stat()
  for (let at = 4096 * 2; at < size; at += 4096) await file.write(Buffer.alloc(64, 0xa5), 0, 64, at)
  await file.close()
  const told = await doctor({})
  expect(told.code).toBe(1)
  const found = ['database', 'integrity']
    .map((name) => told.of(name))
    .filter((check) => check?.result === 'wrong')
  expect(found.map(({ fix }) => fix)).toEqual([expect.stringMatching(/restore/)])
})

test('PostgreSQL that answers before the disk has it is told, with what to say to it', async () => {
  const url = await createDatabase()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`)
  await client.end()
  const told = await doctor({ VALETKEY_DATABASE_URL: url })
  expect(told.of('database').said).toMatch(/^PostgreSQL \d+/)
  expect(told.of('schema').said).toMatch(/to come: 0001-first/)
  expect(told.of('durability')).toMatchObject({
    result: 'wrong',
    fix: expect.stringContaining('alter system set'),
  })
  expect(told.of('durability').said).toContain('synchronous_commit off')
  expect(told.of('its clock')).toMatchObject({ result: 'fine' })
  expect(told.code).toBe(1)
})

test('what cannot be reached is named by its code, and no password with it', async () => {
  const nobody = await freePort()
  const told = await doctor({
    VALETKEY_DATABASE_URL: 'postgres://me:canary-password@127.0.0.1:1/x?sslmode=disable',
    VALETKEY_SMTP_URL: 'smtp://me:canary-password@127.0.0.1:1',
    VALETKEY_OTLP_URL: `http://me:canary-password@127.0.0.1:${nobody}`,
    VALETKEY_PUBLIC_URL: `http://localhost:${nobody}`,
    VALETKEY_METRICS_PORT: String(nobody),
  })
  for (const name of ['database', 'mail', 'public URL']) {
    expect(told.of(name), name).toMatchObject({ result: 'wrong', fix: expect.any(String) })
    expect(told.of(name).said, name).toContain('ECONNREFUSED')
  }
  expect(told.of('traces')).toMatchObject({ result: 'doubtful', fix: expect.any(String) })
  expect(told.of('metrics')).toMatchObject({ result: 'open' })
  expect(told.text).not.toContain('canary')
})

test('a public URL that leads to another server, or to no server of ours, is told', async () => {
  const { env } = await running()
  const byNumber = `http://127.0.0.1:${env.VALETKEY_PORT}`
  expect((await doctor({ VALETKEY_PUBLIC_URL: byNumber })).of('public URL')).toMatchObject({
    result: 'wrong',
    said: expect.stringContaining('calls itself otherwise'),
  })
  const other = await listening(createHttpServer((_request, response) => response.end('hello')))
  const told = await doctor({
    VALETKEY_PUBLIC_URL: `http://127.0.0.1:${other}`,
    VALETKEY_PORT: String(other),
  })
  expect(told.of('public URL').said).toContain('no Valetkey server')
})

test.each<[string, Variables, string, RegExp]>([
  ['trusting everybody', { VALETKEY_TRUSTED_PROXIES: '0.0.0.0/1' }, 'wrong', /VALETKEY_TRUSTED_PROXIES/],
  ['two listeners on one port', { VALETKEY_PORT: '9', VALETKEY_METRICS_PORT: '9' }, 'wrong', /METRICS_PORT/],
  ['a public address without TLS', { VALETKEY_PUBLIC_URL: 'http://auth.invalid' }, 'doubtful', /http:/],
  ['a proxy that is not trusted', { VALETKEY_PUBLIC_URL: 'https://auth.invalid' }, 'doubtful', /not trusted/],
  [
    'keys for a satellite of nobody',
    { VALETKEY_PUBLIC_URL: 'https://auth.invalid', VALETKEY_TRUSTED_PROXIES: 'loopback' },
    'doubtful',
    /VALETKEY_SATELLITE_ADDRESS/,
  ],
  [
    'metrics for everybody',
    { VALETKEY_METRICS_PORT: '9', VALETKEY_METRICS_HOST: '0.0.0.0' },
    'doubtful',
    /metrics port/,
  ],
  [
    'a collector that gets nothing',
    { VALETKEY_OTLP_URL: 'http://127.0.0.1:1', VALETKEY_OTLP_SAMPLE: '0' },
    'doubtful',
    /VALETKEY_OTLP_SAMPLE is 0/,
  ],
])('settings that contradict each other: %s', async (_what, env, result, said) => {
  const found = (await doctor(env)).of('together')
  expect(found).toMatchObject({ result, said: expect.stringMatching(said), fix: expect.any(String) })
})

test('two master keys are told, and neither is printed', async () => {
  const { server } = await running()
  await server.close()
  const told = await doctor({ VALETKEY_MASTER_KEY: '7'.repeat(64) })
  expect(told.of('together')).toMatchObject({ result: 'wrong', said: expect.stringContaining('master.key') })
  expect(told.text).not.toContain('7'.repeat(64))
})

test('a key that a rotation replaced may stay in the file while the setting has the new one', async () => {
  const [current, replaced] = ['7'.repeat(64), '8'.repeat(64)]
  await writeFile(join(folder, 'master.key'), `${current}\n${replaced}\n`, { mode: 0o600 })
  expect((await doctor({ VALETKEY_MASTER_KEY: current })).of('together').result).not.toBe('wrong')
  expect((await doctor({ VALETKEY_MASTER_KEY: replaced })).of('together').result).toBe('wrong')
})

test('what is sealed for any purpose must open, not the newest client secret alone', async () => {
  const { server } = await running()
  await server.close()
  const database = new DatabaseSync(join(folder, 'valetkey.db'))
  database.exec("insert into webhook_secrets values ('id', 'its webhook', 'v1.00000000.AAAA', 1, null)")
  database.close()
  expect((await doctor({})).of('secrets')).toMatchObject({
    result: 'wrong',
    said: expect.stringContaining('00000000'),
  })
})
