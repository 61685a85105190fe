import { sql } from 'kysely'
import {
  type ChainAnchor,
  type ChainedEvent,
  type ChainPlace,
  chained,
  chainStart,
  placeText,
  removedAction,
} from '../../domain/audit-chain.ts'
import type { AuditChain } from '../audit.ts'
import { auditColumns } from '../schema.ts'
import type { Database, Engine } from './engine.ts'
import { inPowersOfTwo } from './upkeep.ts'

/** How many places one look over the whole chain takes in at once. */
const spanOfLook = 100_000

export function auditChain({ db, locks }: Engine): AuditChain {
  return {
    head: () => headOf(db),
    anchor: () => newestAnchor(db),

    async read(after, limit) {
      const rows = await db
        .selectFrom('audit_events')
        .select([...auditColumns, 'seq', 'chain_hash'])
        .where('seq', 'is not', null)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .$narrowType<ChainPlace>()
        .execute()
      return rows.map((row) => ({ ...row }))
    },

    async stretch(from, to) {
      let first: number | null = null
      let last: number | null = null
      const [{ seq: before }, { seq: end }] = [(await newestAnchor(db)) ?? chainStart, await headOf(db)]
      for (let at = before; at < end; at += spanOfLook) {
        const span = await db
          .selectFrom('audit_events')
          .select([
            sql<number | null>`min(case when at >= ${from} then seq end)`.as('first'),
            sql<number | null>`max(case when at <= ${to} then seq end)`.as('last'),
          ])
          .where('seq', '>', at)
          .where('seq', '<=', at + spanOfLook)
          .executeTakeFirstOrThrow()
        first ??= span.first
        last = span.last ?? last
      }
      return first === null || last === null || first > last ? undefined : { first, last }
    },

    async waiting() {
      const { waiting } = await db
        .selectFrom('audit_events')
        .select((eb) => eb.fn.countAll<number>().as('waiting'))
        .where('seq', 'is', null)
        .executeTakeFirstOrThrow()
      return waiting
    },

    chainWaiting: (limit) =>
      db.transaction().execute(async (trx) => {
        await locks.auditChain.execute(trx)
        const events = await trx
          .selectFrom('audit_events')
          .select(auditColumns)
          .where('seq', 'is', null)
          .orderBy('id')
          .limit(limit)
          .execute()
        for (const some of inPowersOfTwo(chained(await headOf(trx), events))) await place(trx, some)
        return events.length
      }),

    removeOlder: (before, limit, told) =>
      db.transaction().execute(async (trx) => {
        await locks.auditChain.execute(trx)
        const oldest = await trx
          .selectFrom('audit_events')
          .select(['seq', 'chain_hash', 'at'])
          .where('seq', 'is not', null)
          .orderBy('seq')
          .limit(limit)
          .$narrowType<ChainPlace>()
          .execute()
        const young = oldest.findIndex(({ at }) => at >= before)
        const over = young < 0 ? oldest : oldest.slice(0, young)
        const last = over.at(-1)
        if (last === undefined) return 0
        const { seq, chain_hash } = last
        const earlier = await newestAnchor(trx)
        const newest_at = over.reduce((newest, { at }) => Math.max(newest, at), earlier?.newest_at ?? 0)
        const event = { ...removal, ...told, resource: placeText(last) }
        await trx
          .insertInto('audit_events')
          .values([...chained(await headOf(trx), [event])])
          .execute()
        await trx
          .insertInto('audit_anchors')
          .values({ seq, chain_hash, newest_at, removed_at: told.at })
          .execute()
        await trx.deleteFrom('audit_events').where('seq', '<=', seq).execute()
        await trx.deleteFrom('audit_anchors').where('seq', '<', seq).execute()
        return over.length
      }),
  }
}

const removal = {
  actor_kind: 'operator',
  actor_id: null,
  user_id: null,
  action: removedAction,
  outcome: 'success',
  network: 'local',
} as const

/** The end of the chain: its last event, or, when all were removed for their age, the anchor. */
export async function headOf(db: Database): Promise<ChainPlace> {
  const newest = await lastEvent(db).executeTakeFirst()
  if (newest !== undefined) return { ...newest }
  const { seq, chain_hash } = (await newestAnchor(db)) ?? chainStart
  return { seq, chain_hash }
}

export const lastEvent = (db: Database) =>
  db
    .selectFrom('audit_events')
    .select(['seq', 'chain_hash'])
    .where('seq', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(1)
    .$narrowType<ChainPlace>()

export const lastAnchor = (db: Database) =>
  db.selectFrom('audit_anchors').selectAll().orderBy('seq', 'desc').limit(1)

async function newestAnchor(db: Database): Promise<ChainAnchor | undefined> {
  const anchor = await lastAnchor(db).executeTakeFirst()
  return anchor && { ...anchor }
}

/** Gives events that are there their places, in one statement. */
async function place(db: Database, events: readonly ChainedEvent[]): Promise<void> {
  const rows = events.map(
    ({ id, seq, chain_hash }) =>
      sql`(cast(${id} as text), cast(${seq} as bigint), cast(${chain_hash} as text))`,
  )
  await sql`
    with places (id, seq, chain_hash) as (values ${sql.join(rows)})
    update audit_events set seq = places.seq, chain_hash = places.chain_hash
    from places where audit_events.id = places.id and audit_events.seq is null`.execute(db)
}
