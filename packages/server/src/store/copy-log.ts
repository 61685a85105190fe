import type { DatabaseSync } from 'node:sqlite'

/** Copies the log of a database into its file, as far as no reader is in the way, and waits for nobody. */
export function copyLog(database: DatabaseSync): void {
  try {
    database.exec('pragma wal_checkpoint(passive)')
  } catch {
    // A disk that is full or broken: the next commit says so, to somebody who can be told.
  }
}
