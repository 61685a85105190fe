import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { createDatabase } from '../../../../../e2e/testing/database.ts'
import { connectPostgres, openPostgres } from '../postgres.ts'
import type { Schema } from '../schema.ts'
import { clientRow, codeRow, requestRow } from '../sql/rows.ts'
import { openSqlite } from '../sqlite.ts'
import { connectSqlite } from '../sqlite-connection.ts'
import { type Store, StoreUnavailable } from '../store.ts'
import { aClient, aCode, anAccount, aProject, aRequest, now } from '../testing/scene.ts'
import { startSecondServer } from '../testing/second-server.ts'
import { standard } from './0003-standard.ts'
import { migrate, migrations, released } from './migrate.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-migrate-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Kind {
  readonly name: string
  address(): Promise<string>
  connect(address: string): Kysely<Schema>
  open(address: string): Promise<Store>
  /** Every table, column, index and constraint, in words. */
  readonly shape: RawBuilder<{ part: string }>
}

let files = 0

const kinds: readonly Kind[] = [
  {
    name: 'sqlite',
    address: async () => join(folder, `${files++}.db`),
    connect: (path) => connectSqlite(path, 5000).db,
    open: openSqlite,
    shape: sql`select type || ' ' || name || ' ' || coalesce(sql, '') as part from sqlite_master order by 1`,
  },
  {
    name: 'postgres',
    address: createDatabase,
    connect: (url) => connectPostgres({ connectionString: url, max: 1 }),
    open: openPostgres,
    shape: sql`
      select concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable, column_default) as part
      from information_schema.columns where table_schema = 'public'
      union all select indexdef from pg_indexes where schemaname = 'public'
      union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace
      order by 1`,
  },
]

describe.each(kinds)('$name', ({ address, connect, open, shape }) => {
  /** What the schema is after bringing a database up to `last`, then up to date, which takes effect by itself. */
  const shapeFrom = async (last: string | undefined): Promise<readonly string[]> => {
    const at = await address()
    const db = connect(at)
    const count = migrations.findIndex(({ name }) => name === last) + 1
    await migrate(db, undefined, migrations.slice(0, count))
    const store = await open(at)
    await store.ready()
    await store.close()
    const { rows } = await shape.execute(db)
    await db.destroy()
    return rows.map(({ part }) => part)
  }

  test.each(Object.entries(released))('%s comes up to the schema of a new database', async (_, last) => {
    expect(migrations.map(({ name }) => name)).toContain(last)
    const fresh = await shapeFrom(undefined)
    expect(fresh.length).toBeGreaterThan(30)
    expect(await shapeFrom(last)).toEqual(fresh)
  })

  test('0003-standard: what the version before wrote, before it or beside it, speaks the StorX dialect', async () => {
    const at = await address()
    const db = connect(at)
    const before = migrations.indexOf(standard)
    await migrate(db, undefined, migrations.slice(0, before))
    const earlier = await asOfPages(db)
    const store = await open(at)
    const beside = await asOfPages(db)
    await db.destroy()
    for (const { client, request, code } of [earlier, beside]) {
      expect(await store.clients.find(client.id)).toStrictEqual(client)
      expect(await store.requests.find(request.id, now)).toStrictEqual(request)
      expect((await store.codes.read('', code.code_hash, now)).code).toStrictEqual(code)
    }
    await store.close()
  })

  test('a migration that fails leaves nothing behind', async () => {
    const at = await address()
    const db = connect(at)
    const broken = {
      name: '9999-broken',
      statements: ['create table half (id text)', 'create table half (id text)'],
    }
    await expect(migrate(db, undefined, [...migrations, broken])).rejects.toThrow(/half/)
    await db.destroy()
    const store = await open(at)
    await expect(store.ready()).resolves.toBeUndefined()
    await store.close()
  })

  test('a database that a newer program moved on refuses who starts, and stays ready for who has it open', async () => {
    const at = await address()
    const store = await open(at)
    const db = connect(at)
    const next = {
      name: '9999-next',
      statements: [
        'create table next (id text)',
        "alter table users add column language text not null default 'en'",
      ],
    }
    await migrate(db, undefined, [...migrations, next])
    await db.destroy()
    await expect(store.ready()).resolves.toBeUndefined()
    const account = anAccount()
    await store.users.add(account)
    expect(await store.users.find(account.id)).toMatchObject(account)
    await expect(open(at)).rejects.toThrow(/newer than this program.*9999-next/)
    await store.close()
  })

  test('a database without the migrations of this program is not ready', async () => {
    const at = await address()
    const store = await open(at)
    const db = connect(at)
    await db.deleteFrom('schema_migrations').execute()
    await db.destroy()
    await expect(store.ready()).rejects.toThrow(StoreUnavailable)
    await store.close()
  })

  test('many processes that start at once on an empty database all come up', async () => {
    const at = await address()
    const starting = Array.from({ length: 4 }, () => startSecondServer(at))
    const started = await Promise.allSettled(starting)
    for (const each of started) if (each.status === 'fulfilled') await each.value.stop()
    expect(started.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'fulfilled'))
  })
})

test('many who open one empty PostgreSQL database at the same moment all come up', async () => {
  const url = await createDatabase()
  const stores = await Promise.all(Array.from({ length: 8 }, () => openPostgres(url)))
  for (const store of stores) await store.close()
  expect(stores).toHaveLength(8)
})

/** Writes with the columns of 0002-pages; returns what is read of it ever since. */
async function asOfPages(db: Kysely<Schema>) {
  const [developer, user] = [anAccount(), anAccount()]
  const client = aClient(developer.id)
  const request = aRequest({ client, user }, { code_challenge: 'c', state: 'approved', decided_at: now })
  const code = aCode(request, aProject(user.id))
  await db.insertInto('developers').values(developer).execute()
  await db.insertInto('users').values(user).execute()
  const insert = async (table: keyof Schema, row: object) => {
    const added = standard.statements.map((statement) => statement.split(' add column ')[1]?.split(' ')[0])
    const fields = Object.entries(row).filter(([column]) => !added.includes(column))
    const columns = sql.join(fields.map(([column]) => sql.ref(column)))
    const values = sql.join(fields.map(([, value]) => value))
    await sql`insert into ${sql.table(table)} (${columns}) values (${values})`.execute(db)
  }
  await insert('clients', clientRow(client))
  await insert('authorization_requests', requestRow(request))
  await insert('authorization_codes', codeRow(code))
  return { client, request, code }
}
