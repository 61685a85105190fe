import {
  type AccessTimelineAnswer,
  type AccessTimelineQuery,
  rfc3339,
  secondsPerDay,
} from '@valetkey/protocol'
import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import { filterOf } from './access-log.ts'

const usualDays = 30
/** A year, leap years included. */
const mostDays = 366

/**
 * How the requests of each day of UTC ended, days without any included. The range is the query's to the second, so that
 * the days add up to the statistics of the same range; without a start it begins with a whole day, 30 days in all.
 *
 * @refuses rate_limited client_not_found request_malformed
 */
export async function accessTimeline(
  deps: Deps,
  by: Acting,
  query: AccessTimelineQuery,
): Promise<AccessTimelineAnswer> {
  await limitRate(deps, 'access_log_read', by)
  const filter = await filterOf(deps, by, query)
  const { to = filter.now } = filter
  const last = dayOf(to)
  const { from = (last - usualDays + 1) * secondsPerDay } = filter
  const first = dayOf(from)
  if (last - first >= mostDays)
    throw refuse('request_malformed', {
      description: `start_date and end_date: at most ${mostDays} days, both ends included.`,
    })
  const busy = await deps.store.requests.timeline({ ...filter, from, to })
  const byDay = new Map(busy.map(({ day, ...counts }) => [day, counts]))
  const days = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at)
  return { days: days.map((day) => ({ date: dateOf(day), ...(byDay.get(day) ?? nothing) })) }
}

const nothing = { approved: 0, pending: 0, rejected: 0 }
const dayOf = (seconds: number): number => Math.floor(seconds / secondsPerDay)
const dateOf = (day: number): string => rfc3339(day * secondsPerDay).slice(0, 10)
