import { type SqlBool, sql } from 'kysely'
import type { AccountKind, AccountState } from '../../domain/account.ts'
import type { Client, ClientState } from '../../domain/client.ts'
import type {
  AccountFilter,
  AccountPage,
  Administration,
  ClientFilter,
  ClientOfDeveloper,
} from '../administration.ts'
import { accountColumns, clientColumns } from '../schema.ts'
import { holds } from './audit.ts'
import type { Database, Engine } from './engine.ts'
import { clientOf, partOf, prefixed } from './rows.ts'
import { accountTables } from './suspensions.ts'

type Overviews = Pick<
  Administration,
  'accounts' | 'accountCounts' | 'clientCounts' | 'activeGrants' | 'clients' | 'client'
>

/** Lists of whatever there is, page by page, and how much of it there is. */
export function overviews({ db }: Engine): Overviews {
  return {
    async accounts(kind, filter, { limit, offset, sort, descending }) {
      const direction = descending ? 'desc' : 'asc'
      const rows = await accountsLike(db, kind, filter)
        .select(accountColumns.map((column) => `account.${column}` as const))
        // Ids are made in the order of time, and the one that is there anyway answers most questions.
        .$if(sort !== 'created_at', (query) => query.orderBy(sortedBy(sort, kind, filter.now), direction))
        .orderBy('account.id', direction)
        .limit(limit)
        .offset(offset)
        .execute()
      const { total } = await accountsLike(db, kind, filter)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return { accounts: rows.map((row) => ({ ...row })), total }
    },

    async accountCounts(kind) {
      const rows = await db
        .selectFrom(accountTables[kind])
        .select(['state', (eb) => eb.fn.countAll<number>().as('many')])
        .groupBy('state')
        .execute()
      return Object.fromEntries(rows.map(({ state, many }) => [state, many])) as Partial<
        Record<AccountState, number>
      >
    },

    async clientCounts() {
      const rows = await db
        .selectFrom('clients')
        .select(['state', (eb) => eb.fn.countAll<number>().as('many')])
        .groupBy('state')
        .execute()
      return Object.fromEntries(rows.map(({ state, many }) => [state, many])) as Partial<
        Record<ClientState, number>
      >
    },

    async activeGrants(now) {
      const { many } = await db
        .selectFrom('grants')
        .select((eb) => eb.fn.countAll<number>().as('many'))
        .where('state', '=', 'active')
        .where('not_after', '>', now)
        .executeTakeFirstOrThrow()
      return many
    },

    async clients(filter, { limit, offset }) {
      const rows = await withDeveloper(clientsLike(db, filter))
        .orderBy('client.id', 'desc')
        .limit(limit)
        .offset(offset)
        .execute()
      const { total } = await clientsLike(db, filter)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return { clients: rows.flatMap((row) => ofDeveloper(row) ?? []), total }
    },

    async client(id) {
      const row = await withDeveloper(clientsLike(db, {}))
        .where('client.state', '<>', 'deleted')
        .where((eb) => eb.or([eb('client.id', '=', id), eb('client.client_id', '=', id)]))
        .executeTakeFirst()
      return row && ofDeveloper(row)
    },
  }
}

function accountsLike(db: Database, kind: AccountKind, filter: AccountFilter) {
  const { states, search, created_from, created_before, now } = filter
  let query = db.selectFrom(`${accountTables[kind]} as account`)
  if (states?.length === 0) query = query.where(sql<SqlBool>`1 = 0`)
  else if (states !== undefined) query = query.where('account.state', 'in', states)
  if (search !== undefined)
    query = query.where((eb) =>
      eb.or([holds(eb.ref('account.email'), search), holds(eb.ref('account.full_name'), search)]),
    )
  if (created_from !== undefined) query = query.where('account.created_at', '>=', created_from)
  if (created_before !== undefined) query = query.where('account.created_at', '<', created_before)
  const bounds: readonly [
    bound: number | undefined,
    holds: (bound: number) => ReturnType<typeof sql<SqlBool>>,
  ][] = [
    [filter.session_ends_from, (bound) => sql<SqlBool>`${sessionEnd(kind, now)} >= ${bound}`],
    [filter.session_ends_before, (bound) => sql<SqlBool>`${sessionEnd(kind, now)} < ${bound}`],
    [filter.sessions_min, (bound) => sql<SqlBool>`${sessionCount(kind, now)} >= ${bound}`],
    [filter.sessions_max, (bound) => sql<SqlBool>`${sessionCount(kind, now)} <= ${bound}`],
  ]
  for (const [bound, condition] of bounds) if (bound !== undefined) query = query.where(condition(bound))
  if (filter.has_session !== undefined)
    query = query.where(sql<SqlBool>`${sessionCount(kind, now)} ${sql.raw(filter.has_session ? '>' : '=')} 0`)
  return query
}

/** Look-ups in the index over the sessions of an account. */
const sessionCount = (kind: AccountKind, now: number) =>
  sql<number>`(select count(*) from sessions where sessions.account_id = account.id and sessions.kind = ${kind} and sessions.expires_at > ${now})`
const sessionEnd = (kind: AccountKind, now: number) =>
  sql<number>`(select max(sessions.expires_at) from sessions where sessions.account_id = account.id and sessions.kind = ${kind} and sessions.expires_at > ${now})`

function sortedBy(sort: AccountPage['sort'], kind: AccountKind, now: number) {
  if (sort === 'sessions') return sessionCount(kind, now)
  // The two databases put nulls at different ends.
  if (sort === 'session_end') return sql`coalesce(${sessionEnd(kind, now)}, 0)`
  return sql.ref(`account.${sort}`)
}

function clientsLike(db: Database, { search, developer_id, states }: ClientFilter) {
  let query = db
    .selectFrom('clients as client')
    .innerJoin('developers as developer', 'developer.id', 'client.developer_id')
  if (developer_id !== undefined) query = query.where('client.developer_id', '=', developer_id)
  if (states !== undefined) query = query.where('client.state', 'in', states)
  if (search !== undefined)
    query = query.where((eb) =>
      eb.or([eb('client.client_id', '=', search), holds(eb.ref('client.name'), search)]),
    )
  return query
}

const withDeveloper = (query: ReturnType<typeof clientsLike>) =>
  query
    .select(prefixed('client', clientColumns, 'client'))
    .select('client.suspension')
    .select(prefixed('developer', ['id', 'email', 'full_name', 'state'], 'developer'))

type Found = Awaited<ReturnType<ReturnType<typeof withDeveloper>['execute']>>[number]

function ofDeveloper(row: Found): ClientOfDeveloper | undefined {
  const client = clientIn(row)
  if (client === undefined) return undefined
  return {
    client: clientOf(client),
    suspension: row.suspension,
    developer: {
      id: row.developer_id,
      email: row.developer_email,
      full_name: row.developer_full_name,
      state: row.developer_state,
    },
  }
}

const clientIn = partOf<Client>(clientColumns, 'client')
