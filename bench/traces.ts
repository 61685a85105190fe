import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TokenRequestListAnswer } from '@valetkey/protocol'
import { connect } from './connection.ts'
import { newCode, valetkeyRequest } from './requests.ts'
import { type Seeded, type SeededClient, signIn } from './seed.ts'

/** Token requests of a client that proves who it is and sends a code that nobody was given. Returns their trace_ids. */
export async function failByItself(port: number, client: SeededClient, count: number): Promise<string[]> {
  const connection = await connect(port)
  const trace_ids: string[] = []
  while (trace_ids.length < count) {
    const request = valetkeyRequest(client, newCode())
    const { body } = await connection.ask(request, { status: 400, containing: '"invalid_code"' })
    trace_ids.push(JSON.parse(body).trace_id)
  }
  connection.end()
  return trace_ids
}

/** What the database of this folder holds of a client's token requests. */
export interface Kept {
  /** Traces, and how many of them prove who sent them. */
  readonly traces: number
  readonly authenticated: number
  /** Requests that were counted, whether or not their trace is still there. */
  readonly counted: number
  /** Bytes of the whole database, its journal included. */
  readonly bytes: number
}

export function lookInto(data: string, client_id: string): Kept {
  const file = join(data, 'valetkey.db')
  const database = new DatabaseSync(file, { readOnly: true })
  const sum = (what: string, table: string): number => {
    const row = database.prepare(`select ${what} as sum from ${table} where filed_under = ?`).get(client_id)
    return Number(row?.sum ?? 0)
  }
  const kept = {
    traces: sum('count(*)', 'token_requests'),
    authenticated: sum('sum(authenticated)', 'token_requests'),
    counted: sum('sum(requests)', 'token_request_counts'),
  }
  database.close()
  return { ...kept, bytes: statSync(file).size + statSync(`${file}-wal`).size }
}

/** How many of these token requests the client's developer is shown. */
export async function countListed(
  port: number,
  seeded: Seeded,
  client: SeededClient,
  trace_ids: readonly string[],
): Promise<number> {
  const headers = { authorization: `Bearer ${await signIn(seeded)}` }
  const wanted = new Set(trace_ids)
  let cursor: string | null = ''
  while (cursor !== null) {
    const query = new URLSearchParams({ client_id: client.client_id, reason: 'code_unknown', limit: '100' })
    if (cursor !== '') query.set('cursor', cursor)
    const response = await fetch(
      `http://127.0.0.1:${port}/api/v0/developer/auth/token-requests?${query.toString()}`,
      { headers },
    )
    if (response.status !== 200) throw new Error(`the list was answered with ${response.status}`)
    const page = (await response.json()) as TokenRequestListAnswer
    for (const { trace_id } of page.token_requests) wanted.delete(trace_id)
    cursor = page.next_cursor
  }
  return trace_ids.length - wanted.size
}
