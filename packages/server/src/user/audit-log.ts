import {
  type AuditActionsAnswer,
  type AuditEntryAnswer,
  type AuditFilterQuery,
  type AuditLogAnswer,
  type AuditLogQuery,
  firstSecond,
  lastSecond,
  rfc3339,
  secondsPerDay,
} from '@valetkey/protocol'
import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Account } from '../domain/account.ts'
import { actionsNamed, auditNames, auditWords, kindsThatSay } from '../domain/audit-words.ts'
import { begun, type CsvColumns, type CsvFile, csvOf } from '../http/csv.ts'
import { limitRate } from '../http/limits.ts'
import { isUuid } from '../ids.ts'
import { refuse } from '../refusals.ts'
import type { AuditEntry, AuditFilter, AuditPlace } from '../store/audit.ts'

const defaultLimit = 50
const defaultExportDays = 7
const longestExportDays = 90
const mostExported = 100_000
/** Rows read at a time while exporting, so that memory does not grow with the log. */
const exportedAtOnce = 1000

/**
 * What this user did, and what others did or tried with the user's account and access, newest first.
 *
 * @refuses request_malformed rate_limited
 */
export async function listAudit(deps: Deps, by: Acting, query: AuditLogQuery): Promise<AuditLogAnswer> {
  await limitRate(deps, 'audit_log_read', by)
  const filter = filterOf(by, query)
  const size = Number(query.limit ?? defaultLimit)
  const after = query.cursor === undefined ? undefined : placeOf(query.cursor)
  const entries = await deps.store.audit.log(filter, { limit: size + 1, after })
  const shown = entries.slice(0, size)
  const last = entries.length > size ? shown.at(-1) : undefined
  return {
    Items: shown.map((entry) => entryAnswer(entry, by.account)),
    NextCursor: last === undefined ? '' : cursorOf(last),
    TotalCount: await deps.store.audit.count(filter),
  }
}

/** All that can occur, for a menu that stays the same. */
export function listActions(): AuditActionsAnswer {
  return { actions: [...auditNames] }
}

/** The same as CSV: the last 7 days unless dates are given, which span at most 90. @refuses request_malformed rate_limited */
export async function exportAudit(deps: Deps, by: Acting, query: AuditFilterQuery): Promise<CsvFile> {
  await limitRate(deps, 'audit_log_export', by)
  const now = deps.clock.now()
  const filter = filterOf(by, query)
  const to = Math.min(filter.to ?? now, now)
  const from = filter.from ?? to - defaultExportDays * secondsPerDay
  if (to - from > longestExportDays * secondsPerDay) {
    throw refuse('request_malformed', { description: 'from: an export covers at most 90 days.' })
  }
  const csv = csvOf(columns, entryBatches(deps, { ...filter, from, to }, by.account))
  return {
    file_name: `audit-logs-${rfc3339(now).slice(0, 10)}.csv`,
    csv: await begun(deps, by.caller, csv),
  }
}

const columns: CsvColumns<AuditEntryAnswer> = (
  ['timestamp', 'actor', 'action', 'resource', 'message', 'ip_address', 'status'] as const
).map((name) => [name, (entry) => entry[name]])

function filterOf({ account }: Acting, { action, status, search, from, to }: AuditFilterQuery): AuditFilter {
  return {
    user_id: account.id,
    actions: action === undefined ? undefined : actionsNamed(action),
    outcome: status,
    search: search === undefined ? undefined : { text: search, kinds: kindsThatSay(search) },
    from: from === undefined ? undefined : firstSecond(from),
    to: to === undefined ? undefined : lastSecond(to),
  }
}

function cursorOf({ at, id }: AuditPlace): string {
  return Buffer.from(`${at}.${id}`).toString('base64url')
}

function placeOf(cursor: string): AuditPlace {
  const [, at, id = ''] = /^(\d{1,12})\.(.*)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (isUuid(id)) return { at: Number(at), id }
  throw refuse('request_malformed', { description: 'cursor: must be the NextCursor of an earlier answer.' })
}

function entryAnswer(entry: AuditEntry, account: Account): AuditEntryAnswer {
  const { name, message } = auditWords(entry, entry.app_name)
  return {
    id: entry.id,
    timestamp: rfc3339(entry.at),
    ...actorOf(entry, account),
    action: name,
    resource: entry.resource ?? '',
    message,
    ip_address: entry.network,
    status: entry.outcome,
  }
}

function actorOf(
  { actor_id, actor_name }: AuditEntry,
  { id, full_name, email }: Account,
): Pick<AuditEntryAnswer, 'actor_id' | 'actor' | 'actor_email'> {
  if (actor_id === id) return { actor_id, actor: full_name, actor_email: email }
  return { actor_id: actor_id ?? '', actor: actor_name ?? 'unknown', actor_email: '' }
}

/** Each batch goes on behind the last row of the one before, whatever came in meanwhile. */
async function* entryBatches(
  { store }: Deps,
  filter: AuditFilter,
  account: Account,
): AsyncGenerator<AuditEntryAnswer[]> {
  let after: AuditPlace | undefined
  for (let read = 0; read < mostExported; read += exportedAtOnce) {
    const entries = await store.audit.log(filter, { limit: exportedAtOnce, after })
    yield entries.map((entry) => entryAnswer(entry, account))
    if (entries.length < exportedAtOnce) return
    after = entries.at(-1)
  }
}
