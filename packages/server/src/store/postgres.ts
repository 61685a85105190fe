import { hash } from 'node:crypto'
import {
  Kysely,
  type PostgresCursor,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
  type RawBuilder,
  sql,
} from 'kysely'
import pg from 'pg'
import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { Grant } from '../domain/grant.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'
import { advisoryLock } from './advisory-locks.ts'
import type { Redemption } from './codes.ts'
import { migratePostgres } from './migrations/migrate-postgres.ts'
import { isPooled } from './pooler.ts'
import { chainLengthener, readTogether, redeemTogether } from './postgres-groups.ts'
import {
  apiKeyColumns,
  grantColumns,
  type Row,
  refreshFamilyColumns,
  refreshTokenColumns,
  type Schema,
} from './schema.ts'
import { readRedeemable, spend } from './sql/codes.ts'
import type { Database, Engine, RowLocks } from './sql/engine.ts'
import { prepare, type Slot, type Slots, slots } from './sql/prepare.ts'
import { familyRow, grantRow } from './sql/rows.ts'
import { sqlStore } from './sql/sql-store.ts'
import { type Store, StoreUnavailable, type StoreWatch } from './store.ts'

export interface PostgresOptions {
  /** How many connections this process holds at most. */
  readonly connections?: number | undefined
  /** How long to wait for a connection, new or free. */
  readonly connectTimeoutMs?: number | undefined
  /** How long the database may take over one statement. */
  readonly statementTimeoutMs?: number | undefined
  /** Whether statements are prepared by name: `on`, `off`, or by default unless a pooler stands in between. */
  readonly prepared?: string | undefined
  readonly watch?: StoreWatch | undefined
}

/**
 * The store in a PostgreSQL database that several servers may share.
 *
 * `synchronous_commit` is left as the database has it, and that is on: what a method resolved is on the disk.
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Store> {
  const { connections = 16, connectTimeoutMs = 5000, statementTimeoutMs = 10_000, prepared, watch } = options
  const common = { connectionString: url, connectionTimeoutMillis: connectTimeoutMs }

  const pooled = await isPooled(common)
  // Alone and in no hurry: another server may be at it, and a big table takes its time.
  const migrating = connectPostgres({ ...common, max: 1 }, { named: false })
  await migratePostgres(migrating).finally(() => migrating.destroy())

  const db = connectPostgres(
    {
      ...common,
      max: connections,
      // A pooler refuses them: its connections are not for one client alone. There they are set for the role.
      ...(pooled
        ? {}
        : {
            statement_timeout: statementTimeoutMs,
            idle_in_transaction_session_timeout: statementTimeoutMs,
          }),
      // The last resort, when not even an answer comes back.
      query_timeout: statementTimeoutMs + 2000,
    },
    { named: prepared === 'on' || (prepared !== 'off' && !pooled), watch },
  )
  const ask: Engine['ask'] = (query) => db.executeQuery(query)
  const redeemable = readRedeemable(db)
  return sqlStore({
    db,
    locks: rowLocks,
    ask,
    redeemable: readTogether(db, async (asked) => (await ask(redeemable(asked))).rows, watch),
    redeem: redeemTogether(db, redeemer(db), watch),
    lengthenChain: chainLengthener(db, rowLocks.auditChain),
  })
}

const rowLocks: RowLocks = {
  own: sql`for no key update`,
  share: sql`for share`,
  ownFree: sql`for update skip locked`,
  // Asked once per statement, and given back with it: nothing that a pooler could carry over to somebody else.
  alone: sql`(select pg_try_advisory_xact_lock(${advisoryLock('sweep')}))`,
  auditChain: sql`select pg_advisory_xact_lock(${advisoryLock('auditChain')})`,
}

/**
 * Everything in one statement: it locks the code, and adds nothing when somebody else has spent it. Refresh tokens begin
 * in a second one, so that whoever has none pays nothing for them.
 */
function redeemer(db: Database): (redemption: Redemption) => Promise<boolean> {
  interface Rows extends Pick<Redemption, 'code_id' | 'now'> {
    readonly grant: Row<Grant>
    readonly api_key: Row<ApiKeyRecord>
  }
  interface RefreshableRows extends Rows {
    readonly family: Row<RefreshFamily>
    readonly token: Row<RefreshToken>
  }
  const granted = (slot: Slot<Rows>) => {
    const [code_id, now] = [slot((rows) => rows.code_id), slot((rows) => rows.now)]
    const grant = slots(slot, grantColumns, (rows: Rows) => rows.grant)
    return db
      .with('spent', (cte) => spend(cte, { code_id, grant_id: grant.id, now }).returning('id'))
      .with('granted', (cte) =>
        cte.insertInto('grants').columns(grantColumns).expression(onceSpent(grantColumns, grant)),
      )
  }
  const apiKey = (slot: Slot<Rows>) =>
    onceSpent(
      apiKeyColumns,
      slots(slot, apiKeyColumns, (rows: Rows) => rows.api_key),
    )

  const redeem = prepare((slot: Slot<Rows>) =>
    granted(slot).insertInto('api_keys').columns(apiKeyColumns).expression(apiKey(slot)),
  )
  const redeemRefreshable = prepare((slot: Slot<RefreshableRows>) => {
    const family = slots(slot, refreshFamilyColumns, (rows: RefreshableRows) => rows.family)
    const token = slots(slot, refreshTokenColumns, (rows: RefreshableRows) => rows.token)
    return granted(slot)
      .with('begun', (cte) =>
        cte
          .insertInto('refresh_families')
          .columns(refreshFamilyColumns)
          .expression(onceSpent(refreshFamilyColumns, family)),
      )
      .with('refreshable', (cte) =>
        cte
          .insertInto('refresh_tokens')
          .columns(refreshTokenColumns)
          .expression(onceSpent(refreshTokenColumns, token)),
      )
      .insertInto('api_keys')
      .columns(apiKeyColumns)
      .expression(apiKey(slot))
  })

  return async ({ code_id, now, grant, api_key, refresh }) => {
    const rows = { code_id, now, grant: grantRow(grant), api_key }
    const { numAffectedRows } = await db.executeQuery(
      refresh === undefined
        ? redeem(rows)
        : redeemRefreshable({ ...rows, family: familyRow(refresh.family), token: refresh.token }),
    )
    return numAffectedRows === 1n
  }
}

/** One row, if the statement spent the code; otherwise none. */
function onceSpent<Noun>(columns: readonly (keyof Noun & string)[], row: Slots<Noun>): RawBuilder<unknown> {
  return sql`select ${sql.join(columns.map((name) => row[name]))} from spent`
}

/** A pool of connections; the caller ends it. */
export function connectPostgres(
  config: pg.PoolConfig,
  { named = true, watch }: { named?: boolean; watch?: StoreWatch | undefined } = {},
): Kysely<Schema> {
  const pool = new pg.Pool({ ...config, application_name: 'valetkey', keepAlive: true, types })
  // A connection that breaks is replaced, and whoever was using it hears of it from its query. Without listeners the
  // process would end, and print the connection with its password.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  watch?.looksAt(() => ({
    in_use: pool.totalCount - pool.idleCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
  }))

  const prepared: PostgresPool = {
    options: {},
    end: () => pool.end(),
    async connect() {
      try {
        return new Connection(await pool.connect(), named)
      } catch (error) {
        throw new StoreUnavailable('the database cannot be reached', { cause: error })
      }
    },
  }
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: prepared }) })
}

/** Times and counts are bigint in the database and far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type, format),
}

/** A connection of the pool that prepares each statement once, unless told not to, and is not used again after it broke. */
class Connection implements PostgresPoolClient {
  readonly #client: pg.PoolClient
  readonly #named: boolean
  #broken = false
  #inTransaction = false

  constructor(client: pg.PoolClient, named: boolean) {
    this.#client = client
    this.#named = named
  }

  query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query(text: unknown, values: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') throw new TypeError('nothing here reads through a cursor')
    return this.#run(text, values.map(bind)).catch((error: unknown) => {
      if (!isAway(error)) throw error
      this.#broken = true
      throw new StoreUnavailable('the database went away or did not answer in time', { cause: error })
    })
  }

  async #run(text: string, values: readonly (string | number | null)[]): Promise<pg.QueryResult> {
    const once = { text, values: [...values] }
    if (text.startsWith('begin')) this.#inTransaction = true
    if (text === 'commit' || text === 'rollback') this.#inTransaction = false
    // Of all columns there are more after a migration, and a transaction could not ask again.
    const named = this.#named && !(this.#inTransaction && text.includes('*'))
    if (!named) return this.#client.query(once)
    try {
      return await this.#client.query({ ...once, name: nameOf(text) })
    } catch (error) {
      if (this.#inTransaction || !isForgotten(error)) throw error
      // It was not run, so it can be run now. The connection knows only old names: the next one prepares anew.
      this.#broken = true
      return this.#client.query(once)
    }
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

/** True when a prepared statement could not even begin. */
function isForgotten(error: unknown): boolean {
  return error instanceof pg.DatabaseError && forgottenStates.has(error.code ?? '')
}

const forgottenStates = new Set([
  '0A000', // its table was migrated by another server, and has more columns now
  '26000', // a pooler between us asked somebody who does not know it
  '42P05', // a pooler between us asked somebody who knows it from others
])

const awayStates = new Set([
  ...forgottenStates,
  '25006', // read-only: a standby answered
  '25P03', // idle in a transaction for too long
  '55P03', // a lock could not be had in time
])
