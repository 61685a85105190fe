import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** Whatever a query finds in the database of a server that is not running, beside the store's own code. */
export async function rowsOf(
  where: { data: string; database_url: string },
  query: string,
): Promise<Record<string, unknown>[]> {
  if (where.database_url === '') {
    const database = new DatabaseSync(join(where.data, 'valetkey.db'))
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
