import type { AccessLogEntryAnswer } from '@valetkey/protocol'

const columns: readonly (readonly [title: string, cell: (entry: AccessLogEntryAnswer) => string])[] = [
  ['Timestamp', (entry) => entry.timestamp],
  ['Client ID', (entry) => entry.client_id],
  ['Client Name', (entry) => entry.client_name],
  ['Status', (entry) => entry.access_status],
  ['Redirect URI', (entry) => entry.redirect_uri],
  ['Scopes', (entry) => entry.scopes.join(',')],
  ['Approved Scopes', (entry) => entry.approved_scopes.join(',')],
  ['Rejected Scopes', (entry) => entry.rejected_scopes.join(',')],
  ['Rejection Reason', (entry) => entry.rejection_reason ?? ''],
]

/** The access log as CSV: a chunk per batch, the header with the first. @source RFC 4180 §2, with LF as line end */
export async function* accessLogCsv(
  batches: AsyncIterable<readonly AccessLogEntryAnswer[]>,
): AsyncGenerator<string> {
  let head = line(columns.map(([title]) => title))
  for await (const entries of batches) {
    yield head + entries.map((entry) => line(columns.map(([, cell]) => cell(entry)))).join('')
    head = ''
  }
}

const line = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\n`

/** Quoted when it must be. A text that a spreadsheet would run as a formula gets an apostrophe in front. @source OWASP CSV injection */
export function csvCell(text: string): string {
  const harmless = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
