import { closeSync, openSync, readSync, statSync } from 'node:fs'
import pg from 'pg'
import type { SealedText, SealPurpose } from '../domain/sealed-text.ts'
import { migrations } from './migrations/migrate.ts'
import { sealedPlaces } from './sql/sealed-texts.ts'
import { readDatabase } from './sqlite-file.ts'

/** What can be known of a database without changing anything in it. */
export interface DatabaseFacts {
  readonly version: string
  readonly size_bytes: number
  /** Migrations of this program that it lacks; all of them where it is empty. */
  readonly pending: readonly string[]
  /** Those it has that this program does not know. */
  readonly newer: readonly string[]
  /** Settings of the database on which it depends that nothing answered is lost, as it says them. */
  readonly durability: Readonly<Record<string, string>>
  /** Epoch seconds, of its own clock; undefined where it has none. */
  readonly clock: number | undefined
  /** PostgreSQL: a standby, which takes no writes. */
  readonly read_only: boolean
  /** PostgreSQL: how many connections it takes from everybody, and how many there are. */
  readonly connections: { readonly most: number; readonly now: number } | undefined
  /** Of each purpose the first and the last, where there is any: what opens them opens what is between, as far as can be told. */
  readonly sealed: readonly SealedText[]
}

/** So that a hanging database does not make whoever asks hang. */
const timeoutMs = 5_000

/** Looks at a PostgreSQL database. @throws Error of the driver, whose message may hold the address */
export async function examinePostgres(url: string): Promise<DatabaseFacts> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'valetkey doctor',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const rows = async (text: string): Promise<Record<string, unknown>[]> => (await client.query(text)).rows
    await rows('begin read only')
    const [facts = {}] = await rows(`select current_setting('server_version') as version,
      pg_database_size(current_database()) as size_bytes, pg_is_in_recovery() as read_only,
      extract(epoch from clock_timestamp()) as clock, current_setting('max_connections') as most,
      (select sum(numbackends) from pg_stat_database) as connected,
      current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
      current_setting('full_page_writes') as full_page_writes,
      to_regclass('schema_migrations') is not null as migrated`)
    const migrated = facts.migrated === true
    const applied = migrated ? (await rows('select name from schema_migrations')).map(nameOf) : []
    const sealed = await sealedEnds(
      async (table) => (await rows(`select to_regclass('${table}') as name`))[0]?.name != null,
      rows,
    )
    return {
      version: `PostgreSQL ${String(facts.version).split(' ')[0]}`,
      size_bytes: Number(facts.size_bytes),
      ...schemaOf(applied),
      durability: {
        fsync: String(facts.fsync),
        synchronous_commit: String(facts.synchronous_commit),
        full_page_writes: String(facts.full_page_writes),
      },
      clock: Number(facts.clock),
      read_only: facts.read_only === true,
      connections: { most: Number(facts.most), now: Number(facts.connected) },
      sealed,
    }
  } finally {
    await client.end()
  }
}

/** Looks at an SQLite file, whether or not a server has it open. @throws Error of SQLite */
export const examineSqlite = (path: string): Promise<DatabaseFacts> =>
  readDatabase(path, async (database) => {
    const rows = (text: string): Record<string, unknown>[] => database.prepare(text).all()
    const [{ version } = {}] = rows('select sqlite_version() as version')
    const migrated = rows("select 1 from sqlite_master where name = 'schema_migrations'").length > 0
    const applied = migrated ? rows('select name from schema_migrations').map(nameOf) : []
    const sealed = await sealedEnds(
      (table) => rows(`select 1 from sqlite_master where name = '${table}'`).length > 0,
      rows,
    )
    return {
      version: `SQLite ${version}`,
      size_bytes: statSync(path).size,
      ...schemaOf(applied),
      durability: { journal_mode: inWalMode(path) ? 'wal' : 'delete' },
      clock: undefined,
      read_only: false,
      connections: undefined,
      sealed,
    }
  })

/** As the file itself says: one opened as immutable has no journal. @source https://www.sqlite.org/fileformat2.html#file_format_version_numbers */
function inWalMode(path: string): boolean {
  const header = Buffer.alloc(20)
  const file = openSync(path, 'r')
  try {
    readSync(file, header)
  } finally {
    closeSync(file)
  }
  return header[18] === 2 && header[19] === 2
}

const nameOf = ({ name }: Record<string, unknown>): string => String(name)

/** Asked table by table: a database that an older program made lacks some of them. */
async function sealedEnds(
  isThere: (table: string) => boolean | Promise<boolean>,
  rows: (text: string) => Record<string, unknown>[] | Promise<Record<string, unknown>[]>,
): Promise<readonly SealedText[]> {
  const ends: SealedText[] = []
  for (const [purpose, { table, column }] of Object.entries(sealedPlaces)) {
    if (!(await isThere(table))) continue
    for (const order of ['asc', 'desc']) {
      for (const { row_id, sealed } of await rows(
        `select id as row_id, ${column} as sealed from ${table} order by id ${order} limit 1`,
      ))
        ends.push({ purpose: purpose as SealPurpose, row_id: String(row_id), sealed: String(sealed) })
    }
  }
  return ends
}

function schemaOf(applied: readonly string[]): Pick<DatabaseFacts, 'pending' | 'newer'> {
  const known = migrations.map(({ name }) => name)
  return {
    pending: known.filter((name) => !applied.includes(name)),
    newer: applied.filter((name) => !known.includes(name)),
  }
}
