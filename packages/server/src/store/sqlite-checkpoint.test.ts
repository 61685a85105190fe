import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CompiledQuery } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { connectSqlite, type SqliteConnection } from './sqlite-connection.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Each commit writes a page of its own. */
const insert = CompiledQuery.raw("insert into noise (text) values (printf('%04000d', 1))")
const commitMany = async ({ atomically }: SqliteConnection, commits: number): Promise<void> => {
  for (let n = 0; n < commits; n++) {
    await atomically((run) => run(insert))
    await setImmediate()
  }
}

const count = CompiledQuery.raw('select count(*) as n from noise')
const countIn = async ({ ask }: SqliteConnection): Promise<unknown> =>
  (await ask(count)).rows.map((row) => Object.values(Object(row)))[0]?.[0]

function connect(name: string): SqliteConnection & { readonly path: string; logBytes(): number } {
  const path = join(folder, name)
  const connection = connectSqlite(path, 1000)
  void connection.ask(CompiledQuery.raw('create table noise (n integer primary key, text text)'))
  return { ...connection, path, logBytes: () => statSync(`${path}-wal`).size }
}

test('while one commit follows the other the log is copied behind them, and begins anew', async () => {
  const connection = connect('busy.db')
  await commitMany(connection, 4000)
  // Three pages each: 48 MB.
  expect(connection.logBytes()).toBeLessThan(20_000_000)
  expect(await countIn(connection)).toBe(4000)
  await connection.db.destroy()
})

test('once nobody commits any more all of it is in the file', async () => {
  const connection = connect('quiet.db')
  await commitMany(connection, 20)
  const before = statSync(connection.path).size
  await expect.poll(() => statSync(connection.path).size).toBeGreaterThan(before)
  await connection.db.destroy()
})

test.each<[string, (connection: SqliteConnection) => Promise<unknown>]>([
  ['a transaction of several turns', ({ db }) => db.transaction().execute((trx) => trx.executeQuery(insert))],
  ['a statement by itself', ({ ask }) => ask(insert)],
])('%s counts as a commit', async (name, write) => {
  const connection = connect(`${name}.db`)
  for (let n = 0; n < 1000; n++) await write(connection)
  const before = statSync(connection.path).size
  await expect.poll(() => statSync(connection.path).size).toBeGreaterThan(before)
  // Three pages each: 12 MB, were nothing copied meanwhile.
  for (let n = 0; n < 1000; n++) await write(connection)
  expect(connection.logBytes()).toBeLessThan(20_000_000)
  await connection.db.destroy()
})

test('closing waits for the thread: file and log are whole, and nobody holds them', async () => {
  const connection = connect('closed.db')
  await commitMany(connection, 450)
  await connection.db.destroy()
  expect(existsSync(`${connection.path}-wal`)).toBe(false)
  const again = connectSqlite(connection.path, 0)
  expect(await countIn(again)).toBe(450)
  await again.db.destroy()
})

test('a process that has nothing else to do ends once it has closed, not before', async () => {
  const path = join(folder, 'last.db')
  const program = fileURLToPath(import.meta.resolve('./testing/closing-process.ts'))
  const { stdout } = await promisify(execFile)(process.execPath, [program, path])
  expect(stdout).toBe('closed')
  expect(existsSync(`${path}-wal`)).toBe(false)
})

test('a file that was moved away meanwhile is not made anew, its log stays, and it can be closed', async () => {
  const connection = connect('moved.db')
  await commitMany(connection, 20)
  renameSync(connection.path, `${connection.path}.away`)
  await commitMany(connection, 450)
  expect(existsSync(connection.path)).toBe(false)
  expect(connection.logBytes()).toBeGreaterThan(0)
  await connection.db.destroy()
})
