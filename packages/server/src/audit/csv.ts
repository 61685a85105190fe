import { type CsvColumns, csvOf } from '../http/csv.ts'
import { auditColumns } from '../store/schema.ts'
import type { ExportedEvent } from './export.ts'

const columns: CsvColumns<ExportedEvent> = (
  ['seq', ...auditColumns, 'previous_hash', 'chain_hash'] as const
).map((name) => [name, (event) => String(event[name] ?? '')])

/** An export for a spreadsheet. What begins like a formula is changed in it, so it is for reading, not for verifying. */
export const auditCsv = (events: AsyncIterable<ExportedEvent>): AsyncGenerator<string> =>
  csvOf(columns, batches(events))

async function* batches<Event>(events: AsyncIterable<Event>): AsyncGenerator<readonly Event[]> {
  yield []
  for await (const event of events) yield [event]
}
