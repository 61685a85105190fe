import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { syncFile } from '../durable-file.ts'
import { StoreUnavailable } from './store.ts'

/** So that a database that somebody holds does not make whoever asks hang. */
const timeoutMs = 5_000

interface Reading {
  /** Whether somebody may begin to write to it meanwhile. */
  readonly live?: boolean
}

/**
 * Looks into a file without changing it. Where no server has it open there is nothing beside the file, and nothing is
 * made there by looking, unless it is `live`.
 *
 * @throws Error of SQLite
 */
export async function readDatabase<Result>(
  path: string,
  look: (database: DatabaseSync) => Result | Promise<Result>,
  { live = false }: Reading = {},
): Promise<Result> {
  const url = pathToFileURL(path)
  if (!live && !existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1')
  const database = new DatabaseSync(url, { readOnly: true, timeout: timeoutMs })
  try {
    return await look(database)
  } finally {
    database.close()
  }
}

/**
 * Copies a database that others write to as it is at one moment, into an empty file. Everything that was committed before
 * the call is in it; writers wait for nothing. What was deleted before is not in the copy.
 *
 * @throws StoreUnavailable
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  try {
    await readDatabase(from, (database) => database.prepare('vacuum into ?').run(to), { live: true })
  } catch (cause) {
    throw new StoreUnavailable(`the database file cannot be used: ${saidBy(cause)}`, { cause })
  }
  syncFile(to)
}

/** Why a file is no whole database of ours, in the words of SQLite; undefined when it is one. */
export async function faultOfFile(path: string): Promise<string | undefined> {
  try {
    return await readDatabase(path, (database) => {
      const [found] = database.prepare('pragma integrity_check(1)').all()
      const said = String(found?.integrity_check)
      if (said !== 'ok') return said
      const ours = database.prepare("select 1 from sqlite_master where name = 'schema_migrations'").get()
      return ours === undefined ? 'it is not a database of Valetkey' : undefined
    })
  } catch (cause) {
    return saidBy(cause)
  }
}

/** What SQLite finds wrong with a file of ours; nothing when it is whole. It reads all of it, so it takes its time. */
export const flawsOf = (path: string): Promise<readonly string[]> =>
  readDatabase(path, (database) => {
    const found = database.prepare('pragma quick_check(5)').all()
    return found.map((row) => String(Object.values(row)[0])).filter((said) => said !== 'ok')
  })

const saidBy = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
