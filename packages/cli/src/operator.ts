import { randomBytes } from 'node:crypto'
import {
  BackupRefused,
  createSealer,
  keyIdOf,
  loadKeyRing,
  newId,
  openStore,
  readSettings,
  type Settings,
  type Store,
} from '@valetkey/server'
import { databaseExists } from './doctor/database.ts'
import { Refused } from './errors.ts'
import type { Cli } from './terminal.ts'

/** Works on the database that the settings of this environment name; makes none. */
export async function withStore<Result>(
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

/** The keys of these settings, once it is sure that they open what the database holds. */
export async function ringOf(store: Store, settings: Settings) {
  const { current, previous } = loadKeyRing(settings, { mayCreate: false })
  const sealer = createSealer(current, randomBytes, { previous })
  for (const { purpose, row_id, sealed } of await store.sealed.ends()) sealer.open(purpose, row_id, sealed)
  return { sealer, current: keyIdOf(current), previous: sealer.key_ids.slice(1) }
}

/** The audit log keeps what an operator does with a command. */
export async function noteInAudit(
  store: Store,
  now: number,
  action: string,
  resource: string,
): Promise<void> {
  await store.audit.addMany([
    {
      id: newId({ clock: { now: () => now, nowMs: () => now * 1000 }, random: randomBytes }),
      at: now,
      actor_kind: 'operator',
      actor_id: null,
      user_id: null,
      action,
      resource,
      outcome: 'success',
      network: 'local',
      trace_id: randomBytes(16).toString('hex'),
    },
  ])
}

/** What the server refuses of a backup, as a command says it. */
export async function orRefused<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (cause) {
    throw cause instanceof BackupRefused ? new Refused(cause.error, cause.message) : cause
  }
}
