import { type RawBuilder, sql } from 'kysely'
import type { Delivery, Webhook } from '../../domain/webhook.ts'
import type { Claimed, ClaimForm, Deliveries } from '../webhooks.ts'
import type { Database, Engine, Work } from './engine.ts'
import { paddedToPowerOfTwo } from './upkeep.ts'

export function webhookDeliveries({ db, locks }: Engine): Deliveries {
  return {
    async addDelivery(delivery) {
      const added = await db
        .insertInto('webhook_deliveries')
        .values(delivery)
        .onConflict((conflict) => conflict.columns(['webhook_id', 'event_id']).doNothing())
        .executeTakeFirstOrThrow()
      return added.numInsertedOrUpdatedRows === 1n
    },

    async tell(events, now) {
      for (const { event_id, type, client_id, data, created_at } of events) {
        const happened = sql`select ${text(event_id)} as event_id, ${text(client_id)} as client_id,
          ${text(data)} as data, cast(null as text) as subject, ${whole(created_at)} as created_at`
        await tellWhoWants(db, type, happened, now)
      }
    },

    async findDelivery({ webhook_id, event_id }) {
      const row = await db
        .selectFrom('webhook_deliveries')
        .selectAll()
        .where('webhook_id', '=', webhook_id)
        .where('event_id', '=', event_id)
        .executeTakeFirst()
      return row && { ...row }
    },

    async deliveries(webhook_id, { limit, state, after }) {
      let query = db.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', webhook_id)
      if (state !== undefined) query = query.where('state', '=', state)
      if (after !== undefined)
        query = query.where((eb) =>
          eb(eb.refTuple('created_at', 'event_id'), '<', eb.tuple(after.created_at, after.event_id)),
        )
      const newest = query.orderBy('created_at', 'desc').orderBy('event_id', 'desc').limit(limit)
      return (await newest.execute()).map((row) => ({ ...row }))
    },

    async redeliver({ webhook_id, event_id }, now) {
      await db
        .updateTable('webhook_deliveries')
        .set({ state: 'waiting', due_at: now, attempts: 0 })
        .where('webhook_id', '=', webhook_id)
        .where('event_id', '=', event_id)
        .execute()
    },

    async anyDue(now) {
      const due = db.selectFrom('webhook_deliveries').select('event_id').where('state', '=', 'waiting')
      return (await due.where('due_at', '<=', now).limit(1).executeTakeFirst()) !== undefined
    },

    async waiting(now) {
      const { due, all } = await db
        .selectFrom('webhook_deliveries')
        .select((eb) => [
          eb.fn.countAll<number>().as('all'),
          eb.fn.count<number>(eb.case().when('due_at', '<=', now).then(1).end()).as('due'),
        ])
        .where('state', '=', 'waiting')
        .executeTakeFirstOrThrow()
      return { due, later: all - due }
    },

    async claim({ now, until, slow, ofEach, ofDeveloper, limit, held, except }) {
      const taken: Claimed[] = []
      const ofOwner = new Map(Object.entries(held))
      const full = [...ofOwner]
        .filter(([, count]) => count >= ofDeveloper)
        .map(([developer_id]) => developer_id)
      for (const { id, developer_id } of await endpointsDue(db, { now, slow, limit, except, full })) {
        const mine = ofOwner.get(developer_id) ?? 0
        const most = Math.min(ofEach, ofDeveloper - mine, limit - taken.length)
        if (most <= 0) continue
        // The oldest of one endpoint, by its index, whatever lies there. Nothing waits for a row that somebody holds.
        const { rows } = await sql<Delivery>`with due as materialized (
            select event_id from webhook_deliveries
            where webhook_id = ${id} and state = 'waiting' and due_at <= ${now}
            order by due_at limit ${most} ${locks.ownFree}
          )
          update webhook_deliveries
          set due_at = ${until}, attempts = attempts + 1, last_attempt_at = ${now}
          where webhook_id = ${id} and event_id in (select event_id from due) returning *`.execute(db)
        taken.push(...rows.map((row) => ({ delivery: { ...row }, developer_id })))
        ofOwner.set(developer_id, mine + rows.length)
      }
      return taken
    },

    settle({ webhook_id, event_id, attempts }, { slow, ...outcome }, now) {
      return db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('webhook_deliveries')
          .set(outcome)
          .where('webhook_id', '=', webhook_id)
          .where('event_id', '=', event_id)
          .where('attempts', '=', attempts)
          .where('state', '=', 'waiting')
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 0n) return false
        const endpoint = trx.updateTable('webhooks').where('id', '=', webhook_id)
        const seen = { slow: slow ? 1 : 0, last_attempt_at: now }
        await (outcome.state === 'delivered'
          ? endpoint.set({ ...seen, last_success_at: now, failing_since: null, warned_at: null })
          : endpoint.set({ ...seen, failing_since: sql`coalesce(failing_since, ${now})` })
        ).execute()
        return true
      })
    },
  }
}

interface DueForm extends Pick<ClaimForm, 'now' | 'slow' | 'limit' | 'except'> {
  /** Developers who have as much under way as they may. */
  readonly full: readonly string[]
}

/**
 * Endpoints for which something is due: a look into the index for each. Everybody's turn comes, since whoever has just
 * had theirs goes to the end; how long a list is, or how old, gains nothing.
 */
async function endpointsDue(
  db: Database,
  { now, slow, limit, except, full }: DueForm,
): Promise<readonly Pick<Webhook, 'id' | 'developer_id'>[]> {
  if (limit <= 0) return []
  const oldest = sql`select min(due_at) from webhook_deliveries as d where d.webhook_id = w.id and d.state = 'waiting'`
  const { rows } = await sql<Pick<Webhook, 'id' | 'developer_id'>>`select id, developer_id from (
      select id, developer_id, served, oldest,
        row_number() over (partition by developer_id order by served, oldest, id) as turn
      from (
        select w.id, w.developer_id, coalesce(w.last_attempt_at, 0) as served, (${oldest}) as oldest
        from webhooks as w
        join developers as owner on owner.id = w.developer_id and owner.state = 'active'
        where w.state = 'active' and w.slow = ${slow ? 1 : 0}
        and w.id not in (${sql.join(paddedToPowerOfTwo(['', ...except]))})
        and w.developer_id not in (${sql.join(paddedToPowerOfTwo(['', ...full]))})
      ) as waiting
      where oldest <= ${now}
    ) as due
    order by turn, served, oldest, id limit ${limit}`.execute(db)
  return rows
}

/** In a `select` of their own, PostgreSQL cannot tell what kind of value a parameter is. */
export const text = (value: string): RawBuilder<string> => sql`cast(${value} as text)`
export const whole = (value: number): RawBuilder<number> => sql`cast(${value} as bigint)`

/**
 * One delivery of each thing that happened to each endpoint that asked for this kind, of this client or of all of its
 * developer, and listened at the time. `happened` selects event_id, client_id, data, subject and created_at, and is
 * read first: it is short, whatever the tables have grown to.
 */
export async function tellWhoWants(
  db: Database | Work,
  type: Delivery['type'],
  happened: RawBuilder<unknown>,
  now: number,
): Promise<void> {
  await sql`insert into webhook_deliveries
    (webhook_id, event_id, type, client_id, data, subject, created_at, state, attempts, due_at)
    with happened as materialized (${happened})
    select w.id, happened.event_id, ${text(type)}, happened.client_id, happened.data, happened.subject,
      happened.created_at, 'waiting', 0, ${whole(now)}
    from happened
    join clients as c on c.client_id = happened.client_id
    join webhooks as w on w.developer_id = c.developer_id and (w.client_id is null or w.client_id = c.client_id)
    where w.state = 'active' and w.listening_since <= happened.created_at and w.events like ${`%"${type}"%`}
    on conflict (webhook_id, event_id) do nothing`.execute(db)
}

/** Tells of grants that this transaction ended. */
export async function tellRevoked(
  trx: Work,
  grants: RawBuilder<boolean>,
  { revoked_at }: { readonly revoked_at: number },
): Promise<void> {
  const ended = sql`select 'grant_revoked_' || id as event_id, client_id, cast(null as text) as data, id as subject,
    revoked_at as created_at from grants where ${grants} and state = 'revoked'
    and revoked_at = ${revoked_at} and not_after > ${revoked_at}`
  await tellWhoWants(trx, 'grant.revoked', ended, revoked_at)
}
