import pg from 'pg'
import { StoreUnavailable } from './store.ts'

/**
 * Whether a pooler, such as PgBouncer, stands between us and PostgreSQL: then the process that answers is not the one
 * that was announced when we connected. It matters since what belongs to a session, a prepared statement or a timeout,
 * may be somebody else's session at the next statement.
 *
 * @throws StoreUnavailable
 */
export async function isPooled(
  config: Pick<pg.ClientConfig, 'connectionString' | 'connectionTimeoutMillis'>,
): Promise<boolean> {
  const client: AnnouncedClient = new pg.Client({ ...config, query_timeout: config.connectionTimeoutMillis })
  // Whoever asks hears of it from the question.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    return rows[0]?.pid !== client.processID
  } catch (error) {
    throw new StoreUnavailable('the database cannot be reached', { cause: error })
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The types leave out what the server says when a connection begins. @source https://www.postgresql.org/docs/current/protocol-flow.html (BackendKeyData) */
interface AnnouncedClient extends pg.Client {
  readonly processID?: number | null
}
