/** What the sweep does to the chain: late events get their place, old ones go, and nothing else does. */
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import {
  anchor,
  anEvent,
  auditKinds,
  day,
  someEvents,
  start,
  tells,
  useAudit,
} from '../testing/audit-chain.ts'
import { verifyChain } from './verify.ts'

describe.each(auditKinds)('$name', (kind) => {
  const { store, db, chain, upkeep, fault } = useAudit(kind)

  test('what a server of the version before writes is chained later, in its order', async () => {
    await store().audit.addMany(someEvents(3))
    const ids = Array.from({ length: 5 }, (_, n) => `0000000${n}-old`)
    for (const id of ids.toReversed()) await db().insertInto('audit_events').values(anEvent({ id })).execute()
    await store().audit.addMany(someEvents(2))
    expect([await chain().waiting(), await fault()]).toEqual([5, undefined])
    await upkeep(0)
    expect([await chain().waiting(), await fault(), (await chain().head()).seq]).toEqual([0, undefined, 10])
    expect((await chain().read(5, 10)).map(({ id }) => id)).toEqual(ids)
  })

  test('events that are over go, their last place stays, and the rest still verifies', async () => {
    await store().audit.addMany(someEvents(700, { at: start - 3 * day }))
    const removed = await chain().head()
    await store().audit.addMany(someEvents(3, { at: start - day }))
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
    await expect(sql`delete from audit_events where seq = 701`.execute(db())).rejects.toThrow('append-only')
    await expect(sql`delete from audit_anchors`.execute(db())).rejects.toThrow('append-only')

    // Not with every sweep, but when an hour has passed.
    await upkeep(0.5, first + 3599)
    expect((await chain().head()).seq).toBe(705)
    await upkeep(0.5, first + 3600)
    expect([(await chain().head()).seq, await fault([], 0.5)]).toEqual([706, undefined])
    expect((await chain().read(0, 9)).map(({ seq }) => seq)).toEqual([704, 705, 706])
    await store().audit.addMany(someEvents(2))
    expect([await fault([], 0.5), (await chain().head()).seq]).toEqual([undefined, 708])
  })

  test('nothing goes that no event tells of, that is said to be older than it is, or at another time', async () => {
    await store().audit.addMany([...someEvents(2, { at: start - 9 * day }), ...someEvents(2)])
    await store().audit.addMany(someEvents(1, { at: start - 9 * day }))
    const [, second, , , fifth] = await chain().read(0, 5)
    if (second === undefined || fifth === undefined) throw new Error('five were written')
    const refused = (...args: Parameters<typeof anchor>) =>
      expect(anchor(...args).execute(db())).rejects.toThrow('append-only')
    await refused(second)
    await store().audit.addMany([tells(second, start - 1)])
    await refused(second)
    await store().audit.addMany([tells(second)])
    await refused(second, { newest_at: start - 10 * day })
    await refused(second, { newest_at: start + 1 })
    // The last is old, what stands before it is not.
    await store().audit.addMany([tells(fifth)])
    await refused(fifth, { newest_at: start - 9 * day })
    for (const removed_at of [start - day, start + day]) {
      await store().audit.addMany([tells(second, removed_at)])
      await refused(second, { removed_at, newest_at: start - 9 * day })
    }
    await store().audit.addMany([tells(fifth)])
    await anchor(fifth, { newest_at: start }).execute(db())
    await sql`delete from audit_events where seq <= 5`.execute(db())
    // Nor does it look older for what is removed after it.
    await store().audit.addMany(someEvents(1, { at: 0 }))
    const next = await chain().head()
    await store().audit.addMany([tells(next)])
    await refused(next, { newest_at: 0 })
  })

  test('a removal by hand that the triggers let pass is found out: no event may go, or none so young', async () => {
    await store().audit.addMany(someEvents(8))
    const noted = await chain().head()
    await store().audit.addMany(someEvents(1))
    const last = await chain().head()
    await store().audit.addMany([tells(last)])
    await anchor(last).execute(db())
    await sql`delete from audit_events where seq <= 9`.execute(db())
    const early = { seq: 9, id: null, fault: 'removed_early' }
    expect([await fault(), await fault([], 1)]).toEqual([early, early])
    const { fault: late } = await verifyChain(chain(), { from: 10, audit_ttl: 1 })
    expect(late).toEqual(early)
    expect(await fault([noted], 1)).toEqual(early)
  })

  test('whoever gets past the triggers must still tell of a removal', async () => {
    await store().audit.addMany(someEvents(3, { at: start - 9 * day }))
    await store().audit.addMany(someEvents(2))
    await kind.unguarded(db())
    const [, , third] = await chain().read(0, 3)
    if (third === undefined) throw new Error('three were written')
    await anchor(third, { newest_at: start - 9 * day }).execute(db())
    await sql`delete from audit_events where seq <= 3`.execute(db())
    expect(await fault([], 2)).toEqual({ seq: 3, id: null, fault: 'removed_untold' })
  })
})
