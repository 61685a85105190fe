import { expect } from 'vitest'
import { rowsOf } from './rows.ts'
import type { Answer, TestServer } from './story.ts'

/** The one shape of every error, whoever asked for what. */
export function expectRefused(answer: Answer, what: string): void {
  expect(answer.status, what).toBeGreaterThanOrEqual(400)
  expect(answer.status, what).toBeLessThan(500)
  expect(answer.body, what).toMatchObject({
    error: expect.stringMatching(/^[a-z_]+$/),
    error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    error_uri: expect.stringContaining('/errors/'),
  })
  expect(answer.headers.get('x-trace-id'), what).toBe(answer.body.trace_id)
  expect(answer.headers.get('content-type'), what).toMatch(/^application\/json/)
  expect(answer.headers.get('cache-control'), what).toBe('no-store')
}

/** What is written about requests that were refused. */
const records = ['token_requests', 'token_request_counts', 'audit_events', 'limit_windows']

/** Every row of every table, records of what was refused left out. */
export async function keptRows(
  server: TestServer,
  others: readonly string[] = [],
): Promise<Record<string, unknown>> {
  await server.deps.recorder.flush()
  const where = { data: server.data, database_url: '' }
  const tables = await rowsOf(where, "select name from sqlite_master where type = 'table'")
  const rows: Record<string, unknown> = {}
  for (const name of tables.map((table) => String(table.name)))
    if (![...records, ...others].includes(name)) rows[name] = await rowsOf(where, `select * from "${name}"`)
  return rows
}
