import { sql } from 'kysely'
import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import { type ChainedEvent, chained, chainStart } from '../domain/audit-chain.ts'
import type { Grant } from '../domain/grant.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'
import type { Redemption } from './codes.ts'
import { migrate } from './migrations/migrate.ts'
import {
  apiKeyColumns,
  chainedColumns,
  grantColumns,
  type Row,
  refreshFamilyColumns,
  refreshTokenColumns,
} from './schema.ts'
import { lastAnchor, lastEvent } from './sql/audit-chain.ts'
import { readRedeemable, spend } from './sql/codes.ts'
import type { Engine, RowLocks } from './sql/engine.ts'
import { grouped } from './sql/group.ts'
import { prepare, type Slot, slots } from './sql/prepare.ts'
import { familyRow, grantRow } from './sql/rows.ts'
import { sqlStore } from './sql/sql-store.ts'
import { connectSqlite, type RunQuery, type SqliteConnection } from './sqlite-connection.ts'
import type { Store, StoreWatch } from './store.ts'

interface SqliteOptions {
  readonly busyTimeoutMs?: number | undefined
  readonly watch?: StoreWatch | undefined
}

/**
 * The store in one file, or in memory as `:memory:`. Several processes of one machine may open the same file.
 *
 * What a method resolved is on the disk. A writer waits `busyTimeoutMs` for a writer in another process, and blocks
 * this one meanwhile.
 */
export async function openSqlite(
  path: string,
  { busyTimeoutMs = 5000, watch }: SqliteOptions = {},
): Promise<Store> {
  const connection = connectSqlite(path, busyTimeoutMs)
  const { db, ask } = connection
  try {
    await migrate(db, undefined)
  } catch (error) {
    await db.destroy()
    throw error
  }
  const redeemable = readRedeemable(db)
  return sqlStore({
    db,
    locks: noLocks,
    ask,
    redeemable: async (asked) => (await ask(redeemable(asked))).rows,
    redeem: redeemer(connection, watch),
    lengthenChain: chainLengthener(connection),
  })
}

/** Without a pause between the statements: whoever waits for the connection waits for as long as they take, and no longer. */
function chainLengthener({ db, atomically }: SqliteConnection): Engine['lengthenChain'] {
  const last = prepare(() => lastEvent(db))
  const anchor = prepare(() => lastAnchor(db))
  const add = prepare((slot: Slot<ChainedEvent>) =>
    db.insertInto('audit_events').values(slots(slot, chainedColumns, (event: ChainedEvent) => event)),
  )
  return (events) =>
    atomically((run) => {
      const head = run(last({})).rows[0] ?? run(anchor({})).rows[0] ?? chainStart
      for (const event of chained(head, events)) run(add(event))
    })
}

/** A transaction that writes is the only one, from its `begin immediate` on: rows need no locks. */
const noLocks: RowLocks = {
  own: sql``,
  share: sql``,
  ownFree: sql``,
  alone: sql`true`,
  auditChain: sql`select 1`,
}

/** One commit, and so one sync of the disk, for all redemptions that wait. */
function redeemer(
  { db, atomically }: SqliteConnection,
  watch?: StoreWatch,
): (redemption: Redemption) => Promise<boolean> {
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

  const redeem = (run: RunQuery, redemption: Redemption): boolean => {
    if (run(spendCode(redemption)).numAffectedRows !== 1n) return false
    const { grant, refresh } = redemption
    run(addGrant(grantRow(grant)))
    if (refresh !== undefined) {
      run(addFamily(familyRow(refresh.family)))
      run(addToken(refresh.token))
    }
    run(addApiKey(redemption.api_key))
    return true
  }

  return grouped(
    (redemptions) => atomically((run) => redemptions.map((redemption) => redeem(run, redemption))),
    (redemption) => atomically((run) => redeem(run, redemption)),
    { onGroup: watch?.grouped, onUngrouped: watch?.ungrouped },
  )
}
