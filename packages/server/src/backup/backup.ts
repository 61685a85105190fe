import { existsSync, statSync } from 'node:fs'
import { databaseFileIn } from '../data-folder.ts'
import { makeDraft } from '../durable-file.ts'
import type { Settings } from '../settings.ts'
import { copyDatabase, faultOfFile } from '../store/sqlite-file.ts'
import { BackupRefused } from './backup-refused.ts'
import { throughDraft } from './draft.ts'

export interface BackedUp {
  readonly bytes: number
}

/**
 * Copies the database into a new file for its owner alone, as it is when the copy begins. The file has its name once it
 * is whole, looked through, and on the disk.
 *
 * @throws BackupRefused
 */
export async function backup(
  where: Pick<Settings, 'database_url' | 'data'>,
  file: string,
): Promise<BackedUp> {
  if (where.database_url !== '')
    throw new BackupRefused(
      'postgres',
      'PostgreSQL is backed up with its own tools: pg_dump or pg_basebackup',
    )
  const source = databaseFileIn(where)
  if (!existsSync(source)) throw new BackupRefused('no_database', `there is no database in ${where.data}`)
  if (existsSync(file)) throw new BackupRefused('exists', `${file} is there already, and is left as it is`)
  return throughDraft(file, async (draft) => {
    writable(() => makeDraft(draft, ''))
    await copyDatabase(source, draft)
    const fault = await faultOfFile(draft)
    if (fault !== undefined) throw new BackupRefused('broken', `the database is damaged: ${fault}`)
    return { bytes: statSync(draft).size }
  })
}

function writable(make: () => void): void {
  try {
    make()
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new BackupRefused('unwritable', `the backup cannot be written: ${said}`, { cause })
  }
}
