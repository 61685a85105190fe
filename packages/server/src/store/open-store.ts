import { databaseFileIn, makeDataFolder } from '../data-folder.ts'
import { codeInBrackets } from '../error-code.ts'
import type { Settings } from '../settings.ts'
import { openSqlite } from './sqlite.ts'
import { type Store, StoreUnavailable, type StoreWatch } from './store.ts'

/** Where the database is, and how a PostgreSQL is spoken to. */
export type StorePlace = Pick<Settings, 'database_url' | 'data'> &
  Partial<Pick<Settings, 'database_connections' | 'database_prepared'>>

/**
 * The database of these settings; makes or migrates it when needed.
 *
 * @throws SettingError StoreUnavailable, which names the setting that says where the database is
 */
export async function openStore(place: StorePlace, watch?: StoreWatch): Promise<Store> {
  const { database_url, database_connections: connections, database_prepared: prepared } = place
  const where = database_url === '' ? 'VALETKEY_DATA (--data)' : 'VALETKEY_DATABASE_URL (--database-url)'
  if (database_url === '') makeDataFolder(place)
  try {
    if (database_url === '') return await openSqlite(databaseFileIn(place), { watch })
    // Loaded by those who need it.
    const { openPostgres } = await import('./postgres.ts')
    return await openPostgres(database_url, { connections, prepared, watch })
  } catch (cause) {
    if (!(cause instanceof StoreUnavailable)) throw cause
    throw new StoreUnavailable(`${cause.message}: check ${where}${codeInBrackets(cause.cause)}`, { cause })
  }
}
