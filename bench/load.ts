import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'

/** What every answer must be; anything else ends the round. */
export interface Expected {
  readonly status: number
  /** A text in every body. */
  readonly containing: string
}

export interface Round {
  readonly per_second: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

const connections = 32

/**
 * Sends each of these HTTP/1.1 requests once, over 32 keep-alive connections that each wait for their answer, and
 * checks every answer. Bare sockets rather than an HTTP client, so that the generator is cheaper than any server.
 *
 * @throws when an answer is not as expected, a connection breaks, or the round takes longer than `timeoutMs`
 */
export async function load(
  port: number,
  requests: readonly Buffer[],
  expected: Expected,
  timeoutMs = 120_000,
): Promise<Round> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => connect(port)))
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy(new Error(`the round took longer than ${timeoutMs} ms`))
  }, timeoutMs)
  const latencies = new Float64Array(requests.length)
  let next = 0
  try {
    const begin = performance.now()
    await Promise.all(sockets.map((socket) => converse(socket, () => next++)))
    const seconds = (performance.now() - begin) / 1000
    latencies.sort()
    return { per_second: requests.length / seconds, p50: at(latencies, 0.5), p99: at(latencies, 0.99) }
  } finally {
    clearTimeout(timer)
    for (const socket of sockets) socket.destroy()
  }

  /** One connection: a request, its answer, the next one, until none is left. */
  function converse(socket: Socket, take: () => number): Promise<void> {
    return new Promise((resolve, reject) => {
      let current = 0
      let sent = 0
      let received: Buffer | undefined
      const send = (): void => {
        current = take()
        const request = requests[current]
        sent = performance.now()
        if (request === undefined) resolve()
        else socket.write(request)
      }
      socket.on('data', (chunk: Buffer) => {
        received = received === undefined ? chunk : Buffer.concat([received, chunk])
        const answer = readAnswer(received)
        if (answer === undefined) return
        latencies[current] = performance.now() - sent
        received = undefined
        if (answer.status !== expected.status || !answer.body.includes(expected.containing)) {
          return reject(
            new Error(
              `expected ${expected.status} with ${expected.containing}, got ${answer.status} ${answer.body}`,
            ),
          )
        }
        send()
      })
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed a connection')))
      send()
    })
  }
}

/** Resolves when the server answers `GET path` with 200. */
export async function firstAnswer(port: number, path: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`GET ${path} was answered with ${response.status}`)
}

async function connect(port: number): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** The answer, once it is there as a whole. Every server here names the length of its body. */
function readAnswer(bytes: Buffer): { status: number; body: string } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.toString('latin1', 0, end)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without content-length: ${head}`)
  const size = end + 4 + Number(length)
  return bytes.length < size
    ? undefined
    : { status: Number(head.slice(9, 12)), body: bytes.toString('latin1', end + 4, size) }
}

/** The value below which this share of the sorted ones lies. */
function at(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
