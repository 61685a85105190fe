/** One chain of events, which nobody changes or cuts without being found out. */
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { chainStart } from '../domain/audit-chain.ts'
import { anchor, anEvent, auditKinds, someEvents, start, useAudit } from '../testing/audit-chain.ts'
import { exportedEvents } from './export.ts'
import { verifyChain, verifyExport } from './verify.ts'

async function listed<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

describe.each(auditKinds)('$name', (kind) => {
  const { at, store, db, chain, fault } = useAudit(kind)

  test('servers that write at the same time lengthen one chain, without a gap', async () => {
    // Two connections of one process would block each other on SQLite; there the calls alone are at once.
    const other = at().startsWith('postgres') ? await kind.open(at()) : store()
    const batches = Array.from({ length: 12 }, (_, n) =>
      (n % 2 ? store() : other).audit.addMany(someEvents(1 + ((n * 7) % 70))),
    )
    await Promise.all(batches)
    if (other !== store()) await other.close()
    const total = Array.from({ length: 12 }, (_, n) => 1 + ((n * 7) % 70)).reduce((a, b) => a + b)
    const { end, fault } = await verifyChain(chain())
    expect([fault, end.seq]).toEqual([undefined, total])
    expect(end).toEqual(await chain().head())
  })

  test('texts that the two databases keep differently are chained as they are kept', async () => {
    await store().audit.addMany([anEvent({ resource: 'a\0b\uD800c', network: '😀"\\\n' })])
    expect(await fault()).toBeUndefined()
  })

  test('the database refuses to change or remove an event, chained or not', async () => {
    await store().audit.addMany(someEvents(3))
    await db()
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
    for (const attempt of attempts) await expect(attempt.execute(db())).rejects.toThrow('append-only')
    const drastic = at().startsWith('postgres')
      ? sql`truncate audit_events`
      : sql`insert or replace into audit_events select * from audit_events where seq = 1`
    await expect(drastic.execute(db())).rejects.toThrow('append-only')
    expect([await fault(), await chain().head()]).toEqual([undefined, head])
  })

  test('whoever gets past that is found out: the first event that is changed or missing is named', async () => {
    await store().audit.addMany(someEvents(1100))
    const [event] = await chain().read(1049, 1)
    await kind.unguarded(db())
    await sql`delete from audit_events where seq = 1080`.execute(db())
    expect(await fault()).toEqual({ seq: 1080, id: null, fault: 'missing' })
    await sql`update audit_events set outcome = 'failed' where seq = 1050`.execute(db())
    expect(await fault()).toEqual({ seq: 1050, id: event?.id, fault: 'changed' })
    const { fault: later } = await verifyChain(chain(), { from: 1051 })
    expect(later).toEqual({ seq: 1080, id: null, fault: 'missing' })
  })

  test('a head that was noted shows an end that was cut off, and a chain that was made anew', async () => {
    const events = someEvents(6)
    await store().audit.addMany(events.slice(0, 4))
    const early = await chain().head()
    await store().audit.addMany(events.slice(4))
    const late = await chain().head()
    expect(await fault([early, late])).toBeUndefined()
    await kind.unguarded(db())
    await sql`delete from audit_events where seq > 4`.execute(db())
    expect(await fault()).toBeUndefined()
    expect(await fault([early, late])).toEqual({ seq: 5, id: null, fault: 'cut_off' })
    await sql`delete from audit_events`.execute(db())
    await store().audit.addMany([anEvent(), ...events.slice(1)])
    expect(await fault()).toBeUndefined()
    expect(await fault([early])).toMatchObject({ seq: 4, fault: 'differs_from_noted' })
  })

  test('an export is one stretch of the chain that verifies by itself', async () => {
    for (let n = 0; n < 6; n++) await store().audit.addMany(someEvents(2, { at: start + n }))
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
