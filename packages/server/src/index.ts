import { randomBytes } from 'node:crypto'
import type { ExplainedTokenRequestAnswer } from '@valetkey/protocol'
import type { ExportedEvent } from './audit/export.ts'
import type { BackedUp } from './backup/backup.ts'
import type { Restored } from './backup/restore.ts'
import { systemClock } from './clock.ts'
import { databaseFileIn } from './data-folder.ts'
import type { Deps } from './deps.ts'
import type { RunningServer } from './serve.ts'
import type { Settings } from './settings.ts'
import type { DatabaseFacts } from './store/examine.ts'
import type { StorePlace } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import type { SettingTexts } from './workers/messages.ts'
import type { RunningWorkers } from './workers/primary.ts'

export { type ExportedEvent, exportedEvents } from './audit/export.ts'
export { addOperatorEvent } from './audit/operator-event.ts'
export { type ChainReport, verifyChain, verifyExport } from './audit/verify.ts'
export { BackupRefused } from './backup/backup-refused.ts'
export type { Restored } from './backup/restore.ts'
export { databaseFileIn, keyFileIn } from './data-folder.ts'
export type { ChainFault, ChainPlace } from './domain/audit-chain.ts'
export { explainAssertion } from './domain/explain/explain-assertion.ts'
export { permissionOf } from './domain/permission.ts'
export { addKeyToFile, dropOldKeys, loadKeyRing, noticedWithinMs } from './keys/key-ring.ts'
export { sealerThatOpens } from './keys/open-sealer.ts'
export { countByKey, type Resealed, reseal } from './keys/rotate-master-key.ts'
export { endpointOf } from './observe/otlp.ts'
export { keyIdOf } from './sealing.ts'
export type { RunningServer } from './serve.ts'
export {
  type CommandVariable,
  flagOf,
  readSettings,
  type SettingName,
  type Settings,
  settingRows,
} from './settings.ts'
export type { DatabaseFacts } from './store/examine.ts'
export type { Store } from './store/store.ts'
export type { RunningWorkers } from './workers/primary.ts'

// The web framework and the database drivers are loaded when a server starts, not when a command reads a JWT.

/** Opens the store, listens, and sweeps once a minute until it is closed. @throws SettingError */
export async function serve(settings: Settings, log?: Deps['log']): Promise<RunningServer> {
  const program = await import('./serve.ts')
  return program.serve(settings, log)
}

/** The same in several processes, which replace each other without a pause. @throws SettingError */
export async function serveWorkers(settings: Settings, texts: SettingTexts): Promise<RunningWorkers> {
  const program = await import('./workers/primary.ts')
  return program.serveWorkers(settings, texts)
}

/** The database of these settings; makes or migrates it when needed. */
export async function openStore(settings: StorePlace): Promise<Store> {
  const program = await import('./store/open-store.ts')
  return program.openStore(settings)
}

/** One token request explained straight from the database, for whoever operates the server; undefined when there is none. */
export async function explainForOperator(
  store: Store,
  settings: Settings,
  trace_id: string,
): Promise<ExplainedTokenRequestAnswer | undefined> {
  const [{ withAddress }, program] = await Promise.all([
    import('./address.ts'),
    import('./explain-for-operator.ts'),
  ])
  const deps = { store, clock: systemClock, random: randomBytes, settings: await withAddress(settings) }
  return program.explainForOperator(deps, trace_id)
}

/** An export of the audit events for a spreadsheet, in pieces. */
export async function* auditCsv(events: AsyncIterable<ExportedEvent>): AsyncGenerator<string> {
  const program = await import('./audit/csv.ts')
  yield* program.auditCsv(events)
}

/** What can be known of the database of these settings without changing anything in it. */
export async function examineDatabase(
  settings: Pick<Settings, 'database_url' | 'data'>,
): Promise<DatabaseFacts> {
  const { examinePostgres, examineSqlite } = await import('./store/examine.ts')
  const { database_url } = settings
  return database_url === '' ? examineSqlite(databaseFileIn(settings)) : examinePostgres(database_url)
}

/** What is wrong with the file of an embedded database; it reads all of it. */
export async function flawsOfDatabase(settings: Pick<Settings, 'data'>): Promise<readonly string[]> {
  const { flawsOf } = await import('./store/sqlite-file.ts')
  return flawsOf(databaseFileIn(settings))
}

/** Copies the SQLite database of these settings into a new file, while servers run. @throws BackupRefused */
export async function backup(settings: Settings, file: string): Promise<BackedUp> {
  const program = await import('./backup/backup.ts')
  return program.backup(settings, file)
}

/** Puts such a file in the place of the database that is not there. @throws BackupRefused */
export async function restore(settings: Settings, file: string): Promise<Restored> {
  const program = await import('./backup/restore.ts')
  return program.restore(settings, file)
}

/** The rest of a restore, once PostgreSQL has its tables back. @throws BackupRefused */
export async function settleRestored(settings: Settings, store: Store): Promise<Restored> {
  const program = await import('./backup/restore.ts')
  return program.settleRestored(settings, store)
}
