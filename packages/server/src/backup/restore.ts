import { randomBytes } from 'node:crypto'
import { chmodSync, constants, copyFileSync, existsSync } from 'node:fs'
import { addOperatorEvent } from '../audit/operator-event.ts'
import { systemClock } from '../clock.ts'
import { databaseFileIn, makeDataFolder } from '../data-folder.ts'
import type { ChainPlace } from '../domain/audit-chain.ts'
import { syncFile } from '../durable-file.ts'
import type { KeySettings } from '../keys/key-ring.ts'
import { openAll, sealerOf } from '../keys/open-sealer.ts'
import { countByKey } from '../keys/rotate-master-key.ts'
import { SealBroken } from '../sealing.ts'
import { SettingError, type Settings } from '../settings.ts'
import { openSqlite } from '../store/sqlite.ts'
import { faultOfFile } from '../store/sqlite-file.ts'
import { type RestoredEnds, type Store, StoreUnavailable } from '../store/store.ts'
import { BackupRefused } from './backup-refused.ts'
import { throughDraft } from './draft.ts'

/** What became of a database that was put back. */
export interface Restored {
  readonly ended: RestoredEnds
  /** The end of the chain of audit events as the backup had it, and when its last event was (epoch seconds). */
  readonly audit_head: ChainPlace
  readonly newest_event_at: number | null
}

/**
 * Puts a backup where no database is. Everything is checked and done on a copy that gets its name at the end: the file is
 * whole, this program knows its schema, the master key opens it; what must not come to life again is ended.
 *
 * @throws BackupRefused
 */
export async function restore(
  settings: Pick<Settings, 'database_url'> & KeySettings,
  file: string,
): Promise<Restored> {
  if (settings.database_url !== '')
    throw new BackupRefused(
      'postgres',
      'a file goes to SQLite; PostgreSQL is restored with pg_restore, and then valetkey restore --after-pg-restore',
    )
  if (!existsSync(file)) throw new BackupRefused('no_file', `there is no file ${file}`)
  const place = databaseFileIn(settings)
  makeDataFolder(settings)
  const inTheWay = ['', '-wal', '-shm'].map((end) => `${place}${end}`).find((path) => existsSync(path))
  if (inTheWay !== undefined)
    throw new BackupRefused(
      'not_empty',
      `${inTheWay} is there, perhaps with a server running: stop it, and move valetkey.db and what begins like it away`,
    )
  return throughDraft(place, async (draft) => {
    copyFileSync(file, draft, constants.COPYFILE_EXCL)
    chmodSync(draft, 0o600)
    const fault = await faultOfFile(draft)
    if (fault !== undefined) throw new BackupRefused('broken', `${file} cannot be restored: ${fault}`)
    const store = await openDraft(draft, file)
    const restored = await settleRestored(settings, store).finally(() => store.close())
    syncFile(draft)
    return restored
  })
}

/** What remains to be done once a database has the tables of a backup: the key is checked, and what may have been used up since is ended. */
export async function settleRestored(settings: KeySettings, store: Store): Promise<Restored> {
  await mustOpen(settings, store)
  const audit_head = await store.audit.chain.head()
  const [newest] = audit_head.seq === 0 ? [] : await store.audit.chain.read(audit_head.seq - 1, 1)
  const ended = await store.settleRestored(systemClock.now())
  const deps = { store, clock: systemClock, random: randomBytes }
  await addOperatorEvent(deps, { action: 'store.restored', resource: null })
  return { ended, audit_head, newest_event_at: newest?.at ?? null }
}

async function openDraft(draft: string, file: string): Promise<Store> {
  try {
    return await openSqlite(draft)
  } catch (cause) {
    if (cause instanceof StoreUnavailable || !(cause instanceof Error)) throw cause
    throw new BackupRefused('schema', `${file} cannot be restored: ${cause.message}`, { cause })
  }
}

/** Every master key that something is sealed under must be here, and be the one that it claims to be. */
async function mustOpen(settings: KeySettings, store: Store): Promise<void> {
  const ends = await store.sealed.ends()
  if (ends.length === 0) return
  const words = 'the master key is not the one this backup was sealed with'
  try {
    const sealer = sealerOf(settings)
    const missing = [...(await countByKey(store)).keys()].filter((key_id) => !sealer.key_ids.includes(key_id))
    if (missing.length > 0)
      throw new BackupRefused(
        'wrong_key',
        `${words}: it needs ${missing.join(' and ')}, here is ${sealer.key_ids.join(' and ')}`,
      )
    openAll(sealer, ends)
  } catch (cause) {
    if (!(cause instanceof SettingError || cause instanceof SealBroken)) throw cause
    throw new BackupRefused('wrong_key', `${words}: ${cause.message}`, { cause })
  }
}
