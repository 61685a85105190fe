import {
  type ApplicationStatisticsAnswer,
  firstSecond,
  lastSecond,
  rfc3339,
  secondsPerDay,
  type UserStatisticsAnswer,
  type UserStatisticsQuery,
  type UserTrendsAnswer,
  type UserTrendsQuery,
} from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import { type CsvFile, csvOf } from '../http/csv.ts'
import { refuse } from '../refusals.ts'
import type { RequestRange } from '../store/administration.ts'
import { accountNamed } from './operated.ts'

/** Points of one curve. */
const mostStretches = 400

/** What users did with the clients of one developer. @refuses account_not_found */
export async function userStatistics(
  deps: Pick<Deps, 'store' | 'clock'>,
  email: string,
  query: UserStatisticsQuery,
): Promise<UserStatisticsAnswer> {
  const figures = await deps.store.administration.requestFigures(await rangeOf(deps, email, query))
  return {
    total_users: figures.users,
    active_users: figures.active_users,
    total_requests: figures.total,
    approved_requests: figures.approved,
    pending_requests: figures.pending,
    rejected_requests: figures.rejected,
  }
}

/**
 * The same day by day, week by week (from Monday), or month by month, of UTC: without a range the last 30 days, 26 weeks or
 * 24 months.
 *
 * @refuses account_not_found request_malformed
 */
export async function userTrends(
  deps: Pick<Deps, 'store' | 'clock'>,
  email: string,
  query: UserTrendsQuery,
): Promise<UserTrendsAnswer> {
  const range = await rangeOf(deps, email, query)
  const starts = stretches(query.period ?? '', range)
  const trend = await deps.store.administration.requestTrend(range, starts)
  return trend.map(({ start, users, requests }) => ({
    date: rfc3339(start).slice(0, 10),
    user_count: users,
    request_count: requests,
  }))
}

/** The same client by client. @refuses account_not_found */
export async function applicationStatistics(
  deps: Pick<Deps, 'store' | 'clock'>,
  email: string,
  query: UserStatisticsQuery,
): Promise<ApplicationStatisticsAnswer> {
  const applications = await deps.store.administration.applicationFigures(await rangeOf(deps, email, query))
  return applications.map(({ client_id, name, users, active_users, total }) => ({
    client_id,
    client_name: name,
    total_users: users,
    active_users,
    total_requests: total,
  }))
}

/** Both as CSV: a line per figure, an empty line, a line per client. @refuses account_not_found */
export async function exportStatistics(
  deps: Pick<Deps, 'store' | 'clock'>,
  email: string,
  query: UserStatisticsQuery,
): Promise<CsvFile> {
  const figures = await userStatistics(deps, email, query)
  const applications = await applicationStatistics(deps, email, query)
  const file_name = `user-statistics-${rfc3339(deps.clock.now()).slice(0, 10)}.csv`
  return { file_name, csv: asCsv(Object.entries(figures), applications) }
}

async function* asCsv(
  figures: readonly [name: string, value: number][],
  applications: ApplicationStatisticsAnswer,
): AsyncGenerator<string> {
  yield* csvOf<[string, number]>(
    [
      ['Metric', ([name]) => name],
      ['Value', ([, value]) => String(value)],
    ],
    atOnce(figures),
  )
  yield '\n'
  yield* csvOf<ApplicationStatisticsAnswer[number]>(
    [
      ['Client ID', ({ client_id }) => client_id],
      ['Client Name', ({ client_name }) => client_name],
      ['Total Users', ({ total_users }) => String(total_users)],
      ['Active Users', ({ active_users }) => String(active_users)],
      ['Total Requests', ({ total_requests }) => String(total_requests)],
    ],
    atOnce(applications),
  )
}

async function* atOnce<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows
}

async function rangeOf(
  deps: Pick<Deps, 'store' | 'clock'>,
  email: string,
  { start_date, end_date }: UserStatisticsQuery,
): Promise<RequestRange> {
  const { id } = await accountNamed(deps, 'developer', email)
  return {
    developer_id: id,
    from: start_date === undefined ? undefined : firstSecond(start_date),
    to: end_date === undefined ? undefined : lastSecond(end_date),
    now: deps.clock.now(),
  }
}

/** Where each stretch of the range begins, oldest first. @refuses request_malformed */
function stretches(period: string, { from, to, now }: RequestRange): readonly number[] {
  const last = Math.min(to ?? now, now)
  const monthly = period === 'monthly'
  const days = period === 'weekly' ? 7 : 1
  const usual = monthly ? 24 * 31 : days === 7 ? 26 * 7 : 30
  const first = from ?? last - usual * secondsPerDay
  const next = (start: number) => (monthly ? monthAfter(start) : start + days * secondsPerDay)
  const starts: number[] = []
  for (let start = monthly ? monthOf(first) : stretchOf(first, days); start <= last; start = next(start)) {
    if (starts.length === mostStretches)
      throw refuse('request_malformed', {
        description: `start_date: at most ${mostStretches} days, weeks or months at once.`,
      })
    starts.push(start)
  }
  return starts
}

/** 1970-01-05 was a Monday. */
const firstMonday = 4 * secondsPerDay

function stretchOf(at: number, days: number): number {
  const origin = days === 7 ? firstMonday : 0
  return at - ((((at - origin) % (days * secondsPerDay)) + days * secondsPerDay) % (days * secondsPerDay))
}

function monthOf(at: number): number {
  const date = new Date(at * 1000)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / 1000
}

function monthAfter(start: number): number {
  const date = new Date(start * 1000)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / 1000
}
