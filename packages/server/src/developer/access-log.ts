import {
  type AccessLogAnswer,
  type AccessLogEntryAnswer,
  type AccessLogQuery,
  type AccessStatisticsAnswer,
  firstSecond,
  lastSecond,
  rfc3339,
} from '@valetkey/protocol'
import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { requestStatus, statesOf } from '../domain/request-status.ts'
import { begun, type CsvFile, csvOf } from '../http/csv.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import type { AccessLogEntry, AccessLogFilter } from '../store/requests.ts'
import { accessLogColumns } from './access-log-csv.ts'

const defaultLimit = 50
/** Rows read at a time while exporting, so that memory does not grow with the log. */
const exportedAtOnce = 1000

/** What the developer's clients asked of users, newest first. Never says which user. @refuses rate_limited client_not_found */
export async function listAccess(deps: Deps, by: Acting, query: AccessLogQuery): Promise<AccessLogAnswer> {
  await limitRate(deps, 'access_log_read', by)
  const filter = await filterOf(deps, by, query)
  const { limit, page, rows, offset } = pageOf(query)
  const { entries, total } = await deps.store.requests.log({ ...filter, limit: rows, offset })
  return {
    logs: entries.map(entryAnswer),
    pageCount: Math.ceil(total / (rows ?? Math.max(total, 1))),
    currentPage: page,
    totalCount: total,
    hasMore: offset + entries.length < total,
    limit,
    offset,
  }
}

/** How those ended, under the same filters. @refuses rate_limited client_not_found */
export async function countAccess(
  deps: Deps,
  by: Acting,
  query: AccessLogQuery,
): Promise<AccessStatisticsAnswer> {
  await limitRate(deps, 'access_log_read', by)
  const counted = await deps.store.requests.statistics(await filterOf(deps, by, query))
  const { total, approved } = counted
  return { ...counted, success_rate: total === 0 ? 0 : Math.round((approved / total) * 10_000) / 100 }
}

/** The same as CSV: everything that matches, or one page of it when a limit or page is given. @refuses rate_limited client_not_found */
export async function exportAccess(deps: Deps, by: Acting, query: AccessLogQuery): Promise<CsvFile> {
  await limitRate(deps, 'access_log_export', by)
  const filter = await filterOf(deps, by, query)
  const { rows, offset } = pageOf(query)
  const wanted = query.limit === undefined && query.page === undefined ? undefined : rows
  const csv = csvOf(accessLogColumns, entryBatches(deps, { ...filter, limit: wanted, offset }))
  const file_name = `access-logs-${rfc3339(filter.now).slice(0, 10)}.csv`
  return { file_name, csv: await begun(deps, by.caller, csv) }
}

/** What of the log a query means, among the developer's own. @refuses client_not_found */
export async function filterOf(deps: Deps, by: Acting, query: AccessLogQuery): Promise<AccessLogFilter> {
  const { start_date, end_date, status, client_id } = query
  const filter = { developer_id: by.account.id, now: deps.clock.now() }
  if (client_id !== undefined) await mustHaveAsked(deps, { ...filter, client_id })
  return {
    ...filter,
    client_id,
    states: status === undefined ? undefined : statesOf(Number(status) as 0 | 1 | 2),
    from: start_date === undefined ? undefined : firstSecond(start_date),
    to: end_date === undefined ? undefined : lastSecond(end_date),
  }
}

/** The developer's own client, or one deleted since that is still in the log. */
async function mustHaveAsked(
  { store }: Deps,
  filter: AccessLogFilter & { client_id: string },
): Promise<void> {
  const client = await store.clients.findByClientId(filter.client_id)
  if (client?.developer_id === filter.developer_id) return
  const { total } = await store.requests.log({ ...filter, limit: 1 })
  if (total === 0) throw refuse('client_not_found')
}

/** `rows` undefined: all of them, which is one page. */
function pageOf(query: AccessLogQuery): {
  limit: number
  page: number
  rows: number | undefined
  offset: number
} {
  const limit = Number(query.limit ?? defaultLimit)
  if (limit <= 0) return { limit, page: 1, rows: undefined, offset: 0 }
  const page = Number(query.page ?? 1)
  return { limit, page, rows: limit, offset: (page - 1) * limit }
}

function entryAnswer(entry: AccessLogEntry): AccessLogEntryAnswer {
  return {
    id: entry.id,
    client_id: entry.client_id,
    client_name: entry.client_name,
    timestamp: rfc3339(entry.created_at),
    ...requestStatus(entry),
    redirect_uri: entry.redirect_uri,
    scopes: [...entry.scopes],
    approved_scopes: [...entry.approved_scopes],
    rejected_scopes: [...entry.rejected_scopes],
    consent_expires_at: rfc3339(entry.expires_at),
    ...(entry.code_expires_at === null ? {} : { code_expires_at: rfc3339(entry.code_expires_at) }),
  }
}

/** Requests that come in meanwhile push the rest down the list: what the last batch had already is left out. */
async function* entryBatches(
  { store }: Deps,
  filter: AccessLogFilter,
): AsyncGenerator<AccessLogEntryAnswer[]> {
  const { limit: wanted = Number.POSITIVE_INFINITY, offset: first = 0 } = filter
  let seen = new Set<string>()
  for (let read = 0; read < wanted; read += exportedAtOnce) {
    const limit = Math.min(exportedAtOnce, wanted - read)
    const { entries } = await store.requests.log({ ...filter, limit, offset: first + read })
    yield entries.filter(({ id }) => !seen.has(id)).map(entryAnswer)
    if (entries.length < limit) return
    seen = new Set(entries.map(({ id }) => id))
  }
}
