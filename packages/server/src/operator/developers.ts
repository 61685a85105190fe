import {
  type DeveloperAnswer,
  type DeveloperSessionsAnswer,
  type DeveloperStatsAnswer,
  type DevelopersAnswer,
  type DevelopersQuery,
  developerSorts,
  rfc3339,
  rfc3339OrNull,
  secondsPerDay,
} from '@valetkey/protocol'
import { statusNumbers } from '../accounts/account-answers.ts'
import type { Deps } from '../deps.ts'
import type { Account, AccountState } from '../domain/account.ts'
import { sessionId } from '../domain/session.ts'
import type { AccountFilter } from '../store/administration.ts'
import { accountNamed } from './operated.ts'

const defaultLimit = 50
/** As many as one answer holds, however many are asked for. */
const mostAtOnce = 10_000

/** Developers as the contract lists them, narrowed and in the order asked for. */
export async function listDevelopers(
  deps: Pick<Deps, 'store' | 'clock'>,
  query: DevelopersQuery,
): Promise<DevelopersAnswer> {
  const asked = Number(query.limit ?? defaultLimit)
  const limit = asked <= 0 ? mostAtOnce : Math.min(asked, mostAtOnce)
  const page = Number(query.page ?? 1)
  const offset = (page - 1) * limit
  const { accounts, total } = await deps.store.administration.accounts(
    'developer',
    filterOf(query, deps.clock.now()),
    {
      limit,
      offset,
      sort: developerSorts[query.sort_column ?? 'createdAt'] ?? 'created_at',
      descending: query.sort_order !== 'asc',
    },
  )
  return {
    developers: await withFigures(deps, accounts),
    pageCount: Math.ceil(total / limit),
    currentPage: page,
    totalCount: total,
    hasMore: offset + accounts.length < total,
    limit: asked,
    offset,
  }
}

/** How many are in each state, in the contract's words. */
export async function developerStats({ store }: Pick<Deps, 'store'>): Promise<DeveloperStatsAnswer> {
  const counts = await store.administration.accountCounts('developer')
  const many = (...states: readonly AccountState[]) =>
    states.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
  return {
    totalDevelopers: many('invited', 'unverified', 'active', 'suspended', 'closing', 'deleted'),
    active: many('active'),
    inactive: many('unverified', 'suspended'),
    deleted: many('deleted'),
    pendingDeletion: many('closing'),
    legalHold: 0,
    pendingBotVerification: 0,
    invited: many('invited'),
  }
}

/** Where a developer is signed in, newest first. @refuses account_not_found */
export async function developerSessions(
  deps: Pick<Deps, 'store' | 'clock'>,
  email: string,
): Promise<DeveloperSessionsAnswer> {
  const account = await accountNamed(deps, 'developer', email)
  const sessions = await deps.store.sessions.list('developer', account.id, deps.clock.now())
  return {
    developerEmail: account.email,
    total: sessions.length,
    sessions: sessions.map((session) => ({
      id: sessionId(session),
      ipAddress: session.network,
      status: 1,
      loginTime: rfc3339(session.created_at),
      expiresAt: rfc3339(session.expires_at),
      isActive: true,
    })),
  }
}

/** One developer in the contract's words. @refuses account_not_found */
export async function developerAnswerOf(
  deps: Pick<Deps, 'store' | 'clock'>,
  who: string,
): Promise<DeveloperAnswer> {
  const account = await accountNamed(deps, 'developer', who)
  const [answer] = await withFigures(deps, [account])
  if (answer === undefined) throw new TypeError('one account makes one answer')
  return answer
}

async function withFigures(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  accounts: readonly Account[],
): Promise<DeveloperAnswer[]> {
  const ids = accounts.map(({ id }) => id)
  const [figures, users] = await Promise.all([
    store.administration.developerFigures(ids, clock.now()),
    store.administration.usersOfDevelopers(ids, clock.now()),
  ])
  return accounts.map((account) => {
    const has = figures.get(account.id)
    return {
      id: account.id,
      fullName: account.full_name,
      email: account.email,
      companyName: account.company_name,
      status: statusNumbers[account.state],
      state: account.state,
      createdAt: rfc3339(account.created_at),
      lastSessionExpiry: rfc3339OrNull(has?.last_session_end),
      firstSessionExpiry: rfc3339OrNull(has?.first_session_end),
      totalSessionCount: has?.sessions ?? 0,
      oauthClientCount: has?.clients ?? 0,
      totalUsers: users.get(account.id)?.users ?? 0,
      activeUsers: users.get(account.id)?.active_users ?? 0,
    }
  })
}

function filterOf(query: DevelopersQuery, now: number): AccountFilter {
  const created = query.created_range === undefined ? {} : rangeOf(query.created_range, now)
  const { status, created_after, created_before, last_session_after, last_session_before } = query
  return {
    now,
    search: query.search,
    states: status === undefined ? undefined : statesOf(Number(status)),
    ...created,
    ...(created_after === undefined ? {} : { created_from: startOf(created_after) }),
    ...(created_before === undefined ? {} : { created_before: startOf(created_before) + secondsPerDay }),
    has_session: query.has_active_session === undefined ? undefined : query.has_active_session === 'true',
    session_ends_from: last_session_after === undefined ? undefined : startOf(last_session_after),
    session_ends_before:
      last_session_before === undefined ? undefined : startOf(last_session_before) + secondsPerDay,
    sessions_min: numberOf(query.session_count_min),
    sessions_max: numberOf(query.session_count_max),
  }
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text)

/** Days are of UTC, and both ends of a range belong to it. */
const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000

function statesOf(status: number): readonly AccountState[] {
  const states = Object.keys(statusNumbers) as AccountState[]
  return states.filter((state) => statusNumbers[state] === status)
}

function rangeOf(
  range: NonNullable<DevelopersQuery['created_range']>,
  now: number,
): Pick<AccountFilter, 'created_from' | 'created_before'> {
  const today = now - (now % secondsPerDay)
  if (range === 'today') return { created_from: today }
  if (range === 'yesterday') return { created_from: today - secondsPerDay, created_before: today }
  const days = { last_week: 7, last_month: 30, last_year: 365 }[range]
  return { created_from: now - days * secondsPerDay }
}
