/** A backup made under load has all that was answered before it began; what is restored is whole, opens, and gives nothing twice. */
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseAccessGrant } from '@valetkey/access-grant'
import { BackupRefused, backup, readSettings, restore, type SettingName } from '@valetkey/server'
import pg from 'pg'
import { expect, test } from 'vitest'
import { type Finished, runCli } from '../packages/cli/src/testing/run-cli.ts'
import { verifyChain } from '../packages/server/src/audit/verify.ts'
import { startPostgres } from './testing/postgres.ts'
import { type RedeemingLoad, startRedeeming } from './testing/redeeming-load.ts'
import { countOf } from './testing/rows.ts'
import { newFolder } from './testing/sqlite-file.ts'
import { aClient, aCode, aUser, call, redeem, startServer, type TestServer } from './testing/story.ts'

const cli = (data: string, words: readonly string[], more: Record<string, string> = {}): Promise<Finished> =>
  runCli(words, { env: { VALETKEY_DATA: data, ...more } })

test('SQLite: backed up under load, and restored', { timeout: 120_000 }, async () => {
  const folder = newFolder()
  const [data, copy] = [join(folder, 'data'), join(folder, 'copy')]
  const file = join(folder, 'backup.db')
  const server = await startServer({ data, code_ttl: '600' })
  const load = await startRedeeming(server)
  await load.some()
  const { unspent, before } = await mark(server, load)
  const done = await cli(data, ['backup', file])
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('master key is not in it')])
  await load.some()
  await load.stop()
  expect(load.answered.length).toBeGreaterThan(before.length)
  // Redeemed once the backup was made: the copy does not know it.
  expect((await redeem(server, load.client, unspent)).status).toBe(200)
  const key = readFileSync(join(data, 'master.key'), 'utf8').trim()
  expect(readFileSync(file).includes(Buffer.from(key, 'hex')) || readFileSync(file).includes(key)).toBe(false)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  await server.stop()

  mkdirSync(copy, { mode: 0o700 })
  cpSync(join(data, 'master.key'), join(copy, 'master.key'))
  const restored = await cli(copy, ['restore', file, '--json'])
  expect([restored.code, JSON.parse(restored.stdout)]).toMatchObject([
    0,
    { ended: { codes: expect.any(Number), sessions: expect.any(Number) } },
  ])
  expect(readdirSync(copy).sort()).toEqual(['master.key', 'valetkey.db'])
  expect(statSync(join(copy, 'valetkey.db')).mode & 0o777).toBe(0o600)
  const again = await startServer({ data: copy })
  await expectRestored(again, load, { before, unspent })
  await again.stop()
})

test('PostgreSQL: its files copied under load, and restored', { timeout: 120_000 }, async () => {
  const folder = newFolder()
  const postgres = await startPostgres()
  const database_url = postgres.url
  const server = await startServer({ data: folder, database_url, code_ttl: '600' })
  const load = await startRedeeming(server)
  await load.some()
  const { unspent, before } = await mark(server, load)
  const copy = join(folder, 'copy')
  await copyOnline(postgres, copy)
  await load.some()
  await load.stop()
  expect(load.answered.length).toBeGreaterThan(before.length)
  expect((await redeem(server, load.client, unspent)).status).toBe(200)
  await server.stop()
  await postgres.stop()

  const restored = await startPostgres(copy)
  const env = { VALETKEY_DATABASE_URL: restored.url }
  const wrongKey = await cli(folder, ['restore', '--after-pg-restore'], {
    ...env,
    VALETKEY_MASTER_KEY: 'ab'.repeat(32),
  })
  expect([wrongKey.code, wrongKey.stderr]).toEqual([
    1,
    expect.stringContaining('is not the one this backup was sealed with'),
  ])
  expect((await cli(folder, ['restore', '--after-pg-restore'], env)).code).toBe(0)
  const again = await startServer({ data: folder, database_url: restored.url })
  await expectRestored(again, load, { before, unspent })
  await again.stop()
  await restored.stop()
})

test('a backup overwrites nothing, and is complete before it has its name', async () => {
  const folder = newFolder()
  const server = await startServer({ data: folder })
  const file = join(folder, 'backup')
  writeFileSync(file, 'something else')
  const refused = await cli(folder, ['backup', file])
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is there already')])
  expect(readFileSync(file, 'utf8')).toBe('something else')
  const from = (data: string, database_url = '') => readSettings({ data, database_url }, {})
  const other = join(folder, 'other')
  await expect(backup(from(folder), join(folder, 'nowhere', 'x'))).rejects.toThrow('cannot be written')
  await expect(backup(from(join(folder, 'none')), other)).rejects.toThrow('no database')
  await expect(backup(from(folder, 'postgres://127.0.0.1:1/x'), other)).rejects.toThrow('pg_dump')
  expect(readdirSync(folder).filter((name) => name.includes('.part') || name === 'other')).toEqual([])
  await server.stop()
})

test('a restore that cannot be right changes nothing and says why', { timeout: 60_000 }, async () => {
  const folder = newFolder()
  const data = join(folder, 'data')
  const server = await startServer({ data })
  await aClient(server)
  const file = join(folder, 'backup.db')
  await backup(readSettings({ data }, {}), file)
  const running = await cli(data, ['restore', file])
  expect([running.code, running.stderr]).toEqual([
    1,
    expect.stringContaining('stop it, and move valetkey.db'),
  ])
  await server.stop()

  const damaged = (name: string, change: (database: DatabaseSync) => void): string => {
    const path = join(folder, name)
    cpSync(file, path)
    const database = new DatabaseSync(path)
    change(database)
    database.close()
    return path
  }
  const bytes = readFileSync(file)
  bytes.fill(0x5a, 4096, bytes.length / 2)
  writeFileSync(join(folder, 'damaged.db'), bytes)
  writeFileSync(join(folder, 'half.db'), bytes.subarray(0, bytes.length / 2))
  writeFileSync(join(folder, 'text'), 'no database at all, and long enough to look like one'.repeat(99))
  const newer = damaged('newer.db', (db) => db.exec("insert into schema_migrations values ('9999-next')"))
  const foreign = damaged('foreign.db', (db) => db.exec('drop table schema_migrations'))
  const copy = join(folder, 'copy')
  mkdirSync(copy, { mode: 0o700 })
  cpSync(join(data, 'master.key'), join(copy, 'master.key'))
  const to = (folder: string, more: Partial<Record<SettingName, string>> = {}) =>
    readSettings({ data: folder, ...more }, {})
  const rows: [path: string, said: string, more?: Partial<Record<SettingName, string>>][] = [
    [join(folder, 'damaged.db'), 'cannot be restored'],
    [join(folder, 'half.db'), 'cannot be restored'],
    [join(folder, 'text'), 'cannot be restored'],
    [newer, 'newer than this program'],
    [foreign, 'not a database of Valetkey'],
    [join(folder, 'none'), 'there is no file'],
    [file, 'is not the one this backup was sealed with', { master_key: 'ab'.repeat(32) }],
    [file, 'pg_restore', { database_url: 'postgres://127.0.0.1:1/x' }],
  ]
  for (const [path, said, more] of rows) {
    await expect(restore(to(copy, more), path)).rejects.toThrow(said)
    await expect(restore(to(copy, more), path)).rejects.toThrow(BackupRefused)
    expect(readdirSync(copy)).toEqual(['master.key'])
  }
  await expect(restore(to(join(folder, 'keyless')), file)).rejects.toThrow('master.key is missing')
  expect(readdirSync(join(folder, 'keyless'))).toEqual([])
  await restore(to(copy), file)
  expect(readdirSync(copy).sort()).toEqual(['master.key', 'valetkey.db'])
})

test.each([
  [[], 'say which file'],
  [['--after-pg-restore'], 'goes with VALETKEY_DATABASE_URL'],
  [['file', '--after-pg-restore'], 'takes no file'],
])('valetkey restore %j is wrong usage', async (words, said) => {
  const { code, stderr } = await cli(newFolder(), ['restore', ...words])
  expect([code, stderr.replaceAll(/\s+/g, ' ')]).toEqual([2, expect.stringContaining(said)])
})

/** A code that nobody redeems yet, and all that was answered until now. */
async function mark(server: TestServer, { client, user, answered }: RedeemingLoad) {
  const { code } = await aCode(server, client, user)
  return { unspent: code, before: [...answered] }
}

async function expectRestored(
  server: TestServer,
  { client, user }: RedeemingLoad,
  { before, unspent }: { before: readonly string[]; unspent: string },
): Promise<void> {
  const { data, deps } = server
  const { database_url } = deps.settings
  for (const access_grant of before) {
    const { api_key } = parseAccessGrant(access_grant)
    const action = { op: 'read', bucket: 'photos', encrypted_path: Buffer.from('x') } as const
    expect(await deps.network.check(api_key, action)).toMatchObject({ allowed: true })
  }
  const again = await redeem(server, client, unspent)
  expect([again.status, again.body.error]).toEqual([400, 'invalid_code'])
  const where = { data, database_url }
  expect(
    await countOf(
      where,
      'select count(*) as n from authorization_codes where spent_at is null and revoked_at is null',
    ),
  ).toBe(0)
  expect((await call(server, 'GET', '/api/v0/auth/developer-access', { token: user.token })).status).toBe(401)
  const report = await verifyChain(deps.store.audit.chain)
  expect(report.fault).toBeUndefined()
  expect(await countOf(where, "select count(*) as n from audit_events where action = 'store.restored'")).toBe(
    1,
  )
  // New people and codes, as on any server.
  const somebody = await aUser(server)
  const fresh = await aClient(server)
  const { code } = await aCode(server, fresh, somebody)
  expect((await redeem(server, fresh, code)).status).toBe(200)
}

/** @source https://www.postgresql.org/docs/current/continuous-archiving.html (making a base backup using the low level API) */
async function copyOnline({ url, data }: { url: string; data: string }, to: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query("select pg_backup_start('test', true)")
    copyFolder(data, to)
    const { rows } = await client.query('select labelfile from pg_backup_stop(true)')
    writeFileSync(join(to, 'backup_label'), rows[0].labelfile)
    copyFolder(join(data, 'pg_wal'), join(to, 'pg_wal'))
  } finally {
    await client.end()
  }
}

/** The server goes on meanwhile, so files come and go; what it writes about that is in its log, copied last. */
function copyFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const target = join(to, relative(from, path))
    if (entry.isDirectory()) mkdirSync(target, { recursive: true, mode: 0o700 })
    else if (entry.isFile() && !entry.name.startsWith('postmaster.')) copyIfThere(path, target)
  }
}

function copyIfThere(from: string, to: string): void {
  try {
    copyFileSync(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
