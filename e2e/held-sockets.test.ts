/** Nobody holds a socket of the server for longer than it takes. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startServer, type TestServer } from './testing/story.ts'

/** Sends this, hears the answer and the end of it, and never ends its own side. */
async function deafTo(server: TestServer, bytes: string): Promise<{ socket: Socket; answer: string }> {
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true })
  let answer = ''
  socket.on('data', (piece: Buffer) => {
    answer += piece.toString('latin1')
  })
  socket.write(bytes)
  await once(socket, 'end')
  return { socket, answer }
}

/** Whether the other side has closed the socket altogether, so that what is written is rejected. */
async function isClosed(socket: Socket): Promise<boolean> {
  socket.on('error', () => undefined)
  for (let tries = 0; tries < 100 && !socket.destroyed; tries++) {
    socket.write('x')
    await sleep(60)
  }
  return socket.destroyed
}

test.each([
  ['no HTTP', 'nonsense\r\n\r\n'],
  ['a body that cannot be', 'POST /oauth2/token HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n'],
  ['a head without end', `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n`],
])('who sends %s and never closes is answered, and closed soon after', async (_what, bytes) => {
  const server = await startServer()
  const { socket, answer } = await deafTo(server, bytes)
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toHaveProperty('error')
  expect(await isClosed(socket)).toBe(true)
  await server.stop()
})
