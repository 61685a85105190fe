import { type Expression, sql } from 'kysely'
import { asKept } from '../../domain/audit-chain.ts'
import type { AuditEvents, AuditFilter } from '../audit.ts'
import { auditColumns } from '../schema.ts'
import { auditChain } from './audit-chain.ts'
import type { Database, Engine } from './engine.ts'

export function audit(engine: Engine): AuditEvents {
  const { db } = engine
  return {
    addMany: (events) => engine.lengthenChain(events.map(asKept)),

    chain: auditChain(engine),

    async log(filter, { limit, after }) {
      let query = matching(db, filter)
      if (after !== undefined) {
        query = query.where((eb) =>
          eb(eb.refTuple('event.at', 'event.id'), '<', eb.tuple(after.at, after.id)),
        )
      }
      return query
        .select(auditColumns.map((column) => `event.${column}` as const))
        .select(['actor.name as actor_name', 'app.name as app_name'])
        .orderBy('event.at', 'desc')
        .orderBy('event.id', 'desc')
        .limit(limit)
        .execute()
    },

    async count(filter) {
      const { total } = await matching(db, filter)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return total
    },
  }
}

/**
 * What is about one user, narrowed by the filter, with the names of clients. Every id is a UUID, so a resource is found
 * only where it belongs. Whoever tried in vain to end the access of a client does not learn its name.
 */
function matching(db: Database, { user_id, actions, outcome, search, from, to }: AuditFilter) {
  let query = db
    .selectFrom('audit_events as event')
    .leftJoin('authorization_requests as request', (join) =>
      join.onRef('request.id', '=', 'event.resource').onRef('request.user_id', '=', 'event.user_id'),
    )
    .leftJoin('clients as app', (join) =>
      join.on('app.client_id', '=', (eb) =>
        eb.fn.coalesce(
          'request.client_id',
          eb.case().when('event.outcome', '=', 'success').then(eb.ref('event.resource')).end(),
        ),
      ),
    )
    .leftJoin('clients as actor', 'actor.client_id', 'event.actor_id')
    .where('event.user_id', '=', user_id)
  if (actions !== undefined) query = query.where('event.action', 'in', actions)
  if (outcome !== undefined) query = query.where('event.outcome', '=', outcome)
  if (from !== undefined) query = query.where('event.at', '>=', from)
  if (to !== undefined) query = query.where('event.at', '<=', to)
  if (search !== undefined) {
    const { text, kinds } = search
    query = query.where((eb) =>
      eb.or([
        ...[eb.ref('app.name'), eb.ref('actor.name'), eb.ref('event.resource'), eb.ref('event.network')].map(
          (column) => holds(column, text),
        ),
        ...kinds.map((kind) => eb.and({ 'event.action': kind.action, 'event.outcome': kind.outcome })),
      ]),
    )
  }
  return query
}

/**
 * True where the text stands in the column, letter case aside. What `like` takes for a pattern stands for itself, and
 * U+0000, which is in no column, must not end the text early: SQLite's `lower` would see an empty one.
 */
export function holds(column: Expression<string | null>, text: string) {
  const pattern = `%${text.replaceAll('\0', '\uFFFD').replaceAll(/[%_!]/g, '!$&')}%`
  return sql<boolean>`lower(${column}) like lower(${pattern}) escape '!'`
}
