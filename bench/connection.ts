import { once } from 'node:events'
import { createConnection } from 'node:net'

export interface Answer {
  readonly status: number
  readonly body: string
  /** Milliseconds from the request's first byte to the answer's last. */
  readonly ms: number
}

/** What an answer must be. */
export interface Expected {
  readonly status: number
  /** A text in the body. */
  readonly containing: string
}

/** A keep-alive connection. A bare socket rather than an HTTP client, so that asking is cheaper than any answering. */
export interface Connection {
  /** Sends the bytes of one HTTP/1.1 request. One at a time. @throws when the answer is not as expected or none comes */
  ask(request: Buffer, expected: Expected): Promise<Answer>
  /** A request that still waits fails with this reason. */
  end(reason?: Error): void
}

export async function connect(port: number): Promise<Connection> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let heard: (answer: Answer) => void = () => {}
  let failed: (reason: Error) => void = () => {}
  let sent = 0
  let received: Buffer | undefined
  socket.on('data', (chunk: Buffer) => {
    const now = performance.now()
    received = received === undefined ? chunk : Buffer.concat([received, chunk])
    try {
      const answer = readAnswer(received)
      if (answer === undefined) return
      received = undefined
      heard({ ...answer, ms: now - sent })
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined)
    }
  })
  socket.on('error', (reason) => failed(reason))
  socket.on('close', () => failed(new Error('the server closed a connection')))

  return {
    async ask(request, { status, containing }) {
      if (socket.destroyed) throw new Error('the connection has ended')
      const answer = await new Promise<Answer>((resolve, reject) => {
        heard = resolve
        failed = reject
        sent = performance.now()
        socket.write(request)
      })
      if (answer.status === status && answer.body.includes(containing)) return answer
      throw new Error(`expected ${status} with ${containing}, got ${answer.status} ${answer.body}`)
    },
    end: (reason) => void socket.destroy(reason),
  }
}

/** The answer, once it is there as a whole. Every server here names the length of its body. */
function readAnswer(bytes: Buffer): Omit<Answer, 'ms'> | undefined {
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
