import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../testing/test-deps.ts'

type App = Awaited<ReturnType<typeof testApp>>['app']
let app: App
let port: number
beforeAll(async () => {
  ;({ app } = await testApp())
  await app.listen({ port: 0, host: '127.0.0.1' })
  port = portOf(app)
})
afterAll(() => app.close())

function portOf(listening: App): number {
  const address = listening.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** What comes back when these bytes are sent as they are. */
async function raw(bytes: string): Promise<{ status: number; head: string; body: Record<string, unknown> }> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString()
  })
  await once(socket, 'close')
  const [head = '', body = '{}'] = text.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), head, body: JSON.parse(body) }
}

test.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['a method that nobody knows', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
  ['headers beyond the limit', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
])('%s is refused in the same shape as everything else', async (_what, bytes, status) => {
  const answer = await raw(bytes)
  expect(answer.status).toBe(status)
  expect(answer.body).toEqual({
    error: 'invalid_request',
    error_description: expect.any(String),
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    error_uri: 'https://valetkey.test/errors/request_malformed',
  })
  expect(answer.head).toContain(`x-trace-id: ${answer.body.trace_id}`)
})

test('parameters in the address of the token request are refused and leave no mark in the log', async () => {
  const { app: other, deps } = await testApp()
  const url = '/api/v0/oauth2/token?client_secret=canary-in-the-address'
  const payload = { client_id: 'a', client_secret: 'b', redirect_uri: 'c', code: 'd' }
  const answer = await other.inject({ method: 'POST', url, payload })
  expect([answer.statusCode, answer.json().error]).toEqual([400, 'invalid_request'])
  expect(deps.logLines.join('')).not.toContain('canary')
  await other.close()
})

test.each([
  ['headers', 'POST /api/v0/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n'],
  [
    'a body',
    'POST /api/v0/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"',
  ],
])('a request whose sender stops amid %s does not keep the server from stopping', async (_what, bytes) => {
  const { app: other } = await testApp()
  await other.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect(portOf(other), '127.0.0.1')
  socket.on('error', () => undefined).resume()
  await once(socket, 'connect')
  socket.write(bytes)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await other.close()
  await closed
})
