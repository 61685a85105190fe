import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { type ChainPlace, chainStart } from '../domain/audit-chain.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { readSettings } from '../settings.ts'
import { connectPostgres, openPostgres } from '../store/postgres.ts'
import type { Schema } from '../store/schema.ts'
import { openSqlite } from '../store/sqlite.ts'
import { connectSqlite } from '../store/sqlite-connection.ts'
import type { Store } from '../store/store.ts'
import { exportedEvents } from './export.ts'
import { keepAuditChain } from './upkeep.ts'
import { verifyChain, verifyExport } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-audit-'))
afterAll(() => rmSync(folder, { recursive: true }))

const kinds = [
  {
    name: 'sqlite',
    address: async () => join(folder, `${randomUUID()}.db`),
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

const day = 86_400
/** The database takes no removal of another time. */
const start = Math.floor(Date.now() / 1000)
const anEvent = (over: Partial<AuditEvent> = {}): AuditEvent => ({
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
const someEvents = (length: number, over: Partial<AuditEvent> = {}) =>
  Array.from({ length }, (_, n) => anEvent({ resource: String(n), ...over }))

const anchor = (
  { seq, chain_hash }: ChainPlace,
  { newest_at = start, removed_at = start }: { newest_at?: number; removed_at?: number } = {},
) => sql`insert into audit_anchors (seq, chain_hash, newest_at, removed_at)
  values (${seq}, ${chain_hash}, ${newest_at}, ${removed_at})`
const tells = (of: ChainPlace, at = start) =>
  anEvent({ action: 'audit.removed', resource: `${of.seq}:${of.chain_hash}`, at })

async function listed<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

describe.each(kinds)('$name', ({ address, open, connect, unguarded }) => {
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
  const upkeep = (days: number, now = start) =>
    keepAuditChain({
      store,
      clock: { now: () => now, nowMs: () => now * 1000 },
      random: randomBytes,
      settings: { ...readSettings({}, {}), audit_ttl: days },
    })
  const fault = async (noted: ChainPlace[] = [], audit_ttl = 0) =>
    (await verifyChain(chain(), { noted, audit_ttl })).fault

  test('servers that write at the same time lengthen one chain, without a gap', async () => {
    // Two connections of one process would block each other on SQLite; there the calls alone are at once.
    const other = at.startsWith('postgres') ? await open(at) : store
    const batches = Array.from({ length: 12 }, (_, n) =>
      (n % 2 ? store : other).audit.addMany(someEvents(1 + ((n * 7) % 70))),
    )
    await Promise.all(batches)
    if (other !== store) await other.close()
    const total = Array.from({ length: 12 }, (_, n) => 1 + ((n * 7) % 70)).reduce((a, b) => a + b)
    const { end, fault } = await verifyChain(chain())
    expect([fault, end.seq]).toEqual([undefined, total])
    expect(end).toEqual(await chain().head())
  })

  test('texts that the two databases keep differently are chained as they are kept', async () => {
    await store.audit.addMany([anEvent({ resource: 'a\0b\uD800c', network: '😀"\\\n' })])
    expect(await fault()).toBeUndefined()
  })

  test('what a server of the version before writes is chained later, in its order', async () => {
    await store.audit.addMany(someEvents(3))
    const ids = Array.from({ length: 5 }, (_, n) => `0000000${n}-old`)
    for (const id of ids.toReversed()) await db.insertInto('audit_events').values(anEvent({ id })).execute()
    await store.audit.addMany(someEvents(2))
    expect([await chain().waiting(), await fault()]).toEqual([5, undefined])
    await upkeep(0)
    expect([await chain().waiting(), await fault(), (await chain().head()).seq]).toEqual([0, undefined, 10])
    expect((await chain().read(5, 10)).map(({ id }) => id)).toEqual(ids)
  })

  test('the database refuses to change or remove an event, chained or not', async () => {
    await store.audit.addMany(someEvents(3))
    await db
      .insertInto('audit_events')
      .values(anEvent({ id: 'old' }))
      .execute()
    const head = await chain().head()
    const attempts = [
      sql`update audit_events set resource = 'other' where seq = 2`,
      sql`update audit_events set seq = 9 where seq = 3`,
      sql`update audit_events set seq = null, chain_hash = null where seq = 3`,
      sql`update audit_events set resource = 'other', seq = 4, chain_hash = 'x' where id = 'old'`,
      sql`update audit_events set network = 'other' where id = 'old'`,
      sql`delete from audit_events where seq = 3`,
      sql`delete from audit_events where id = 'old'`,
      anchor({ seq: 2, chain_hash: '0'.repeat(64) }),
      anchor({ seq: 9, chain_hash: head.chain_hash }),
      anchor(head),
    ]
    for (const attempt of attempts) await expect(attempt.execute(db)).rejects.toThrow('append-only')
    const drastic = at.startsWith('postgres')
      ? sql`truncate audit_events`
      : sql`insert or replace into audit_events select * from audit_events where seq = 1`
    await expect(drastic.execute(db)).rejects.toThrow('append-only')
    expect([await fault(), await chain().head()]).toEqual([undefined, head])
  })

  test('whoever gets past that is found out: the first event that is changed or missing is named', async () => {
    await store.audit.addMany(someEvents(1100))
    const [event] = await chain().read(1049, 1)
    await unguarded(db)
    await sql`delete from audit_events where seq = 1080`.execute(db)
    expect(await fault()).toEqual({ seq: 1080, id: null, fault: 'missing' })
    await sql`update audit_events set outcome = 'failed' where seq = 1050`.execute(db)
    expect(await fault()).toEqual({ seq: 1050, id: event?.id, fault: 'changed' })
    const { fault: later } = await verifyChain(chain(), { from: 1051 })
    expect(later).toEqual({ seq: 1080, id: null, fault: 'missing' })
  })

  test('a head that was noted shows an end that was cut off, and a chain that was made anew', async () => {
    const events = someEvents(6)
    await store.audit.addMany(events.slice(0, 4))
    const early = await chain().head()
    await store.audit.addMany(events.slice(4))
    const late = await chain().head()
    expect(await fault([early, late])).toBeUndefined()
    await unguarded(db)
    await sql`delete from audit_events where seq > 4`.execute(db)
    expect(await fault()).toBeUndefined()
    expect(await fault([early, late])).toEqual({ seq: 5, id: null, fault: 'cut_off' })
    await sql`delete from audit_events`.execute(db)
    await store.audit.addMany([anEvent(), ...events.slice(1)])
    expect(await fault()).toBeUndefined()
    expect(await fault([early])).toMatchObject({ seq: 4, fault: 'differs_from_noted' })
  })

  test('events that are over go, their last place stays, and the rest still verifies', async () => {
    await store.audit.addMany(someEvents(700, { at: start - 3 * day }))
    const removed = await chain().head()
    await store.audit.addMany(someEvents(3, { at: start - day }))
    await upkeep(0)
    expect(await chain().anchor()).toBeUndefined()
    const first = start - 3000
    await upkeep(2, first)
    expect(await chain().anchor()).toEqual({ ...removed, newest_at: start - 3 * day, removed_at: first })
    // Each bite of 500 tells of itself.
    const told = (await chain().read(703, 9)).map(({ action, resource, at }) => [action, resource, at])
    expect(told).toEqual([
      ['audit.removed', expect.stringMatching(/^500:[0-9a-f]{64}$/), first],
      ['audit.removed', `700:${removed.chain_hash}`, first],
    ])
    const noted = [removed, { seq: 5, chain_hash: '0'.repeat(64) }]
    const report = await verifyChain(chain(), { noted, audit_ttl: 2, allow_removed: true })
    expect([report.fault, report.start, report.end.seq, report.too_old.length]).toEqual([
      undefined,
      removed,
      705,
      1,
    ])
    expect(await fault(noted, 2)).toEqual({ seq: 5, id: null, fault: 'noted_removed' })
    expect(await fault([removed], 2)).toBeUndefined()
    await expect(sql`delete from audit_events where seq = 701`.execute(db)).rejects.toThrow('append-only')
    await expect(sql`delete from audit_anchors`.execute(db)).rejects.toThrow('append-only')

    // Not with every sweep, but when an hour has passed.
    await upkeep(0.5, first + 3599)
    expect((await chain().head()).seq).toBe(705)
    await upkeep(0.5, first + 3600)
    expect([(await chain().head()).seq, await fault([], 0.5)]).toEqual([706, undefined])
    expect((await chain().read(0, 9)).map(({ seq }) => seq)).toEqual([704, 705, 706])
    await store.audit.addMany(someEvents(2))
    expect([await fault([], 0.5), (await chain().head()).seq]).toEqual([undefined, 708])
  })

  test('nothing goes that no event tells of, that is said to be older than it is, or at another time', async () => {
    await store.audit.addMany([...someEvents(2, { at: start - 9 * day }), ...someEvents(2)])
    await store.audit.addMany(someEvents(1, { at: start - 9 * day }))
    const [, second, , , fifth] = await chain().read(0, 5)
    if (second === undefined || fifth === undefined) throw new Error('five were written')
    const refused = (...args: Parameters<typeof anchor>) =>
      expect(anchor(...args).execute(db)).rejects.toThrow('append-only')
    await refused(second)
    await store.audit.addMany([tells(second, start - 1)])
    await refused(second)
    await store.audit.addMany([tells(second)])
    await refused(second, { newest_at: start - 10 * day })
    await refused(second, { newest_at: start + 1 })
    // The last is old, what stands before it is not.
    await store.audit.addMany([tells(fifth)])
    await refused(fifth, { newest_at: start - 9 * day })
    for (const removed_at of [start - day, start + day]) {
      await store.audit.addMany([tells(second, removed_at)])
      await refused(second, { removed_at, newest_at: start - 9 * day })
    }
    await store.audit.addMany([tells(fifth)])
    await anchor(fifth, { newest_at: start }).execute(db)
    await sql`delete from audit_events where seq <= 5`.execute(db)
    // Nor does it look older for what is removed after it.
    await store.audit.addMany(someEvents(1, { at: 0 }))
    const next = await chain().head()
    await store.audit.addMany([tells(next)])
    await refused(next, { newest_at: 0 })
  })

  test('a removal by hand that the triggers let pass is found out: no event may go, or none so young', async () => {
    await store.audit.addMany(someEvents(8))
    const noted = await chain().head()
    await store.audit.addMany(someEvents(1))
    const last = await chain().head()
    await store.audit.addMany([tells(last)])
    await anchor(last).execute(db)
    await sql`delete from audit_events where seq <= 9`.execute(db)
    const early = { seq: 9, id: null, fault: 'removed_early' }
    expect([await fault(), await fault([], 1)]).toEqual([early, early])
    const { fault: late } = await verifyChain(chain(), { from: 10, audit_ttl: 1 })
    expect(late).toEqual(early)
    expect(await fault([noted], 1)).toEqual(early)
  })

  test('whoever gets past the triggers must still tell of a removal', async () => {
    await store.audit.addMany(someEvents(3, { at: start - 9 * day }))
    await store.audit.addMany(someEvents(2))
    await unguarded(db)
    const [, , third] = await chain().read(0, 3)
    if (third === undefined) throw new Error('three were written')
    await anchor(third, { newest_at: start - 9 * day }).execute(db)
    await sql`delete from audit_events where seq <= 3`.execute(db)
    expect(await fault([], 2)).toEqual({ seq: 3, id: null, fault: 'removed_untold' })
  })

  test('an export is one stretch of the chain that verifies by itself', async () => {
    for (let n = 0; n < 6; n++) await store.audit.addMany(someEvents(2, { at: start + n }))
    const all = await listed(exportedEvents(chain()))
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1))
    expect(all[0]?.previous_hash).toBe(chainStart.chain_hash)
    const some = await listed(exportedEvents(chain(), { from: start + 2, to: start + 3 }))
    expect(some.map(({ seq }) => seq)).toEqual([5, 6, 7, 8])
    expect(await listed(exportedEvents(chain(), { from: start + 9 }))).toEqual([])

    const verify = async (events: typeof some) =>
      (
        await verifyExport(
          (async function* () {
            yield* events
          })(),
        )
      ).fault
    expect(await verify(all)).toBeUndefined()
    expect(await verify(some)).toBeUndefined()
    const [a, b, c, d] = some as [(typeof some)[0], (typeof some)[0], (typeof some)[0], (typeof some)[0]]
    expect(await verify([a, b, d])).toEqual({ seq: 7, id: null, fault: 'missing' })
    expect(await verify([a, { ...b, network: 'x' }, c])).toEqual({ seq: 6, id: b.id, fault: 'changed' })
    expect(await verify([a, { ...b, previous_hash: 'x' }, c])).toEqual({ seq: 6, id: b.id, fault: 'changed' })
  })
})
