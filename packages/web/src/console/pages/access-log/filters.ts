import type { AccessLogEntryAnswer, AccessLogQuery } from '@valetkey/protocol'
import { keysOf } from '../../keys-of.ts'

/** What of the access log is looked at, as the address of the page says it. */
export interface Filters {
  readonly client_id: string | undefined
  readonly status: AccessLogEntryAnswer['access_status'] | undefined
  readonly range: Range
  /** Days of UTC, `2026-01-31`, for a range of one's own. */
  readonly from: string | undefined
  readonly to: string | undefined
  /** From 1. */
  readonly page: number
}

/** How many days of UTC, today included. */
export const ranges = {
  today: { days: 1, label: 'Today' },
  week: { days: 7, label: '7 days' },
  month: { days: 30, label: '30 days' },
  custom: { days: 30, label: 'From … to …' },
} as const
export type Range = keyof typeof ranges

export const statuses = ['pending', 'approved', 'rejected'] as const
export const rowsPerPage = 25
const dayMs = 86_400_000

/** What of an address says something; the rest is as it is without. */
export function filtersOf(search: Readonly<Record<string, unknown>>): Filters {
  const text = (name: string) => String(search[name] ?? '')
  const day = (name: string) => (isDay(text(name)) ? text(name) : undefined)
  const page = text('page')
  return {
    client_id: text('client_id').slice(0, 256) || undefined,
    status: statuses.find((one) => one === text('status')),
    range: keysOf(ranges).find((one) => one === text('range')) ?? 'month',
    from: day('from'),
    to: day('to'),
    page: /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1,
  }
}

const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && text === dayOf(Date.parse(text))

/** What statistics, chart and table have in common. An end that is missing is put where the range would have it. */
export function periodOf(
  { client_id, range, from, to }: Filters,
  nowMs: number,
): Pick<AccessLogQuery, 'client_id' | 'start_date' | 'end_date'> {
  const custom = range === 'custom'
  const last = (custom ? to : undefined) ?? dayOf(nowMs)
  const first = (custom ? from : undefined) ?? dayOf(Date.parse(last) - (ranges[range].days - 1) * dayMs)
  return { client_id, start_date: `${first}T00:00:00Z`, end_date: `${last}T23:59:59Z` }
}

/** The same for the table and the download, which leave out other outcomes. */
export function tableQueryOf(filters: Filters, nowMs: number): AccessLogQuery {
  const at = filters.status === undefined ? -1 : statuses.indexOf(filters.status)
  const numbers = ['0', '1', '2'] as const
  return { ...periodOf(filters, nowMs), status: numbers[at] }
}

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
