import { rowsOf } from './rows.ts'
import type { TestServer } from './story.ts'

/** For every device that waits for its user, the seconds until it may ask again pass at once. */
export async function letIntervalPass({ data, deps: { settings } }: TestServer): Promise<void> {
  const where = { data, database_url: settings.database_url }
  await rowsOf(where, 'update device_codes set last_polled_at = last_polled_at - interval_seconds')
}
