import { closeSync, fsyncSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from './store.ts'

/**
 * Copies a database that others write to as it is at one moment, into an empty file. Everything that was committed before
 * the call is in it; writers wait for nothing. What was deleted before is not in the copy.
 *
 * @throws StoreUnavailable
 */
export function copyDatabase(from: string, to: string): void {
  withFile(from, (database) => database.prepare('vacuum into ?').run(to))
  syncFile(to)
}

/** What SQLite finds wrong in a file, in its own words; undefined when it is whole and has our tables. */
export function faultOfFile(path: string): string | undefined {
  try {
    return withFile(path, (database) => {
      const [found] = database.prepare('pragma integrity_check(1)').all()
      const said = String(found?.integrity_check)
      if (said !== 'ok') return said
      const ours = database.prepare("select 1 from sqlite_master where name = 'schema_migrations'").get()
      return ours === undefined ? 'it is not a database of Valetkey' : undefined
    })
  } catch (error) {
    if (error instanceof StoreUnavailable && error.cause instanceof Error) return error.cause.message
    throw error
  }
}

/** What is in the file is on the disk when this returns. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function withFile<Result>(path: string, work: (database: DatabaseSync) => Result): Result {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
    try {
      return work(database)
    } finally {
      database.close()
    }
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new StoreUnavailable(`the database file cannot be used: ${said}`, { cause })
  }
}
