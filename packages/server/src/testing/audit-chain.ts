import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { afterEach, beforeEach } from 'vitest'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { newFolder } from '../../../../e2e/testing/sqlite-file.ts'
import { keepAuditChain } from '../audit/upkeep.ts'
import { verifyChain } from '../audit/verify.ts'
import type { ChainPlace } from '../domain/audit-chain.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { readSettings } from '../settings.ts'
import { connectPostgres, openPostgres } from '../store/postgres.ts'
import type { Schema } from '../store/schema.ts'
import { openSqlite } from '../store/sqlite.ts'
import { connectSqlite } from '../store/sqlite-connection.ts'
import type { Store } from '../store/store.ts'

/** The audit events on each of the two databases. */
export const auditKinds = [
  {
    name: 'sqlite',
    address: async () => join(newFolder(), 'valetkey.db'),
    open: (path: string): Promise<Store> => openSqlite(path),
    connect: (path: string) => connectSqlite(path, 5000).db,
    unguarded: async (db: Kysely<Schema>) => {
      for (const name of [
        'audit_events_changed',
        'audit_events_removed',
        'audit_events_added',
        'audit_anchors_added',
      ])
        await sql`drop trigger ${sql.ref(name)}`.execute(db)
    },
  },
  {
    name: 'postgres',
    address: createDatabase,
    open: (url: string): Promise<Store> => openPostgres(url, { connections: 4 }),
    connect: (url: string) => connectPostgres({ connectionString: url, max: 2 }),
    unguarded: async (db: Kysely<Schema>) => {
      await sql`alter table audit_events disable trigger user`.execute(db)
      await sql`alter table audit_anchors disable trigger user`.execute(db)
    },
  },
]

export const day = 86_400
/** The database takes no removal of another time. */
export const start = Math.floor(Date.now() / 1000)
export const anEvent = (over: Partial<AuditEvent> = {}): AuditEvent => ({
  id: randomUUID(),
  at: start,
  actor_kind: 'operator',
  actor_id: null,
  user_id: null,
  action: 'client.created',
  resource: 'x',
  outcome: 'success',
  network: '192.0.2.1',
  trace_id: 'aa',
  ...over,
})
export const someEvents = (length: number, over: Partial<AuditEvent> = {}) =>
  Array.from({ length }, (_, n) => anEvent({ resource: String(n), ...over }))

/** What says that the chain begins after this place. */
export const anchor = (
  { seq, chain_hash }: ChainPlace,
  { newest_at = start, removed_at = start }: { newest_at?: number; removed_at?: number } = {},
) => sql`insert into audit_anchors (seq, chain_hash, newest_at, removed_at)
  values (${seq}, ${chain_hash}, ${newest_at}, ${removed_at})`
/** The event that must tell of a removal up to this place. */
export const tells = (of: ChainPlace, at = start) =>
  anEvent({ action: 'audit.removed', resource: `${of.seq}:${of.chain_hash}`, at })

export type AuditKind = (typeof auditKinds)[number]

/** The store, its database without it, and the chain of its events, each test on a new one. */
export function useAudit({ address, open, connect }: AuditKind) {
  let at: string
  let store: Store
  let db: Kysely<Schema>
  beforeEach(async () => {
    at = await address()
    store = await open(at)
    db = connect(at)
  })
  afterEach(async () => {
    await store.close()
    await db.destroy()
  })
  const chain = () => store.audit.chain
  return {
    at: () => at,
    store: () => store,
    db: () => db,
    chain,
    /** What goes by after so many days. */
    upkeep: (days: number, now = start) =>
      keepAuditChain({
        store,
        clock: { now: () => now, nowMs: () => now * 1000 },
        random: randomBytes,
        settings: { ...readSettings({}, {}), audit_ttl: days },
      }),
    fault: async (noted: ChainPlace[] = [], audit_ttl = 0) =>
      (await verifyChain(chain(), { noted, audit_ttl })).fault,
  }
}
