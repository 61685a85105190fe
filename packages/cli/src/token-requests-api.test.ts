import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExplainedTokenRequestAnswer } from '@valetkey/protocol'
import { afterEach, expect, test } from 'vitest'
import { followTokenRequests, getTokenRequest } from './token-requests-api.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void
let server: Server | undefined
const ending = new AbortController()

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server that answers each request with the next of these, and the last one for ever. */
async function serverOf(...answers: readonly Answer[]) {
  const seen: IncomingMessage[] = []
  server = createServer((request, response) => {
    seen.push(request)
    answers[Math.min(seen.length, answers.length) - 1]?.(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return { seen, session: { url, email: '', token: 'a token', expires_at: '' } }
}

const traceIdOf = (n: number): string => n.toString(16).padStart(32, '0')
const aRequest = (n: number): ExplainedTokenRequestAnswer => ({
  trace_id: traceIdOf(n),
  at: '2026-03-01T12:00:00Z',
  client_id: 'photos',
  client_name: 'Photos',
  authenticated: true,
  outcome: 'granted',
  reason: null,
  cause: null,
  means: null,
  status: 200,
  network: '127.0.0.1',
  user_agent: '',
  duration_ms: 1,
  grant_id: null,
  request: { content_type: '', content_length: 0, parameters: [] },
  explanation: { vocabulary: 1, first_failure: null, steps: [] },
})
const event = (n: number): string =>
  `id: place-${n}\nevent: token_request\ndata: ${JSON.stringify(aRequest(n))}\n\n`

const stream =
  (...numbers: readonly number[]): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`retry: 2000\n\n:\n\n${numbers.map(event).join('')}`)
  }
const refusal =
  (status: number, error: string): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error, error_description: error, trace_id: traceIdOf(0), error_uri: '' }))
  }

async function numbersOf(
  requests: AsyncIterable<ExplainedTokenRequestAnswer>,
  enough: number,
): Promise<number[]> {
  const numbers: number[] = []
  for await (const { trace_id } of requests) {
    numbers.push(Number.parseInt(trace_id, 16))
    if (numbers.length === enough) break
  }
  return numbers
}

test('a stream that ends is taken up behind the last request, and none is told twice', async () => {
  const { seen, session } = await serverOf(stream(1, 2), stream(2, 1, 3))
  const told: (number | 'again')[] = []
  const requests = followTokenRequests(session, {
    client_id: 'photos',
    signal: ending.signal,
    onBreak: (_why, pauseMs) => told.push(pauseMs),
    onAgain: () => told.push('again'),
  })
  expect(await numbersOf(requests, 3)).toEqual([1, 2, 3])
  expect(told).toEqual([1000, 'again'])
  expect(seen.map(({ url, headers }) => [url, headers['last-event-id'], headers.authorization])).toEqual([
    ['/api/v0/developer/auth/token-requests/tail?client_id=photos', undefined, 'Bearer a token'],
    ['/api/v0/developer/auth/token-requests/tail?client_id=photos', 'place-2', 'Bearer a token'],
  ])
})

test('an event that arrives in pieces is one event', async () => {
  const { session } = await serverOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const bytes = Buffer.from(event(1).replace('Photos', 'Fotos für später'))
    const middle = bytes.indexOf(Buffer.from('ü')) + 1
    response.write(bytes.subarray(0, middle))
    setTimeout(() => response.end(bytes.subarray(middle)), 50)
  })
  const requests = followTokenRequests(session, { signal: ending.signal })
  const { value } = await requests.next()
  expect(value?.client_name).toBe('Fotos für später')
  await requests.return()
})

test('a server that is busy for a moment is asked again, one that ends the session is not', async () => {
  const { seen, session } = await serverOf(
    stream(1),
    refusal(503, 'temporarily_unavailable'),
    refusal(401, 'unauthorized'),
  )
  const breaks: number[] = []
  const requests = followTokenRequests(session, {
    signal: ending.signal,
    onBreak: (_why, pauseMs) => breaks.push(pauseMs),
  })
  await expect(numbersOf(requests, 9)).rejects.toMatchObject({
    error: 'unauthorized',
    message: `Your session at ${session.url} has ended: valetkey login --url ${session.url}`,
  })
  expect(breaks).toEqual([1000, 2000])
  expect(seen).toHaveLength(3)
})

test('what cannot begin is told at once', async () => {
  const { seen, session } = await serverOf(refusal(503, 'temporarily_unavailable'))
  const requests = followTokenRequests(session, { signal: ending.signal })
  await expect(requests.next()).rejects.toMatchObject({ status: 503 })
  expect(seen).toHaveLength(1)
  const nowhere = followTokenRequests({ ...session, url: 'http://localhost:4' }, { signal: ending.signal })
  await expect(nowhere.next()).rejects.toMatchObject({ error: 'unreachable' })
})

test('an event as long as no explanation is, is not kept in memory', async () => {
  let sent = 0
  const { session } = await serverOf(stream(1), (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: ')
    const more = () => {
      for (let room = true; room && !response.destroyed; sent++) room = response.write('x'.repeat(65_536))
    }
    response.on('drain', more)
    more()
  })
  const whys: string[] = []
  const done = new AbortController()
  const requests = followTokenRequests(session, {
    signal: done.signal,
    onBreak: (why) => {
      whys.push(why)
      if (whys.length === 2) done.abort()
    },
  })
  expect(await numbersOf(requests, 9)).toEqual([1])
  expect(whys).toHaveLength(2)
  expect(sent).toBeLessThan(1_000)
})

test('what is no trace_id is asked of no server', async () => {
  const { seen, session } = await serverOf(stream(1))
  for (const text of ['tail', '..', '', `${traceIdOf(1)}/`, traceIdOf(1).toUpperCase().replace('1', 'G')])
    await expect(getTokenRequest(session, text, { patienceMs: 0 })).rejects.toMatchObject({
      error: 'not_found',
    })
  expect(seen).toHaveLength(0)
})

test('a trace that is not written yet is waited for, up to a point', async () => {
  const notYet = refusal(404, 'not_found')
  const there: Answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(aRequest(7)))
  }
  const { session } = await serverOf(notYet, there)
  await expect(getTokenRequest(session, traceIdOf(7), { patienceMs: 3_000 })).resolves.toEqual(aRequest(7))
  const never = await serverOf(notYet)
  await expect(getTokenRequest(never.session, traceIdOf(7), { patienceMs: 0 })).rejects.toThrow(
    'typed right?',
  )
  expect(never.seen).toHaveLength(1)
})
