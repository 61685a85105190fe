/** While servers are replaced one by one, those of the release before go on beside the new schema. */
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { createDatabase } from '../../../../../e2e/testing/database.ts'
import { connectPostgres, openPostgres } from '../postgres.ts'
import type { Schema } from '../schema.ts'
import { connectSqlite } from '../sqlite-connection.ts'
import { StoreUnavailable } from '../store.ts'
import { anAccount } from '../testing/scene.ts'
import { first } from './0001-first.ts'
import { standard } from './0003-standard.ts'
import { migrate, migrations } from './migrate.ts'
import { migratePostgres } from './migrate-postgres.ts'

const afterFirst = migrations.filter((migration) => migration !== first)

describe.each(afterFirst)('$name', (migration) => {
  const { statements, sqlite = [], postgres = [] } = migration
  const created = statements.flatMap((statement) => /^create table (\w+)/.exec(statement)?.[1] ?? [])

  const all = [...statements, ...sqlite, ...postgres]
  test.each(all.map((statement) => [statement.slice(0, 60), statement]))('only adds: %s', (_, statement) => {
    // Whatever they refuse, the version before must not do: below it writes and reads every table.
    if (/^create (?:trigger|function|or replace function) /.test(statement)) return
    const added = /^alter table \w+ add column \w+ (?:text|bigint|smallint)(.*)$/.exec(statement)
    // Not null without a default would refuse the rows of the version before.
    if (added !== null) return expect(added[1]).toMatch(/^(?:| not null default (?:'[^']*'|-?\d+))$/)
    if (/^create table (?!if)/.test(statement)) return
    const index = /^create (unique )?index (if not exists )?\w+ on (\w+) \((\w+)/.exec(statement)
    expect(index, 'a table, a column, an index or a trigger').not.toBe(null)
    const [, unique, optional, table = '', column = ''] = index ?? []
    if (created.includes(table)) return
    // Rows of the version before have nothing in a column that is new, and may not be unique in others.
    if (unique !== undefined) expect(statement).toContain(`where ${column} is not null`)
    if (unique !== undefined) expect(statements).toContain(`alter table ${table} add column ${column} bigint`)
    // The first of them was written before the rule.
    if (migration !== standard)
      expect(optional, 'so that it can be built beforehand, concurrently').toBe('if not exists ')
  })
})

/** The columns of every table, with a value that each takes. */
type Tables = ReadonlyMap<string, ReadonlyMap<string, string | number>>

const kinds = [
  {
    name: 'sqlite',
    connect: async () => connectSqlite(':memory:', 5000).db,
    columns: sql<Column>`select m.name as table_name, c.name as column_name, c.type as type
      from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'`,
    // Rows are made up, so they refer to nothing; an anchor without its events is refused.
    unrelated: [sql`pragma foreign_keys = off`, sql`drop trigger if exists audit_anchors_added`],
  },
  {
    name: 'postgres',
    connect: async () => connectPostgres({ connectionString: await createDatabase(), max: 1 }),
    columns: sql<Column>`select table_name, column_name, data_type as type
      from information_schema.columns where table_schema = 'public'`,
    unrelated: [sql`set session_replication_role = replica`],
  },
]

interface Column {
  readonly table_name: string
  readonly column_name: string
  readonly type: string
}

const steps = migrations.slice(0, -1).map(({ name }, place) => [name, place + 1] as const)

describe.each(kinds)('$name', ({ connect, columns, unrelated }) => {
  const tablesOf = async (db: Kysely<Schema>): Promise<Tables> => {
    const tables = new Map<string, Map<string, string | number>>()
    for (const { table_name, column_name, type } of (await columns.execute(db)).rows) {
      if (table_name === 'schema_migrations') continue
      const value = type.toLowerCase() === 'text' ? 'x' : 1
      tables.set(table_name, (tables.get(table_name) ?? new Map()).set(column_name, value))
    }
    return tables
  }

  test.each(steps)('a server of %s goes on writing and reading every table of its own', async (_, count) => {
    const db = await connect()
    await migrate(db, undefined, migrations.slice(0, count))
    const tables = await tablesOf(db)
    await migrate(db, undefined)
    for (const statement of unrelated) await statement.execute(db)
    for (const [table, row] of tables) {
      const names = sql.join([...row.keys()].map((name) => sql.ref(name)))
      await sql`insert into ${sql.table(table)} (${names}) values (${sql.join([...row.values()])})`.execute(
        db,
      )
      const { rows } = await sql`select ${names} from ${sql.table(table)}`.execute(db)
      expect(rows, table).toEqual([Object.fromEntries(row)])
    }
    expect(tables.size).toBeGreaterThan(10)
    await db.destroy()
  })
})

const next = {
  name: '9999-next',
  statements: ["alter table users add column language text not null default 'en'"],
}

test('a column that is added under a running server costs none of its requests', async () => {
  const url = await createDatabase()
  const store = await openPostgres(url, { connections: 2 })
  const account = anAccount()
  await store.users.add(account)
  // Both connections know the statement, with its columns of before.
  await Promise.all([1, 2, 3, 4].map(() => store.users.find(account.id)))
  const db = connectPostgres({ connectionString: url, max: 1 })
  await migrate(db, undefined, [...migrations, next])
  await db.destroy()
  const found = await Promise.all([1, 2, 3, 4].map(() => store.users.find(account.id)))
  for (const one of found) expect(one).toMatchObject(account)
  await store.close()
})

test('an upgrade is undone by taking its rows away, and done again by putting them back', async () => {
  const url = await createDatabase()
  const db = connectPostgres({ connectionString: url, max: 1 })
  const upgraded = [...migrations, next]
  await migrate(db, undefined, upgraded)
  await expect(openPostgres(url)).rejects.toThrow('newer than this program')
  await db.deleteFrom('schema_migrations').where('name', '=', next.name).execute()
  const store = await openPostgres(url)
  const account = anAccount()
  await store.users.add(account)
  expect(await store.users.find(account.id)).toMatchObject(account)
  await db.insertInto('schema_migrations').values({ name: next.name }).execute()
  await migrate(db, undefined, upgraded)
  await expect(store.ready()).resolves.toBeUndefined()
  await db.destroy()
  await store.close()
})

describe('a table that a transaction holds', () => {
  const patience = { lockTimeoutMs: 100, pauseMs: 50, tries: 50 }
  const scene = async () => {
    const url = await createDatabase()
    const store = await openPostgres(url)
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('begin')
    await holder.query('select count(*) from users')
    const db = connectPostgres({ connectionString: url, max: 1 }, { named: false })
    return { store, holder, db }
  }

  test('is waited for, and meanwhile requests are served', async () => {
    const { store, holder, db } = await scene()
    let done = false
    const migrated = migratePostgres(db, patience, [...migrations, next]).then(() => {
      done = true
    })
    const longest = { ms: 0 }
    for (const end = Date.now() + 800; Date.now() < end; ) {
      const begun = performance.now()
      await store.users.find('nobody')
      longest.ms = Math.max(longest.ms, performance.now() - begun)
    }
    expect(done).toBe(false)
    // Never longer than one try.
    expect(longest.ms).toBeLessThan(600)
    await holder.query('commit')
    await migrated
    await Promise.all([holder.end(), db.destroy(), store.close()])
  })

  test('for ever keeps a new server from starting, and leaves nothing half done', async () => {
    const { store, holder, db } = await scene()
    const tried = migratePostgres(db, { ...patience, tries: 2 }, [...migrations, next])
    await expect(tried).rejects.toThrow(StoreUnavailable)
    await expect(store.ready()).resolves.toBeUndefined()
    await Promise.all([holder.end(), db.destroy(), store.close()])
  })
})
