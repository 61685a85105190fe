import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Caller, Deps } from '../deps.ts'

/** What a column is called, and what stands in it. */
export type CsvColumns<Entry> = readonly (readonly [title: string, cell: (entry: Entry) => string])[]

export interface CsvFile {
  readonly file_name: string
  readonly csv: AsyncIterable<string>
}

/** A chunk per batch, the header with the first. @source RFC 4180 §2, with LF as line end */
export async function* csvOf<Entry>(
  columns: CsvColumns<Entry>,
  batches: AsyncIterable<readonly Entry[]>,
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

/** Reads the first chunk now, while a failure can still be told in words. A later one ends the transfer unfinished. */
export async function begun(
  { log }: Pick<Deps, 'log'>,
  { trace_id }: Pick<Caller, 'trace_id'>,
  chunks: AsyncGenerator<string>,
): Promise<AsyncIterable<string>> {
  const first = await chunks.next()
  return (async function* () {
    try {
      if (!first.done) yield first.value
      yield* chunks
    } catch (thrown) {
      log.error('export_broken_off', { trace_id, cause: thrown })
      throw thrown
    }
  })()
}

/** How a schema says that a route answers with such a file. */
export const csvAnswer = {
  description: 'CSV',
  content: { 'text/csv': { schema: z.unknown().meta({ type: 'string' }) } },
}

export function sendCsv(reply: FastifyReply, { file_name, csv }: CsvFile): FastifyReply {
  reply.headers({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${file_name}"`,
  })
  return reply.send(Readable.from(csv))
}
