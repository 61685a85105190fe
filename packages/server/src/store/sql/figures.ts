import { secondsPerDay } from '@valetkey/protocol'
import { type SqlBool, sql } from 'kysely'
import type { Administration, DeveloperFigures, RequestRange, UserFigures } from '../administration.ts'
import type { Database, Engine } from './engine.ts'
import { paddedToPowerOfTwo } from './upkeep.ts'

/** Who was asked within this long counts as active. */
const activeSeconds = 30 * secondsPerDay

type Figures = Pick<
  Administration,
  | 'developerFigures'
  | 'usersOfDevelopers'
  | 'userFigures'
  | 'requestFigures'
  | 'requestTrend'
  | 'applicationFigures'
>

/** Numbers about many, each read in one statement for all of them. */
export function figures({ db }: Engine): Figures {
  return {
    async developerFigures(ids, now) {
      if (ids.length === 0) return new Map()
      const [sessions, clients] = await Promise.all([
        sessionsOf(db, 'developer', ids, now),
        clientsOf(db, ids),
      ])
      return new Map(
        ids.map((id): [string, DeveloperFigures] => [
          id,
          {
            sessions: sessions.get(id)?.sessions ?? 0,
            first_session_end: sessions.get(id)?.first_end ?? null,
            last_session_end: sessions.get(id)?.last_end ?? null,
            clients: clients.get(id) ?? 0,
          },
        ]),
      )
    },

    usersOfDevelopers: async (ids, now) => (ids.length === 0 ? new Map() : usersOf(db, ids, now)),

    async userFigures(ids, now) {
      if (ids.length === 0) return new Map()
      const grants = db
        .selectFrom('grants')
        .select(['user_id', (eb) => eb.fn.countAll<number>().as('grants')])
        .where('user_id', 'in', paddedToPowerOfTwo(ids))
        .where('state', '=', 'active')
        .where('not_after', '>', now)
        .groupBy('user_id')
      const [sessions, rows] = await Promise.all([sessionsOf(db, 'user', ids, now), grants.execute()])
      const held = new Map(rows.map((row) => [row.user_id, row.grants]))
      return new Map(
        ids.map((id): [string, UserFigures] => [
          id,
          {
            sessions: sessions.get(id)?.sessions ?? 0,
            last_session_end: sessions.get(id)?.last_end ?? null,
            grants: held.get(id) ?? 0,
          },
        ]),
      )
    },

    async requestFigures(range) {
      const { total, approved, pending, users, active_users } = await requestsOf(db, range)
        .select((eb) => [
          eb.fn.countAll<number>().as('total'),
          counted(sql`request.state = 'approved'`).as('approved'),
          counted(sql`request.state = 'waiting' and request.expires_at > ${range.now}`).as('pending'),
          ...people(range.now),
        ])
        .executeTakeFirstOrThrow()
      return { users, active_users, total, approved, pending, rejected: total - approved - pending }
    },

    async requestTrend(range, starts) {
      return starts.length === 0 ? [] : trend(db, range, starts)
    },

    async applicationFigures(range) {
      const { developer_id, from, to, now } = range
      const rows = await db
        .selectFrom('clients as client')
        .leftJoin('authorization_requests as request', (join) => {
          let on = join.onRef('request.client_id', '=', 'client.client_id')
          if (from !== undefined) on = on.on('request.created_at', '>=', from)
          if (to !== undefined) on = on.on('request.created_at', '<=', to)
          return on
        })
        .select(['client.client_id', 'client.name'])
        .select((eb) => [eb.fn.count<number>('request.id').as('total'), ...people(now)])
        .where('client.developer_id', '=', developer_id)
        .where('client.state', '<>', 'deleted')
        .groupBy(['client.id', 'client.client_id', 'client.name', 'client.created_at'])
        .orderBy('client.created_at')
        .orderBy('client.id')
        .execute()
      return rows.map((row) => ({ ...row }))
    },
  }
}

const counted = (condition: ReturnType<typeof sql<SqlBool>>) =>
  sql<number>`count(case when ${condition} then 1 end)`

const people = (now: number) =>
  [
    sql<number>`count(distinct request.user_id)`.as('users'),
    sql<number>`count(distinct case when request.created_at > ${now - activeSeconds} then request.user_id end)`.as(
      'active_users',
    ),
  ] as const

function requestsOf(db: Database, { developer_id, from, to }: RequestRange) {
  let query = db
    .selectFrom('authorization_requests as request')
    .innerJoin('clients as client', 'client.client_id', 'request.client_id')
    .where('client.developer_id', '=', developer_id)
  if (from !== undefined) query = query.where('request.created_at', '>=', from)
  if (to !== undefined) query = query.where('request.created_at', '<=', to)
  return query
}

/** One statement: each stretch is named by its start, the last one that is not after the request. */
async function trend(db: Database, range: RequestRange, starts: readonly number[]) {
  const later = sql.join(
    starts
      .toReversed()
      .map((start) => sql`when request.created_at >= ${sql.lit(start)} then ${sql.lit(start)}`),
    sql` `,
  )
  const start = sql<number>`case ${later} end`
  const rows = await requestsOf(db, range)
    .select(start.as('start'))
    .select((eb) => [
      sql<number>`count(distinct request.user_id)`.as('users'),
      eb.fn.countAll<number>().as('requests'),
    ])
    .where('request.created_at', '>=', starts[0] ?? 0)
    .groupBy(start)
    .orderBy(start)
    .execute()
  return rows.map((row) => ({ ...row }))
}

async function sessionsOf(db: Database, kind: 'developer' | 'user', ids: readonly string[], now: number) {
  const rows = await db
    .selectFrom('sessions')
    .select(['account_id', (eb) => eb.fn.countAll<number>().as('sessions')])
    .select((eb) => [eb.fn.min('expires_at').as('first_end'), eb.fn.max('expires_at').as('last_end')])
    .where('account_id', 'in', paddedToPowerOfTwo(ids))
    .where('kind', '=', kind)
    .where('expires_at', '>', now)
    .groupBy('account_id')
    .execute()
  return new Map(rows.map(({ account_id, ...row }) => [account_id, row]))
}

async function clientsOf(db: Database, ids: readonly string[]) {
  const rows = await db
    .selectFrom('clients')
    .select(['developer_id', (eb) => eb.fn.countAll<number>().as('clients')])
    .where('developer_id', 'in', paddedToPowerOfTwo(ids))
    .where('state', '<>', 'deleted')
    .groupBy('developer_id')
    .execute()
  return new Map(rows.map(({ developer_id, clients }) => [developer_id, clients]))
}

async function usersOf(db: Database, ids: readonly string[], now: number) {
  const rows = await db
    .selectFrom('authorization_requests as request')
    .innerJoin('clients as client', 'client.client_id', 'request.client_id')
    .select('client.developer_id')
    .select(people(now))
    .where('client.developer_id', 'in', paddedToPowerOfTwo(ids))
    .groupBy('client.developer_id')
    .execute()
  return new Map(rows.map(({ developer_id, ...row }) => [developer_id, row]))
}
