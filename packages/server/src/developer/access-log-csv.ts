import type { AccessLogEntryAnswer } from '@valetkey/protocol'
import type { CsvColumns } from '../http/csv.ts'

/** The access log as a table. */
export const accessLogColumns: CsvColumns<AccessLogEntryAnswer> = [
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
