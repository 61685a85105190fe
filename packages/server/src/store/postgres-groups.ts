import { type RawBuilder, sql } from 'kysely'
import { chained } from '../domain/audit-chain.ts'
import type { Redemption } from './codes.ts'
import {
  apiKeyColumns,
  chainedColumns,
  grantColumns,
  refreshFamilyColumns,
  refreshTokenColumns,
  type Schema,
} from './schema.ts'
import { headOf } from './sql/audit-chain.ts'
import { redeemable } from './sql/codes.ts'
import type { AskedCode, Database, Engine, RedeemableRow, RowLocks } from './sql/engine.ts'
import { grouped } from './sql/group.ts'
import { prepare, type Slot } from './sql/prepare.ts'
import { familyRow, grantRow } from './sql/rows.ts'
import type { StoreWatch } from './store.ts'

// A statement costs this process and PostgreSQL more than a row in it, so those that wait at the same time go together.
// A group is one parameter: its rows as JSON.

/** While one group is on its way the next is put together. */
const shape = { atOnce: 2, most: 256 }

/** Reads codes with their clients, all that wait in one statement. */
export function readTogether(
  db: Database,
  readOne: Engine['redeemable'],
  watch?: StoreWatch,
): Engine['redeemable'] {
  const here = (asked: RawBuilder<string>) =>
    sql<{
      n: number
    }>`(select * from json_to_recordset(${asked}) as asked (n int, client_id text, code_hash text, now bigint))`
  const all = prepare((slot: Slot<readonly AskedCode[]>) =>
    redeemable(
      db,
      {
        client_id: sql.ref('here.client_id'),
        code_hash: sql.ref('here.code_hash'),
        now: sql.ref('here.now'),
      },
      here(slot((asked) => asJson(asked.map((one, n) => ({ n, ...one }))))),
    ).select('here.n as n'),
  )
  return grouped<AskedCode, readonly RedeemableRow[]>(
    async (asked) => {
      if (asked.length === 1) return asked.map(readOne)
      const { rows } = await db.executeQuery(all(asked))
      const of: RedeemableRow[][] = asked.map(() => [])
      for (const row of rows) of[row.n]?.push(row)
      return of
    },
    readOne,
    { ...shape, onUngrouped: watch?.ungrouped },
  )
}

/**
 * Redeems all that wait in one statement and one commit. It passes over codes whose rows somebody else holds, so that it
 * never waits while it holds others. Whoever got nothing tries alone: that waits, and tells a lost race from a held row.
 */
export function redeemTogether(
  db: Database,
  redeemOne: Engine['redeem'],
  watch?: StoreWatch,
): Engine['redeem'] {
  const all = prepare((slot: Slot<readonly Redemption[]>) => {
    const asked = slot((redemptions: readonly Redemption[]) =>
      asJson(redemptions.map(({ code_id, now, grant }) => ({ code_id, now, grant_id: grant.id }))),
    )
    const query = sql<{ grant_id: string }>`
      with asked as (
        select * from json_to_recordset(${asked}) as asked (code_id text, now bigint, grant_id text)
      ), free as (
        select code.id from authorization_codes as code join asked on asked.code_id = code.id
        where code.spent_at is null and code.revoked_at is null and code.expires_at > asked.now
        for no key update of code skip locked
      ), spent as (
        update authorization_codes as code
        set spent_at = asked.now, grant_id = asked.grant_id, sealed_encryption_access = null, sealed_half = null
        from asked where code.id = asked.code_id and code.id in (select id from free)
        and code.spent_at is null and code.revoked_at is null and code.expires_at > asked.now
        returning code.grant_id
      ), granted as (${addOnceSpent(slot, 'grants', grantColumns, ({ grant }) => grantRow(grant))}
      ), begun as (${addOnceSpent(slot, 'refresh_families', refreshFamilyColumns, familyIn)}
      ), refreshable as (${addOnceSpent(slot, 'refresh_tokens', refreshTokenColumns, tokenIn)}
      ), keyed as (${addOnceSpent(slot, 'api_keys', apiKeyColumns, ({ api_key }) => api_key)}
      )
      select grant_id from spent`
    return { compile: () => query.compile(db) }
  })
  return grouped<Redemption, boolean>(
    async (redemptions) => {
      if (redemptions.length === 1) return redemptions.map(redeemOne)
      const { rows } = await db.executeQuery(all(redemptions))
      const spent = new Set(rows.map(({ grant_id }) => grant_id))
      return redemptions.map((one) => spent.has(one.grant.id) || redeemOne(one))
    },
    redeemOne,
    { ...shape, onGroup: watch?.grouped, onUngrouped: watch?.ungrouped },
  )
}

/** Servers take turns at the chain, by the lock. */
export function chainLengthener(db: Database, lock: RowLocks['auditChain']): Engine['lengthenChain'] {
  const columns = sql.join(chainedColumns.map((column) => sql.ref(column)))
  return (events) =>
    db.transaction().execute(async (trx) => {
      await lock.execute(trx)
      const rows = asJson(chained(await headOf(trx), events))
      await sql`insert into audit_events (${columns})
        select ${columns} from json_populate_recordset(null::audit_events, ${rows})`.execute(trx)
    })
}

const familyIn = ({ refresh }: Redemption) => refresh && familyRow(refresh.family)
const tokenIn = ({ refresh }: Redemption) => refresh?.token

/** Adds a row of each redemption that has one and that spent its code. */
function addOnceSpent(
  slot: Slot<readonly Redemption[]>,
  table: keyof Schema,
  columns: readonly string[],
  rowOf: (redemption: Redemption) => object | undefined,
) {
  const rows = slot((redemptions: readonly Redemption[]) =>
    asJson(redemptions.map((redemption) => ({ of: redemption.grant.id, row: rowOf(redemption) }))),
  )
  return sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
    select ${sql.join(columns.map((column) => sql.ref(`added.${column}`)))}
    from json_to_recordset(${rows}) as redemption ("of" text, "row" json)
    join spent on spent.grant_id = redemption."of"
    cross join lateral json_populate_record(null::${sql.table(table)}, redemption."row") as added
    where redemption."row" is not null`
}

/** PostgreSQL's JSON takes neither U+0000 nor half a surrogate pair: what has them is hostile, and is written without. */
function asJson(rows: readonly object[]): string {
  const text = JSON.stringify(rows)
  return /\\u(?:0000|d[89a-f])/.test(text) ? JSON.stringify(rows, fit) : text
}

const fit = (_name: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value
