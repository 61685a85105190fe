import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { onTestFinished } from 'vitest'

/** A folder for one test, gone afterwards. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Makes a database file in the folder out of statements; returns its path. */
export function writeDatabase(folder: string, statements: string): string {
  const path = join(folder, 'valetkey.db')
  const database = new DatabaseSync(path)
  try {
    database.exec(statements)
  } finally {
    database.close()
  }
  return path
}
