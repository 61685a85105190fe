/** `node slow-client.ts PORT CONNECTIONS MOST_MS`: opens them, says a byte a second over each, and reports to its parent. */
import { connect, type Socket } from 'node:net'

export interface SlowReport {
  /** Open at the same time. */
  readonly opened: number
  /** Milliseconds from the last opening to the last cut. */
  readonly lastCutMs: number
  /** Not cut in time. */
  readonly left: number
}

const [port = 0, wanted = 0, mostMs = 0] = process.argv.slice(2).map(Number)
process.on('disconnect', () => process.exit(1))

const open = new Set<Socket>()
/** What is begun and never ended; undefined says nothing at all. */
const beginnings = [
  'POST /oauth2/token HTTP/1.1\r\nhost: localhost\r\nx-slow: ',
  'POST /api/v0/oauth2/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{"code":"',
  'GE',
  undefined,
]

let most = 0
let lastCut = 0
for (let at = 0; at < wanted; at += 200) {
  await Promise.all(Array.from({ length: Math.min(200, wanted - at) }, (_, n) => begin(at + n)))
  most = Math.max(most, open.size)
}
const since = performance.now()
const drip = setInterval(() => {
  for (const socket of open)
    if (socket.writable && (socket.bytesWritten > 0 || socket.readableEnded)) socket.write('a')
}, 1000)
while (open.size > 0 && performance.now() - since < mostMs)
  await new Promise((resolve) => setTimeout(resolve, 50))
clearInterval(drip)
const report: SlowReport = { opened: most, lastCutMs: Math.max(0, lastCut - since), left: open.size }
process.send?.(report)
for (const socket of open) socket.destroy()
process.disconnect?.()

function begin(n: number): Promise<void> {
  return new Promise((resolve) => {
    // It never closes its own side: what the server ends it must also let go of.
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('connect', () => {
      open.add(socket)
      const beginning = beginnings[n % beginnings.length]
      if (beginning !== undefined) socket.write(beginning)
      resolve()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      open.delete(socket)
      lastCut = performance.now()
      resolve()
    })
    // Answers are read, so that the end is seen.
    socket.resume()
  })
}
