import type { TokenRequestAnswer, TokenRequestQuery } from '@valetkey/protocol'
import { keysOf } from '../../keys-of.ts'

/** Which token requests are looked at, as the address of the page says it. */
export interface Filters {
  readonly client_id?: string
  readonly outcome?: TokenRequestAnswer['outcome']
  readonly reason?: string
  /** How far back, counted from now. */
  readonly range?: Range
  /** RFC 3339. */
  readonly from?: string
  readonly to?: string
}

export const ranges = {
  hour: { seconds: 3600, label: 'Last hour' },
  day: { seconds: 86_400, label: 'Last 24 hours' },
  week: { seconds: 7 * 86_400, label: 'Last 7 days' },
} as const
export type Range = keyof typeof ranges

export const outcomes = ['granted', 'refused', 'failed'] as const satisfies TokenRequestAnswer['outcome'][]

/** What of an address says something; the rest is left out, since people cut and mend addresses. */
export function filtersOf(search: Readonly<Record<string, unknown>>): Filters {
  const text = (name: string) => {
    const value = search[name]
    const words = typeof value === 'number' ? String(value) : value
    return typeof words === 'string' && words !== '' ? words : undefined
  }
  const time = (name: string) => {
    const ms = Date.parse(text(name) ?? '')
    return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
  }
  return without<Filters>({
    client_id: text('client_id')?.slice(0, 256),
    outcome: outcomes.find((one) => one === text('outcome')),
    reason: text('reason')?.slice(0, 64),
    range: keysOf(ranges).find((one) => one === text('range')),
    from: time('from'),
    to: time('to'),
  })
}

/** The same for the API. */
export function queryOf({ range, ...filters }: Filters, nowMs: number): TokenRequestQuery {
  if (range === undefined) return filters
  const { to: _, ...others } = filters
  return { ...others, from: new Date(nowMs - ranges[range].seconds * 1000).toISOString() }
}

/** Whether a request that just came belongs to what is looked at. */
export function isMeant(filters: Filters, request: TokenRequestAnswer, nowMs: number): boolean {
  const { client_id, outcome, reason, from, to } = queryOf(filters, nowMs)
  const at = Date.parse(request.at)
  return (
    (client_id === undefined || request.client_id === client_id) &&
    (outcome === undefined || request.outcome === outcome) &&
    (reason === undefined || request.reason === reason) &&
    (from === undefined || at >= Date.parse(from)) &&
    (to === undefined || at <= Date.parse(to))
  )
}

/** Fields that are undefined left out. */
function without<Whole extends object>(fields: { [Name in keyof Whole]: Whole[Name] | undefined }): Whole {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Whole
}
