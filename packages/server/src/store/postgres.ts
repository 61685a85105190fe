import { hash } from 'node:crypto'
import {
  Kysely,
  type PostgresCursor,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
  sql,
} from 'kysely'
import pg from 'pg'
import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { Grant } from '../domain/grant.ts'
import { migrate } from './migrations/migrate.ts'
import { apiKeyColumns, grantColumns, type Row, type Schema } from './schema.ts'
import { spend } from './sql/codes.ts'
import type { Database, RowLocks } from './sql/engine.ts'
import { prepare, type Slot, slots } from './sql/prepare.ts'
import { grantRow } from './sql/rows.ts'
import { sqlStore } from './sql/sql-store.ts'
import { type Redemption, type Store, StoreUnavailable } from './store.ts'

export interface PostgresOptions {
  /** How many connections this process holds at most. */
  readonly connections?: number | undefined
  /** How long to wait for a connection, new or free. */
  readonly connectTimeoutMs?: number | undefined
  /** How long the database may take over one statement. */
  readonly statementTimeoutMs?: number | undefined
}

/**
 * The store in a PostgreSQL database that several servers may share.
 *
 * `synchronous_commit` is left as the database has it, and that is on: what a method resolved is on the disk.
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Store> {
  const { connections = 16, connectTimeoutMs = 5000, statementTimeoutMs = 10_000 } = options
  const common = { connectionString: url, connectionTimeoutMillis: connectTimeoutMs }

  // Alone and in no hurry: another server may be at it, and a big table takes its time.
  const migrating = connectPostgres({ ...common, max: 1 })
  await migrate(migrating, sql`select pg_advisory_xact_lock(8530218352217122169)`).finally(() =>
    migrating.destroy(),
  )

  const db = connectPostgres({
    ...common,
    max: connections,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    // The last resort, when not even an answer comes back.
    query_timeout: statementTimeoutMs + 2000,
  })
  return sqlStore({ db, locks: rowLocks, redeem: redeemer(db) })
}

const rowLocks: RowLocks = {
  own: sql`for no key update`,
  share: sql`for share`,
  ownFree: sql`for update skip locked`,
}

/** Everything in one statement: it locks the code, and adds nothing when somebody else has spent it. */
function redeemer(db: Database): (redemption: Redemption) => Promise<boolean> {
  interface Rows extends Pick<Redemption, 'code_id' | 'now'> {
    readonly grant: Row<Grant>
    readonly api_key: Row<ApiKeyRecord>
  }
  const redeem = prepare((slot: Slot<Rows>) => {
    const [code_id, now] = [slot((rows) => rows.code_id), slot((rows) => rows.now)]
    const grant = slots(slot, grantColumns, (rows: Rows) => rows.grant)
    const apiKey = slots(slot, apiKeyColumns, (rows: Rows) => rows.api_key)
    return db
      .with('spent', (cte) => spend(cte, { code_id, grant_id: grant.id, now }).returning('id'))
      .with('granted', (cte) =>
        cte
          .insertInto('grants')
          .columns(grantColumns)
          .expression((eb) =>
            eb.selectFrom('spent').select(grantColumns.map((name) => sql`${grant[name]}`.as(name))),
          ),
      )
      .insertInto('api_keys')
      .columns(apiKeyColumns)
      .expression((eb) =>
        eb.selectFrom('spent').select(apiKeyColumns.map((name) => sql`${apiKey[name]}`.as(name))),
      )
  })

  return async ({ code_id, now, grant, api_key }) => {
    const { numAffectedRows } = await db.executeQuery(
      redeem({ code_id, now, grant: grantRow(grant), api_key }),
    )
    return numAffectedRows === 1n
  }
}

/** A pool of connections; the caller ends it. */
export function connectPostgres(config: pg.PoolConfig): Kysely<Schema> {
  const pool = new pg.Pool({ ...config, application_name: 'valetkey', keepAlive: true, types })
  // A connection that breaks is replaced, and whoever was using it hears of it from its query. Without listeners the
  // process would end, and print the connection with its password.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))

  const named: PostgresPool = {
    options: {},
    end: () => pool.end(),
    async connect() {
      try {
        return new Connection(await pool.connect())
      } catch (error) {
        throw new StoreUnavailable('the database cannot be reached', { cause: error })
      }
    },
  }
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: named }) })
}

/** Times and counts are bigint in the database and far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type, format),
}

/** A connection of the pool that prepares each statement once, and is not used again after it broke. */
class Connection implements PostgresPoolClient {
  readonly #client: pg.PoolClient
  #broken = false

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query(text: unknown, values: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') throw new TypeError('nothing here reads through a cursor')
    return this.#client
      .query({ name: nameOf(text), text, values: values.map(bind) })
      .catch((error: unknown) => {
        if (!isAway(error)) throw error
        this.#broken = true
        throw new StoreUnavailable('the database went away or did not answer in time', { cause: error })
      })
  }

  release(destroy?: boolean): void {
    this.#client.release(this.#broken || destroy)
  }
}

function nameOf(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** PostgreSQL's text has no U+0000. What holds one is hostile, and is kept like any other unwritable character. */
function bind(value: unknown): string | number | null {
  if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
  if (typeof value === 'number' || value === null) return value
  throw new TypeError(`not a value of a column: ${typeof value}`)
}

/**
 * True for what says something of the database or the way to it, not of the statement.
 *
 * @source https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
function isAway(error: unknown): boolean {
  // Sockets and timeouts of the client have no SQLSTATE.
  if (!(error instanceof pg.DatabaseError)) return !(error instanceof TypeError)
  const sqlState = error.code ?? ''
  return awayClasses.has(sqlState.slice(0, 2)) || awayStates.has(sqlState)
}

const awayClasses = new Set([
  '08', // connection exception
  '53', // insufficient resources: disk, memory, connections
  '57', // operator intervention: shutdown, statement timeout
  '58', // system error: disk
])

const awayStates = new Set([
  '0A000', // a prepared statement's table was migrated by another server: a new connection prepares it anew
  '25006', // read-only: a standby answered
  '25P03', // idle in a transaction for too long
  '26000', // a proxy between us does not know the prepared statement
  '55P03', // a lock could not be had in time
])
