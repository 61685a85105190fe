import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type QueryResult,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely'
import type { Schema } from './schema.ts'
import { type Checkpoint, checkpointPages, checkpoints } from './sqlite-checkpoint.ts'
import { StoreUnavailable } from './store.ts'

/** The one connection to a file. Kysely takes turns on it; the hot path runs its prepared queries at once. */
export interface SqliteConnection {
  readonly db: Kysely<Schema>
  /** One prepared query. */
  ask<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>
  /** One transaction, made of prepared queries that run one after the other without a pause. Durable when it resolves. */
  atomically<Result>(work: (run: RunQuery) => Result): Promise<Result>
}

export type RunQuery = <Row>(query: CompiledQuery<Row>) => QueryResult<Row>

/** The caller ends it by `db.destroy`. */
export function connectSqlite(path: string, timeout: number): SqliteConnection {
  const database = translated(() => openDatabase(path, timeout))
  const checkpoint = checkpoints(database, path)
  const statements = preparedOnce(database, checkpoint)
  const config = { database: { prepare: statements, close: () => database.close() } }
  const db = new Kysely<Schema>({ dialect: new ImmediateDialect(config, database, checkpoint) })

  const run = <Row>({ sql, parameters }: CompiledQuery<Row>): QueryResult<Row> => {
    const statement = statements(sql)
    if (statement.reader) return { rows: statement.all(parameters) as Row[] }
    const { changes } = statement.run(parameters)
    return { rows: [], numAffectedRows: BigInt(changes) }
  }
  const transaction = <Result>(work: (run: RunQuery) => Result): Result => {
    run(begin)
    try {
      const result = work(run)
      run(commit)
      return result
    } catch (error) {
      if (database.isTransaction) run(rollback)
      throw error
    }
  }
  return {
    db,
    // Between the statements of somebody's transaction it would see what may yet be undone: then it waits its turn.
    ask: async (query) => (database.isTransaction ? db.executeQuery(query) : run(query)),
    atomically: (work) => db.connection().execute(async () => transaction(work)),
  }
}

/** The lock to write is taken at once, not in the middle, where waiting for it could no longer succeed. */
const begin = CompiledQuery.raw('begin immediate')
const commit = CompiledQuery.raw('commit')
const rollback = CompiledQuery.raw('rollback')

function openDatabase(path: string, timeout: number): DatabaseSync {
  // Created here and not by SQLite, for nobody else's eyes; its journal gets the same permissions.
  if (path !== ':memory:' && !existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout })
  database.exec(
    `pragma journal_mode = wal; pragma synchronous = full;
    pragma wal_autocheckpoint = ${checkpointPages}; pragma cache_size = ${-cacheKiB}`,
  )
  return database
}

const cacheKiB = 16 * 1024

/** Kysely's SQLite dialect over `node:sqlite`. */
class ImmediateDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig
  readonly #database: DatabaseSync
  readonly #checkpoint: Checkpoint

  constructor(config: SqliteDialectConfig, database: DatabaseSync, checkpoint: Checkpoint) {
    super(config)
    this.#config = config
    this.#database = database
    this.#checkpoint = checkpoint
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config, this.#database, this.#checkpoint)
  }
}

class ImmediateDriver extends SqliteDriver {
  readonly #database: DatabaseSync
  readonly #checkpoint: Checkpoint

  constructor(config: SqliteDialectConfig, database: DatabaseSync, checkpoint: Checkpoint) {
    super(config)
    this.#database = database
    this.#checkpoint = checkpoint
  }

  override async destroy(): Promise<void> {
    await this.#checkpoint.stop()
    await super.destroy()
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(begin)
  }

  /**
   * A full or broken disk has SQLite undo the transaction by itself. There is nothing left to undo then, and saying so
   * must not take the place of the reason.
   *
   * @source https://www.sqlite.org/lang_transaction.html (Response To Errors Within A Transaction)
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection)
  }
}

/** Statements kept ready; the one not used for the longest time goes first. */
const mostPrepared = 256

function preparedOnce(database: DatabaseSync, checkpoint: Checkpoint): (text: string) => SqliteStatement {
  const prepared = new Map<string, SqliteStatement>()
  return (text) => {
    const statement = prepared.get(text) ?? translated(() => statementOf(database, checkpoint, text))
    prepared.delete(text)
    prepared.set(text, statement)
    if (prepared.size > mostPrepared) prepared.delete(prepared.keys().next().value ?? '')
    return statement
  }
}

function statementOf(database: DatabaseSync, checkpoint: Checkpoint, text: string): SqliteStatement {
  const statement = database.prepare(text)
  return {
    reader: statement.columns().length > 0,
    all(values) {
      try {
        return statement.all(...fitting(values))
      } catch (error) {
        throw inOurWords(error)
      }
    },
    run(values) {
      try {
        const done = statement.run(...fitting(values))
        // It was a commit, or one by itself.
        if (!database.isTransaction) checkpoint.soon()
        return done
      } catch (error) {
        throw inOurWords(error)
      }
    },
    iterate: (values) => translated(() => statement.iterate(...fitting(values))),
  }
}

/** Refuses what `node:sqlite` would misread: an object in the first place would pass for named parameters. */
function fitting(values: readonly unknown[]): readonly SQLInputValue[] {
  if (areFit(values)) return values
  throw new TypeError(`not values of columns: ${values.map((value) => typeof value).join(', ')}`)
}

const areFit = (values: readonly unknown[]): values is readonly SQLInputValue[] =>
  values.every((value) => typeof value === 'string' || typeof value === 'number' || value === null)

/** SQLite's result codes that say something of the file, the disk or another process, not of the statement. */
const unavailable = new Set([
  5, // BUSY
  6, // LOCKED
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  15, // PROTOCOL
  26, // NOTADB
])

function translated<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw inOurWords(error)
  }
}

function inOurWords(error: unknown): unknown {
  const { errcode, syscall } = error as { errcode?: unknown; syscall?: unknown }
  const away = typeof errcode === 'number' ? unavailable.has(errcode & 0xff) : syscall === 'open'
  return away ? new StoreUnavailable('the database file cannot be used', { cause: error }) : error
}
