import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { afterEach, expect, test, vi } from 'vitest'
import { refuse } from '../refusals.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'
import { drainOnClose } from './drain.ts'
import { type ServerSentEvent, sendEvents, whenGone } from './server-sent-events.ts'

const often = { heartbeatMs: 20, retryMs: 3_000 }
const seldom = { heartbeatMs: 60_000, retryMs: 3_000 }
const hello = { id: '1', event: 'token_request', data: { text: 'two\nlines' } }

let app: FastifyInstance
let deps: TestDeps
afterEach(() => app.close())

/** A server with one stream, at the address that is returned. */
async function streaming(
  events: (reply: FastifyReply) => AsyncIterable<ServerSentEvent>,
  options = seldom,
): Promise<string> {
  ;({ app, deps } = await testApp())
  app.get('/events', async (_request, reply) => sendEvents(deps, reply, events(reply), options))
  return `${await app.listen({ port: 0, host: '127.0.0.1' })}/events`
}

/** Waits for nothing but the end, as a source that has nothing to tell does. */
async function* silence(gone: AbortSignal, ended: () => void): AsyncGenerator<ServerSentEvent> {
  try {
    yield hello
    if (!gone.aborted) await once(gone, 'abort')
  } finally {
    ended()
  }
}

/** Reads until `end` is there, or the stream has ended. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, end: string): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  while (!text.includes(end)) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value)
  }
  return text
}

function bodyOf(answer: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (answer.body === null) throw new Error('no body')
  return answer.body.getReader()
}

const accessLines = () => deps.logLines.filter((line) => line.includes('"event":"request"'))

test('events go out one by one, each with id, name and one line of JSON, and the answer ends with them', async () => {
  const url = await streaming(async function* () {
    yield hello
    yield { id: '2\nevent: forged', event: 'token\r_request', data: undefined }
  })
  const answer = await fetch(url)
  expect(answer.status).toBe(200)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'x-trace-id': expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  expect(await answer.text()).toBe(
    'retry: 3000\n\n' +
      'id: 1\nevent: token_request\ndata: {"text":"two\\nlines"}\n\n' +
      'id: 2 event: forged\nevent: token _request\ndata: null\n\n',
  )
  await expect.poll(() => accessLines()).toHaveLength(1)
  expect(accessLines()[0]).toContain('"route":"/events","status":200')
  expect(accessLines()[0]).not.toContain('cut_off')
})

test('the answer begins before the first event, and a comment goes out while there is none', async () => {
  const url = await streaming((reply) => silence(whenGone(reply), () => undefined), often)
  const reader = bodyOf(await fetch(url))
  expect(await readUntil(reader, ':\n\n:\n\n')).toMatch(/^retry: 3000\n\nid: 1\n[\s\S]*\n\n:\n\n:\n\n/)
  await reader.cancel()
})

test('when the client leaves, the source ends and the access line is written', async () => {
  const ended = vi.fn()
  const url = await streaming((reply) => silence(whenGone(reply), ended))
  const reader = bodyOf(await fetch(url))
  await readUntil(reader, 'data: ')
  expect(ended).not.toHaveBeenCalled()
  await reader.cancel()
  await expect.poll(() => ended).toHaveBeenCalledOnce()
  await expect.poll(() => accessLines()).toHaveLength(1)
  expect(accessLines()[0]).toContain('"cut_off":true')
})

test('a source that does not listen ends at its next event', async () => {
  const ended = vi.fn()
  let next = (): void => undefined
  const url = await streaming(async function* () {
    try {
      for (;;) {
        yield hello
        await new Promise<void>((resolve) => {
          next = resolve
        })
      }
    } finally {
      ended()
    }
  })
  const reader = bodyOf(await fetch(url))
  await readUntil(reader, 'data: ')
  await reader.cancel()
  await expect.poll(() => accessLines()).toHaveLength(1)
  expect(ended).not.toHaveBeenCalled()
  next()
  await expect.poll(() => ended).toHaveBeenCalledOnce()
})

test('a stop of the server ends every stream at once, and properly', async () => {
  const ended = vi.fn()
  const url = await streaming((reply) => silence(whenGone(reply), ended))
  const readers = (await Promise.all(Array.from({ length: 20 }, () => fetch(url)))).map(bodyOf)
  await Promise.all(readers.map((reader) => readUntil(reader, 'data: ')))
  const begun = performance.now()
  const rest = Promise.all(readers.map((reader) => readUntil(reader, 'never there')))
  await app.close()
  expect(performance.now() - begun).toBeLessThan(4_000)
  // `fetch` would reject were an answer cut off before its last chunk.
  expect((await rest).join('')).not.toContain('retry')
  expect(ended).toHaveBeenCalledTimes(20)
})

test('a reader that takes nothing slows the source down, and does not keep the server from stopping', async () => {
  let yielded = 0
  const ended = vi.fn()
  const data = 'x'.repeat(64 * 1024)
  const url = await streaming(async function* () {
    try {
      for (;;) yield { id: String(++yielded), event: 'much', data }
    } finally {
      ended()
    }
  })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n')
  await expect.poll(() => yielded).toBeGreaterThan(0)
  await vi.waitFor(
    async () => {
      const before = yielded
      await setTimeout(200)
      expect(yielded).toBe(before)
    },
    { timeout: 10_000 },
  )
  // What the two sockets' buffers take, and no more.
  expect(yielded * data.length).toBeLessThan(64 * 1024 * 1024)
  expect(ended).not.toHaveBeenCalled()
  const begun = performance.now()
  await app.close()
  expect(performance.now() - begun).toBeLessThan(4_000)
  await expect.poll(() => ended).toHaveBeenCalledOnce()
  socket.destroy()
})

test('what goes wrong once the answer has begun is logged and ends the stream, not the server', async () => {
  const url = await streaming(async function* () {
    yield hello
    throw new Error('the source broke')
  })
  const answer = await fetch(url)
  expect(await answer.text()).toContain('id: 1\n')
  expect(deps.logLines.join('')).toContain('"event":"event_stream_failed"')
  expect(deps.logLines.join('')).toContain('server-sent-events.test.ts:')
  expect((await fetch(url)).status).toBe(200)
})

test('a refusal before the stream is answered like every other', async () => {
  const url = await streaming(() => {
    throw refuse('route_unknown')
  })
  const answer = await fetch(url)
  expect(answer.status).toBe(404)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(await answer.json()).toMatchObject({ error: expect.any(String), trace_id: expect.any(String) })
})

test('HEAD is answered and leaves no stream behind', async () => {
  let gone: AbortSignal | undefined
  const url = await streaming((reply) => {
    gone = whenGone(reply)
    return silence(gone, () => undefined)
  })
  const answer = await fetch(url, { method: 'HEAD' })
  expect([answer.status, await answer.text()]).toEqual([200, ''])
  await expect.poll(() => gone?.aborted).toBe(true)
})

test('a stream outlives the time that a request may take to arrive', async () => {
  app = Fastify({ requestTimeout: 50, http: { connectionsCheckingInterval: 20 } })
  drainOnClose(app)
  const log = { info: () => undefined, error: () => undefined }
  app.get('/events', async (_request, reply) =>
    sendEvents(
      { log },
      reply,
      silence(whenGone(reply), () => undefined),
      often,
    ),
  )
  const reader = bodyOf(await fetch(`${await app.listen({ port: 0, host: '127.0.0.1' })}/events`))
  expect(await readUntil(reader, ':\n\n'.repeat(15))).toContain('id: 1\n')
  await reader.cancel()
})

test('a client that hangs up before its answer has an access line, too', async () => {
  ;({ app, deps } = await testApp())
  app.get('/slow', async () => setTimeout(200, {}))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
  await setTimeout(50)
  socket.destroy()
  await expect.poll(() => accessLines()).toHaveLength(1)
  expect(accessLines()[0]).toContain('"cut_off":true')
})
