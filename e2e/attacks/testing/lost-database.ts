import pg from 'pg'
import { createDatabase } from '../../testing/database.ts'

export interface LosableDatabase {
  readonly url: string
  /** Ends every connection, and lets nobody in. */
  lose(): Promise<void>
  find(): Promise<void>
}

/** A database that its PostgreSQL takes away from whoever uses it, and gives back. */
export async function losableDatabase(): Promise<LosableDatabase> {
  const url = await createDatabase()
  const name = new URL(url).pathname.slice(1)
  const elsewhere = new URL(url)
  elsewhere.pathname = 'postgres'
  const ask = async (...statements: string[]) => {
    const client = new pg.Client({ connectionString: elsewhere.href })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  return {
    url,
    lose: () =>
      ask(
        `alter database ${name} allow_connections false`,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      ),
    find: () => ask(`alter database ${name} allow_connections true`),
  }
}
