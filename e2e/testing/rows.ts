import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

export interface Where {
  readonly data: string
  /** Empty for SQLite in the data folder. */
  readonly database_url: string
}

/** Whatever a query finds in the database of a server, beside the store's own code. */
export async function rowsOf(where: Where, query: string): Promise<Record<string, unknown>[]> {
  if (where.database_url === '') {
    // A server may be writing.
    const database = new DatabaseSync(join(where.data, 'valetkey.db'), { timeout: 5000 })
    try {
      return database.prepare(query).all()
    } finally {
      database.close()
    }
  }
  const client = new pg.Client({ connectionString: where.database_url })
  await client.connect()
  try {
    return (await client.query(query)).rows
  } finally {
    await client.end()
  }
}

/** How many rows a query counts as `n`. */
export async function countOf(where: Where, query: string): Promise<number> {
  return Number((await rowsOf(where, query))[0]?.n)
}

/** The files of an embedded database, with what was removed from it or is not yet in its place. */
export function databaseFiles(data: string): Buffer {
  const names = readdirSync(data).filter((name) => name.startsWith('valetkey.db'))
  return Buffer.concat(names.map((name) => readFileSync(join(data, name))))
}

/** All rows of all tables, as JSON. */
export async function allRows(where: Where): Promise<string> {
  const tables =
    where.database_url === ''
      ? "select name from sqlite_master where type = 'table'"
      : "select table_name as name from information_schema.tables where table_schema = 'public'"
  const rows: unknown[] = []
  for (const { name } of await rowsOf(where, tables))
    rows.push(await rowsOf(where, `select * from "${name}"`))
  return JSON.stringify(rows)
}
