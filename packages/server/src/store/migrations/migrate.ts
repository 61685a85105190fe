import { type Kysely, PostgresAdapter, type RawBuilder, sql } from 'kysely'
import type { Schema } from '../schema.ts'
import { StoreUnavailable } from '../store.ts'
import { first } from './0001-first.ts'
import { pages } from './0002-pages.ts'
import { standard } from './0003-standard.ts'
import { auditChain } from './0005-audit-chain.ts'
import { webhooks } from './0006-webhooks.ts'
import { admin } from './0007-admin.ts'
import { endings } from './0008-endings.ts'
import { provenAddresses } from './0009-proven-addresses.ts'

export interface Migration {
  /** Sorts after all earlier ones; written into the database, so it never changes once released. */
  readonly name: string
  readonly statements: readonly string[]
  /** Follow those above in the one database or the other, where the two have no common words. */
  readonly sqlite?: readonly string[]
  readonly postgres?: readonly string[]
}

/**
 * Oldest first. A released one is never edited; a change of the schema is a new one at the end.
 *
 * While servers are replaced one by one, the old ones go on with the new schema. So a migration only adds what the
 * release before it may ignore: tables, indexes, columns with a default, triggers that refuse nothing it does. What
 * nobody uses any more is removed one release later. An index on a table that was there before says `if not exists`: building it locks out writers, so an
 * operator with millions of rows builds it beforehand, `concurrently`, and this finds it.
 */
export const migrations: readonly Migration[] = [
  first,
  pages,
  standard,
  auditChain,
  webhooks,
  admin,
  endings,
  provenAddresses,
]

/** The last migration of each released version, for the test that comes up from every one of them. */
export const released: Readonly<Record<string, string>> = { '0.1.0': '0001-first' }

/**
 * Brings the schema up to date in one transaction: it is there whole, or not at all.
 *
 * `lock`, which comes first, makes a second process wait that migrates at the same time; it then finds nothing left to do.
 * Refused is a database that a newer program has already moved on. One release behind, this program could serve it, as
 * those do that had it open before. But one that starts may be any number of releases behind, by mistake or to undo an
 * upgrade, and cannot know what the migrations it has never heard of removed. During an upgrade it is replaced anyway.
 */
export async function migrate(
  db: Kysely<Schema>,
  lock: readonly RawBuilder<unknown>[] | undefined,
  wanted: readonly Migration[] = migrations,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    for (const statement of lock ?? []) await statement.execute(trx)
    await sql`create table if not exists schema_migrations (name text primary key not null)`.execute(trx)
    const applied = await appliedTo(trx)
    const strange = applied.find((name) => wanted.every((migration) => migration.name !== name))
    if (strange !== undefined) throw new Error(`the database is newer than this program: it holds ${strange}`)

    const own = trx.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
    for (const migration of wanted.filter(({ name }) => !applied.includes(name))) {
      const { name, statements, [own]: further = [] } = migration
      for (const statement of [...statements, ...further]) await sql.raw(statement).execute(trx)
      await trx.insertInto('schema_migrations').values({ name }).execute()
    }
  })
}

/** Resolves when the migrations of this program are applied, and perhaps those of the next: servers are replaced one by one. */
export async function expectMigrated(db: Kysely<Schema>): Promise<void> {
  const applied = await appliedTo(db)
  const missing = migrations.find(({ name }) => !applied.includes(name))
  if (missing !== undefined) throw new StoreUnavailable(`the schema of the database lacks ${missing.name}`)
}

async function appliedTo(db: Kysely<Schema>): Promise<readonly string[]> {
  const rows = await db.selectFrom('schema_migrations').select('name').execute()
  return rows.map(({ name }) => name)
}
