import { connect } from 'node:net'

/** Bytes to be thrown at a server. What is not `whole` is no request, and gets a connection of its own that ends with it. */
export interface Piece {
  readonly bytes: Buffer
  readonly whole: boolean
}

/** What came back. */
export interface Flood {
  readonly sent: number
  /** By status; 0 for connections that ended without an answer. */
  readonly statuses: ReadonlyMap<number, number>
}

const connections = 16
/** How many requests are sent before the first answer is waited for. */
const ahead = 8
const patienceMs = 20_000

/** Sends all of them, several at a time over each connection, and counts what comes back. */
export async function flood(port: number, pieces: Iterable<Piece>): Promise<Flood> {
  const source = pieces[Symbol.iterator]()
  const statuses = new Map<number, number>()
  let sent = 0
  const count = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1)

  const sender = async (): Promise<void> => {
    for (;;) {
      const whole: Buffer[] = []
      const broken: Buffer[] = []
      while (whole.length < ahead) {
        const next = source.next()
        if (next.done === true) break
        if (next.value.whole) whole.push(next.value.bytes)
        else broken.push(next.value.bytes)
      }
      if (whole.length + broken.length === 0) return
      sent += whole.length + broken.length
      for (const one of broken) await exchange(port, [one], count, true)
      // What closes a connection takes those behind it along: they are sent again.
      for (let left = whole; left.length > 0; )
        left = left.slice(Math.max(1, await exchange(port, left, count, false)))
    }
  }
  await Promise.all(Array.from({ length: connections }, sender))
  return { sent, statuses }
}

/** One connection: everything at once, then whatever comes until it closes or all are answered. How many were. */
function exchange(
  port: number,
  requests: readonly Buffer[],
  count: (status: number) => void,
  ends: boolean,
): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let answered = 0
    let tail = ''
    const done = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answered)
    }
    const timer = setTimeout(done, patienceMs)
    socket.on('connect', () => {
      socket.write(Buffer.concat(requests))
      if (ends) socket.end()
    })
    socket.on('data', (piece: Buffer) => {
      const text = tail + piece.toString('latin1')
      let from = 0
      for (const { 1: status, index } of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        count(Number(status))
        answered++
        from = index + 13
      }
      tail = text.slice(Math.max(from, text.length - 12))
      if (answered >= requests.length) done()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (answered === 0) count(0)
      done()
    })
  })
}
