import type { WebhookEvent } from '@valetkey/protocol'
import { type RawBuilder, sql } from 'kysely'
import type { ExpiringSecret, WebhookFacts } from '../webhooks.ts'
import type { Engine } from './engine.ts'
import { tellWhoWants } from './webhook-deliveries.ts'

const hourSeconds = 3600

export function webhookFacts({ db }: Engine): WebhookFacts {
  return {
    async listeningSince() {
      const { since } = await db
        .selectFrom('webhooks')
        .select((eb) => eb.fn.min<number | null>('listening_since').as('since'))
        .where('state', '=', 'active')
        .executeTakeFirstOrThrow()
      return since ?? undefined
    },

    async takeTurn(reader, { now, nextAt, begin }) {
      const turn = await db
        .updateTable('webhook_readers')
        .set({ due_at: nextAt })
        .where('reader', '=', reader)
        .where('due_at', '<=', now)
        .returning('reached')
        .executeTakeFirst()
      if (turn !== undefined) return turn.reached
      const known = db.selectFrom('webhook_readers').select('reader').where('reader', '=', reader)
      if ((await known.executeTakeFirst()) !== undefined) return undefined
      const begun = await db
        .insertInto('webhook_readers')
        .values({ reader, reached: begin, due_at: nextAt })
        .onConflict((conflict) => conflict.column('reader').doNothing())
        .executeTakeFirstOrThrow()
      return begun.numInsertedOrUpdatedRows === 1n ? begin : undefined
    },

    async reached(reader, at) {
      // Never back: one that was overtaken may say so late.
      await db
        .updateTable('webhook_readers')
        .set({ reached: at })
        .where('reader', '=', reader)
        .where('reached', '<', at)
        .execute()
    },

    async nextFact(from) {
      const grant = await db
        .selectFrom('grants')
        .select((eb) => eb.fn.min<string | null>('id').as('first'))
        .where('id', '>=', firstId(from))
        .executeTakeFirstOrThrow()
      const trace = await db
        .selectFrom('token_requests')
        .select((eb) => eb.fn.min<number | null>('at').as('first'))
        .where('at', '>=', from)
        .executeTakeFirstOrThrow()
      const seconds = [grant.first === null ? null : secondOf(grant.first), trace.first]
      const known = seconds.filter((second) => second !== null)
      return known.length === 0 ? undefined : Math.min(...known)
    },

    async biteEnd(from, to, most) {
      const grant = await db
        .selectFrom('grants')
        .select('id')
        .where('id', '>=', firstId(from))
        .where('id', '<', firstId(to))
        .orderBy('id')
        .limit(1)
        .offset(most)
        .executeTakeFirst()
      const trace = await db
        .selectFrom('token_requests')
        .select('at')
        .where('at', '>=', from)
        .where('at', '<', to)
        .orderBy('at')
        .limit(1)
        .offset(most)
        .executeTakeFirst()
      const ends = [to, ...(grant ? [secondOf(grant.id)] : []), ...(trace ? [trace.at] : [])]
      return Math.min(to, Math.max(from + 1, Math.min(...ends)))
    },

    async tellApproved(from, to, { now, atOnce }) {
      let after = firstId(from)
      for (;;) {
        const next = db
          .selectFrom('grants')
          .select('id')
          .where('id', '>', after)
          .where('id', '<', firstId(to))
        const { last } = await db
          .selectFrom(next.orderBy('id').limit(atOnce).as('next'))
          .select((eb) => eb.fn.max<string | null>('id').as('last'))
          .executeTakeFirstOrThrow()
        if (last === null) return
        const granted = sql`select 'grant_approved_' || id as event_id, client_id, cast(null as text) as data,
          id as subject, created_at from grants where id > ${after} and id <= ${last}`
        await tellWhoWants(db, 'grant.approved', granted, now)
        after = last
      }
    },

    async tracesWith(text, from, to, limit) {
      const { rows } = await sql<{ trace_id: string; at: number; client_id: string; steps: string }>`
        with recent as materialized (
          select trace_id, at, filed_under as client_id, steps from token_requests
          where at >= ${from} and at < ${to} and outcome = 'refused' and filed_under <> ''
          and steps like ${`%${text}%`}
        )
        select * from recent where ${isWanted('client_secret.used_after_retirement', sql`recent.client_id`)}
        order by at, trace_id limit ${limit}`.execute(db)
      return rows.map((row) => ({ ...row }))
    },

    async newFailures(now) {
      const since = now - (now % hourSeconds) - hourSeconds
      const { rows } = await sql<{ client_id: string; reason: string; hour: number }>`
        select distinct filed_under as client_id, reason, hour from token_request_counts as c
        where hour >= ${since} and reason <> '' and filed_under <> ''
        and ${isWanted('token_request.failed', sql`c.filed_under`)}
        and not exists (
          select 1 from token_request_counts as before
          where before.filed_under = c.filed_under and before.reason = c.reason
          and before.hour >= c.hour - 86400 and before.hour < c.hour
        )`.execute(db)
      return rows.map((row) => ({ ...row }))
    },

    async expiringSecrets(now, until) {
      const { rows } = await sql<ExpiringSecret>`
        select s.id, c.client_id, s.retires_at, s.last_used_at
        from clients as c join client_secrets as s on s.client_row_id = c.id
        where c.state = 'active' and ${isWanted('client_secret.expiring', sql`c.client_id`)}
        and s.retires_at > ${now} and s.retires_at <= ${until}
        and exists (
          select 1 from client_secrets as newer where newer.client_row_id = s.client_row_id
          and newer.retires_at is null and newer.created_at < s.last_used_at
        )`.execute(db)
      return rows.map((row) => ({ ...row }))
    },
  }
}

/** The least id that can be made at this second. @source RFC 9562 §5.7 */
function firstId(seconds: number): string {
  const hex = (seconds * 1000).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/** When an id was made. */
const secondOf = (id: string): number =>
  Math.floor(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) / 1000)

/** Somebody listens for events of this kind of this client. */
const isWanted = (type: WebhookEvent, client_id: RawBuilder<unknown>): RawBuilder<boolean> => sql`exists (
  select 1 from webhooks as w join clients as app on app.developer_id = w.developer_id
  where app.client_id = ${client_id} and (w.client_id is null or w.client_id = app.client_id)
  and w.state = 'active' and w.events like ${`%"${type}"%`}
)`
