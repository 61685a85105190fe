import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
  sql,
} from 'kysely'
import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { Grant } from '../domain/grant.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'
import { migrate } from './migrations/migrate.ts'
import {
  apiKeyColumns,
  grantColumns,
  type Row,
  refreshFamilyColumns,
  refreshTokenColumns,
  type Schema,
} from './schema.ts'
import { spend } from './sql/codes.ts'
import type { Database, RowLocks, Work } from './sql/engine.ts'
import { grouped } from './sql/group.ts'
import { prepare, type Slot, slots } from './sql/prepare.ts'
import { familyRow, grantRow } from './sql/rows.ts'
import { sqlStore } from './sql/sql-store.ts'
import { type Redemption, type Store, StoreUnavailable } from './store.ts'

/**
 * The store in one file, or in memory as `:memory:`. Several processes of one machine may open the same file.
 *
 * What a method resolved is on the disk. A writer waits `busyTimeoutMs` for a writer in another process, and blocks
 * this one meanwhile.
 */
export async function openSqlite(path: string, { busyTimeoutMs = 5000 } = {}): Promise<Store> {
  const db = connectSqlite(path, busyTimeoutMs)
  try {
    await migrate(db, undefined)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return sqlStore({ db, locks: noLocks, redeem: redeemer(db) })
}

/** A transaction that writes is the only one, from its `begin immediate` on: rows need no locks. */
const noLocks: RowLocks = { own: sql``, share: sql``, ownFree: sql`` }

/** One commit, and so one sync of the disk, for all redemptions that wait. */
function redeemer(db: Database): (redemption: Redemption) => Promise<boolean> {
  const spendCode = prepare((slot: Slot<Redemption>) =>
    spend(db, {
      code_id: slot((it) => it.code_id),
      grant_id: slot((it) => it.grant.id),
      now: slot((it) => it.now),
    }),
  )
  const addGrant = prepare((slot: Slot<Row<Grant>>) =>
    db.insertInto('grants').values(slots(slot, grantColumns, (grant: Row<Grant>) => grant)),
  )
  const addApiKey = prepare((slot: Slot<Row<ApiKeyRecord>>) =>
    db.insertInto('api_keys').values(slots(slot, apiKeyColumns, (apiKey: Row<ApiKeyRecord>) => apiKey)),
  )

  const addFamily = prepare((slot: Slot<Row<RefreshFamily>>) =>
    db
      .insertInto('refresh_families')
      .values(slots(slot, refreshFamilyColumns, (family: Row<RefreshFamily>) => family)),
  )
  const addToken = prepare((slot: Slot<Row<RefreshToken>>) =>
    db
      .insertInto('refresh_tokens')
      .values(slots(slot, refreshTokenColumns, (token: Row<RefreshToken>) => token)),
  )

  const redeem = async (trx: Work, redemption: Redemption): Promise<boolean> => {
    const { numAffectedRows } = await trx.executeQuery(spendCode(redemption))
    if (numAffectedRows !== 1n) return false
    const { grant, refresh } = redemption
    await trx.executeQuery(addGrant(grantRow(grant)))
    if (refresh !== undefined) {
      await trx.executeQuery(addFamily(familyRow(refresh.family)))
      await trx.executeQuery(addToken(refresh.token))
    }
    await trx.executeQuery(addApiKey(redemption.api_key))
    return true
  }

  return grouped(
    (redemptions) =>
      db.transaction().execute(async (trx) => {
        const results: boolean[] = []
        for (const redemption of redemptions) results.push(await redeem(trx, redemption))
        return results
      }),
    (redemption) => db.transaction().execute((trx) => redeem(trx, redemption)),
  )
}

/** The one connection to a file; the caller ends it. */
export function connectSqlite(path: string, timeout: number): Kysely<Schema> {
  return translated(() => {
    // Created here and not by SQLite, for nobody else's eyes; its journal gets the same permissions.
    if (path !== ':memory:' && !existsSync(path)) closeSync(openSync(path, 'a', 0o600))
    const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout })
    database.exec('pragma journal_mode = wal; pragma synchronous = full')
    return new Kysely<Schema>({ dialect: new NodeSqliteDialect(database) })
  })
}

/** Kysely's SQLite dialect over `node:sqlite`, with statements prepared once. */
class NodeSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig

  constructor(database: DatabaseSync) {
    const prepared = new Map<string, SqliteStatement>()
    const config: SqliteDialectConfig = {
      database: {
        close: () => database.close(),
        prepare(text) {
          const statement = prepared.get(text) ?? translated(() => statementOf(database, text))
          prepared.delete(text)
          prepared.set(text, statement)
          if (prepared.size > mostPrepared) prepared.delete(prepared.keys().next().value ?? '')
          return statement
        },
      },
    }
    super(config)
    this.#config = config
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config)
  }
}

/** Statements kept ready; the one not used for the longest time goes first. */
const mostPrepared = 256

class ImmediateDriver extends SqliteDriver {
  /** The lock to write is taken at once, not in the middle, where waiting for it could no longer succeed. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

function statementOf(database: DatabaseSync, text: string): SqliteStatement {
  const statement = database.prepare(text)
  return {
    reader: statement.columns().length > 0,
    all: (values) => translated(() => statement.all(...values.map(bind))),
    run: (values) => translated(() => statement.run(...values.map(bind))),
    iterate: (values) => translated(() => statement.iterate(...values.map(bind))),
  }
}

/** Refuses what `node:sqlite` would misread: an object in the first place would pass for named parameters. */
function bind(value: unknown): SQLInputValue {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value
  throw new TypeError(`not a value of a column: ${typeof value}`)
}

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
    const { errcode, syscall } = error as { errcode?: unknown; syscall?: unknown }
    const away = typeof errcode === 'number' ? unavailable.has(errcode & 0xff) : syscall === 'open'
    if (away) throw new StoreUnavailable('the database file cannot be used', { cause: error })
    throw error
  }
}
