import { type ExpressionBuilder, sql } from 'kysely'
import type { AuthorizationRequestState } from '../../domain/authorization-request.ts'
import type { AccessLogFilter, AuthorizationRequests } from '../requests.ts'
import type { Schema } from '../schema.ts'
import { addForActiveUser, holdActiveUser } from './active-user.ts'
import type { Database, Engine } from './engine.ts'
import { codeRow, list, requestOf, requestRow } from './rows.ts'

export function requests({ db, locks }: Engine): AuthorizationRequests {
  return {
    add: (request) => addForActiveUser(db, locks, 'authorization_requests', requestRow(request)),

    async find(id, now) {
      const found = db.selectFrom('authorization_requests').selectAll().where('id', '=', id)
      const row = await found.executeTakeFirst()
      return row && requestOf(row, now)
    },

    async withChallenge(client_id, code_challenge) {
      const newest = db
        .selectFrom('authorization_requests')
        .selectAll()
        .where('client_id', '=', client_id)
        .orderBy('created_at', 'desc')
        .limit(lookedThrough)
      const row = await db
        .selectFrom(newest.as('newest'))
        .selectAll()
        .where('code_challenge', '=', code_challenge)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row && requestOf(row, 0)
    },

    async challengeUsed(client_id, code_challenge, since) {
      const approved = await db
        .selectFrom('authorization_requests')
        .select('id')
        .where('client_id', '=', client_id)
        .where('code_challenge', '=', code_challenge)
        .where('state', '=', 'approved')
        .where('decided_at', '>=', since)
        .limit(1)
        .executeTakeFirst()
      return approved !== undefined
    },

    decide(id, user_id, decision, code, now) {
      return db.transaction().execute(async (trx) => {
        if (!(await holdActiveUser(trx, locks, user_id))) return false
        if (code !== undefined) {
          const client = await trx
            .selectFrom('clients')
            .select('id')
            .where('client_id', '=', code.client_id)
            .where('state', '=', 'active')
            .modifyEnd(locks.share)
            .executeTakeFirst()
          if (client === undefined) return false
        }
        const { numUpdatedRows } = await trx
          .updateTable('authorization_requests')
          .set({
            state: decision.state,
            decided_at: now,
            approved_scopes: JSON.stringify(decision.approved_scopes),
            rejected_scopes: JSON.stringify(decision.rejected_scopes),
          })
          .where('id', '=', id)
          .where('user_id', '=', user_id)
          .where('state', '=', 'waiting')
          .where('expires_at', '>', now)
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 0n) return false
        if (code !== undefined) await trx.insertInto('authorization_codes').values(codeRow(code)).execute()
        return true
      })
    },

    async currentScopes(user_id, client_id, now) {
      const rows = await db
        .selectFrom('grants')
        .select('scopes')
        .where('user_id', '=', user_id)
        .where('client_id', '=', client_id)
        .where('not_after', '>', now)
        .where('state', '=', 'active')
        .orderBy('created_at')
        .execute()
      return rows.map(({ scopes }) => list(scopes))
    },

    async history(user_id, client_id, now) {
      const rows = await db
        .selectFrom('authorization_requests as request')
        .innerJoin('clients', 'clients.client_id', 'request.client_id')
        .selectAll('request')
        .select('clients.name as client_name')
        .where('request.user_id', '=', user_id)
        .where('request.client_id', '=', client_id)
        .orderBy('request.created_at', 'desc')
        .orderBy('request.id', 'desc')
        .execute()
      return rows.map((row) => requestOf(row, now))
    },

    async log(filter) {
      const { limit, offset, now } = filter
      const rows = await matching(db, filter)
        .leftJoin('authorization_codes as code', 'code.request_id', 'request.id')
        .selectAll('request')
        .select(['client.name as client_name', 'code.expires_at as code_expires_at'])
        .orderBy('request.created_at', 'desc')
        .orderBy('request.id', 'desc')
        // SQLite knows no offset without a limit; no list is that long.
        .limit(limit ?? Number.MAX_SAFE_INTEGER)
        .offset(offset ?? 0)
        .execute()
      const { total } = await matching(db, filter)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return { entries: rows.map((row) => requestOf(row, now)), total }
    },

    async statistics(filter) {
      const { total, approved, pending } = await matching(db, filter)
        .select((eb) => counted(eb, filter.now))
        .executeTakeFirstOrThrow()
      return { total, approved, pending, rejected: total - approved - pending }
    },

    async timeline(filter) {
      const rows = await matching(db, filter)
        .select(dayAsked.as('day'))
        .select((eb) => counted(eb, filter.now))
        .groupBy(dayAsked)
        .orderBy(dayAsked)
        .execute()
      return rows.map(({ day, total, approved, pending }) => ({
        day,
        approved,
        pending,
        rejected: total - approved - pending,
      }))
    },
  }
}

/** Of whole numbers, so the division is one as well; as a parameter SQLite would take the divisor for a fraction. */
const dayAsked = sql<number>`request.created_at / 86400`

function counted(eb: ExpressionBuilder<Requested, 'request'>, now: number) {
  const all = () => eb.fn.countAll<number>()
  return [
    all().as('total'),
    all()
      .filterWhere(inState(eb, 'approved', now))
      .as('approved'),
    all()
      .filterWhere(inState(eb, 'waiting', now))
      .as('pending'),
  ] as const
}

/** Requests of one client that are read one by one for a challenge: a bound also for one that sends the same each time. */
const lookedThrough = 1_000

/** What was asked of all clients of one developer, narrowed by the filter. */
function matching(db: Database, { developer_id, client_id, states, from, to, now }: Filter) {
  let query = db
    .selectFrom('authorization_requests as request')
    .innerJoin('clients as client', 'client.client_id', 'request.client_id')
    .where('client.developer_id', '=', developer_id)
  if (client_id !== undefined) query = query.where('request.client_id', '=', client_id)
  if (from !== undefined) query = query.where('request.created_at', '>=', from)
  if (to !== undefined) query = query.where('request.created_at', '<=', to)
  if (states !== undefined) {
    // In one order and each once, so that only so many different statements come of it.
    const wanted = allStates.filter((state) => states.includes(state))
    query = query.where((eb) => eb.or(wanted.map((state) => inState(eb, state, now))))
  }
  return query
}

const allStates = ['waiting', 'approved', 'rejected', 'expired'] as const

type Filter = Omit<AccessLogFilter, 'limit' | 'offset'>
type Requested = Schema & { request: Schema['authorization_requests'] }

/** Waiting and expired are one state in the row; `now` tells them apart. */
function inState(eb: ExpressionBuilder<Requested, 'request'>, state: AuthorizationRequestState, now: number) {
  if (state === 'approved' || state === 'rejected') return eb('request.state', '=', state)
  return eb.and([
    eb('request.state', '=', 'waiting'),
    eb('request.expires_at', state === 'waiting' ? '>' : '<=', now),
  ])
}
