import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { FiledTokenRequest, TraceCount, TraceFilter, TracePlace, Traces } from '../traces.ts'
import type { Database, Engine } from './engine.ts'
import { traceOf, traceRow } from './rows.ts'
import { inPowersOfTwo, paddedToPowerOfTwo } from './upkeep.ts'

/** Rows that trimming deletes at once: few, so that nobody waits long for the database. */
const bite = 100
const hourSeconds = 3600

export function traces({ db, locks }: Engine): Traces {
  return {
    async addMany(traces) {
      await db.transaction().execute(async (trx) => {
        for (const some of inPowersOfTwo(traces.map(traceRow))) {
          const add = trx.insertInto('token_requests').values(some)
          await add.onConflict((conflict) => conflict.column('trace_id').doNothing()).execute()
        }
      })
    },

    async find(trace_id, since = 0) {
      const found = db.selectFrom('token_requests').selectAll().where('trace_id', '=', trace_id)
      const row = await found.where('at', '>=', since).executeTakeFirst()
      return row && traceOf(row)
    },

    async list(filter, { limit, after }) {
      const found: FiledTokenRequest[] = []
      for (const some of inPowersOfTwo(await inTurn(db, filter, after), roomsAtOnce(filter))) {
        const last = found[limit - 1]
        if (last !== undefined && some.every(({ newest }) => newestFirst(last, newest) < 0)) break
        await setImmediate()
        const [first, ...others] = some.map((room) => {
          const newest = narrowed(inRoom(db, room), filter, after).select(['at', 'trace_id']).limit(limit)
          return db.selectFrom(newest.as('newest')).selectAll()
        })
        if (first === undefined) continue
        const all = first.unionAll(others).orderBy('at', 'desc').orderBy('trace_id', 'desc').limit(limit)
        const places = db.selectFrom(all.as('newest')).select('trace_id')
        const rows = db.selectFrom('token_requests').selectAll().where('trace_id', 'in', places)
        found.push(...(await rows.execute()).map(traceOf))
        found.sort(newestFirst).splice(limit)
      }
      return found
    },

    async newest(developer_ids, since, limit) {
      if (developer_ids.length === 0) return []
      const newest = db
        .selectFrom('token_requests')
        .select(['at', 'trace_id', 'filed_under'])
        .where('at', '>=', since)
        .orderBy('at', 'desc')
        .limit(limit)
      const rows = await db
        .selectFrom(newest.as('newest'))
        .innerJoin('clients', 'clients.client_id', 'newest.filed_under')
        .select(['at', 'trace_id', 'developer_id'])
        .where('developer_id', 'in', paddedToPowerOfTwo(developer_ids))
        .execute()
      return rows.map((row) => ({ ...row }))
    },

    async findMany(trace_ids) {
      const found: FiledTokenRequest[] = []
      for (const some of inPowersOfTwo(trace_ids)) {
        await setImmediate()
        const rows = db.selectFrom('token_requests').selectAll().where('trace_id', 'in', some)
        found.push(...(await rows.execute()).map(traceOf))
      }
      return found
    },

    async trim(filed_under, authenticated, keep) {
      const room = inRoom(db, { filed_under, authenticated: authenticated ? 1 : 0 })
      const newest = room.select(['at', 'trace_id']).orderBy('at', 'desc').orderBy('trace_id', 'desc')
      const last = await newest.limit(1).offset(keep).executeTakeFirst()
      if (last === undefined) return

      const some = room
        .select('trace_id')
        .where((eb) => eb(eb.refTuple('at', 'trace_id'), '<=', eb.tuple(last.at, last.trace_id)))
        .orderBy('at')
        .orderBy('trace_id')
        .limit(bite)
        .modifyEnd(locks.ownFree)
      const eat = db.deleteFrom('token_requests').where('trace_id', 'in', some)
      while ((await eat.executeTakeFirstOrThrow()).numDeletedRows === BigInt(bite)) await setImmediate()
    },

    async count(counts) {
      await db.transaction().execute(async (trx) => {
        for (const some of inPowersOfTwo(inOrder(counts))) {
          await trx
            .insertInto('token_request_counts')
            .values(some)
            .onConflict((conflict) =>
              conflict.columns(['filed_under', 'hour', 'reason', 'network']).doUpdateSet({
                requests: sql<number>`token_request_counts.requests + excluded.requests`,
              }),
            )
            .execute()
        }
      })
    },

    async counts(filed_under, since) {
      const requests = sql<number>`cast(sum(requests) as bigint)`
      const rows = await db
        .selectFrom('token_request_counts')
        .select(['reason', requests.as('requests')])
        .where('filed_under', '=', filed_under)
        .where('hour', '>', since - hourSeconds)
        .groupBy('reason')
        .orderBy(requests, 'desc')
        .orderBy('reason')
        .execute()
      return rows.map((row) => ({ ...row }))
    },
  }
}

interface Room {
  readonly filed_under: string
  readonly authenticated: 0 | 1
}

/** The rows of one room, which an index holds in the order of time. */
function inRoom(db: Database, { filed_under, authenticated }: Room) {
  return db
    .selectFrom('token_requests')
    .where('filed_under', '=', filed_under)
    .where('authenticated', '=', authenticated)
}

/** A room with the place of its newest row, or one before that. */
interface RoomInTurn extends Room {
  readonly newest: TracePlace
}

/**
 * The rooms in which the filter lets anything through, that with the newest row first: of very many only those need
 * reading that have something to add. Where there are few, they are simply read.
 */
async function inTurn(
  db: Database,
  filter: TraceFilter,
  after: TracePlace | undefined,
): Promise<readonly RoomInTurn[]> {
  const rooms = [...new Set(filter.filed_under)].flatMap((filed_under): Room[] => [
    { filed_under, authenticated: 0 },
    { filed_under, authenticated: 1 },
  ])
  if (rooms.length <= 16) {
    const newest = { at: Number.POSITIVE_INFINITY, trace_id: '' }
    return rooms.map((room) => ({ ...room, newest }))
  }
  const found: RoomInTurn[] = []
  for (const some of inPowersOfTwo(rooms, isNarrow(filter) ? roomsAtOnce(filter) : 256)) {
    await setImmediate()
    const room = db
      .selectFrom('token_requests')
      .where('filed_under', '=', sql.ref<string>('room.column1'))
      .where('authenticated', '=', sql.ref<number>('room.column2'))
    const newest = narrowed(room, filter, after)
      .select(sql<string>`at || '.' || trace_id`.as('newest'))
      .limit(1)
    const names = sql.join(some.map((room) => sql`(${room.filed_under}, ${sql.lit(room.authenticated)})`))
    const { rows } = await sql<Room & { readonly newest: string | null }>`select
      column1 as filed_under, column2 as authenticated, ${newest} as newest
      from (values ${names}) as room`.execute(db)
    for (const { newest, ...room } of rows) {
      const [at, trace_id = ''] = newest?.split('.') ?? []
      if (at !== undefined) found.push({ ...room, newest: { at: Number(at), trace_id } })
    }
  }
  return found.sort((a, b) => newestFirst(a.newest, b.newest))
}

/** With these the index alone does not do: rows are read until one is let through. */
const isNarrow = ({ outcome, reason }: TraceFilter): boolean => outcome !== undefined || reason !== undefined

/** How many rooms one statement reads; requests take their turn between two statements. */
const roomsAtOnce = (filter: TraceFilter): number => (isNarrow(filter) ? 8 : 16)

/** The rows of a room that the filter lets through and that come after a place, newest first. */
function narrowed(
  room: ReturnType<typeof inRoom>,
  { outcome, reason, from, to, since }: TraceFilter,
  after: TracePlace | undefined,
) {
  let query = room.where('at', '>=', Math.max(since, from ?? since))
  if (to !== undefined) query = query.where('at', '<=', to)
  if (outcome !== undefined) query = query.where('outcome', '=', outcome)
  if (reason !== undefined) query = query.where('reason', '=', reason)
  if (after !== undefined) {
    query = query.where((eb) => eb(eb.refTuple('at', 'trace_id'), '<', eb.tuple(after.at, after.trace_id)))
  }
  return query.orderBy('at', 'desc').orderBy('trace_id', 'desc')
}

/** The order of the lists; `trace_id` is lowercase hex, which sorts alike everywhere. */
function newestFirst(a: TracePlace, b: TracePlace): number {
  return b.at - a.at || (a.trace_id < b.trace_id ? 1 : -1)
}

/** Each key once, and always in one order, so that no two servers that count at once wait for each other. */
function inOrder(counts: readonly TraceCount[]): readonly TraceCount[] {
  const sums = new Map<string, TraceCount>()
  for (const count of counts) {
    const { filed_under, hour, reason, network, requests } = count
    const key = JSON.stringify([filed_under, hour, reason, network])
    sums.set(key, { ...count, requests: requests + (sums.get(key)?.requests ?? 0) })
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count)
}
