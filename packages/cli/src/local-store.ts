import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  addOperatorEvent,
  BackupRefused,
  databaseFileIn,
  openStore,
  readSettings,
  type Settings,
  type Store,
  sealerThatOpens,
} from '@valetkey/server'
import { Refused } from './errors.ts'
import type { Cli } from './terminal.ts'

/**
 * The store of an operator's command: the database that the settings of this environment name, opened by the command
 * itself, beside the servers. It makes none.
 */
export async function withLocalStore<Result>(
  { env }: Cli,
  work: (store: Store, settings: Settings) => Promise<Result>,
): Promise<Result> {
  const settings = readSettings({}, env)
  if (!databaseExists(settings))
    throw new Refused(
      'no_database',
      `there is no database in ${settings.data}; set VALETKEY_DATA or VALETKEY_DATABASE_URL as the server has it`,
    )
  const store = await openStore(settings)
  try {
    return await work(store, settings)
  } finally {
    await store.close()
  }
}

/** Whether there is one to open; of PostgreSQL only opening it tells. */
export const databaseExists = (settings: Settings): boolean =>
  settings.database_url !== '' || existsSync(databaseFileIn(settings))

/** The keys of these settings, once it is sure that they open what the database holds. */
export async function ringOf(store: Store, settings: Settings) {
  const sealer = sealerThatOpens(await store.sealed.ends(), settings)
  return { sealer, current: sealer.key_id, previous: sealer.key_ids.slice(1) }
}

/** The audit log keeps what an operator does with a command. */
export function noteInAudit(store: Store, now: number, action: string, resource: string): Promise<void> {
  const clock = { now: () => now, nowMs: () => now * 1000 }
  return addOperatorEvent({ store, clock, random: randomBytes }, { action, resource })
}

/** What the server refuses of a backup, as a command says it. */
export async function orRefused<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (cause) {
    throw cause instanceof BackupRefused ? new Refused(cause.error, cause.message) : cause
  }
}
