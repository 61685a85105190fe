import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { quietPort, type Site } from './site.ts'

/** How the line to the database behaves. */
export type Behaviour =
  | 'through'
  /** Nothing goes either way, and nobody is told. */
  | 'hang'
  /** Every connection is reset, and so is each new one. */
  | 'reset'
  /** Every piece takes its time. */
  | 'slow'
  /** Answers end in their middle, and with them the connection. */
  | 'cut-answer'
  /** What was committed is not answered: the connection ends between the two. */
  | 'cut-after-commit'

/** A port that leads to the database, most of the time. */
export interface Line {
  readonly url: string
  behave(how: Behaviour): void
  /** Connections that were cut since this was last asked. */
  cuts(): number
}

/** Of each piece, when it is slow: many pieces make an answer. */
const slowMs = 120

export async function openLine(site: Site, database_url: string): Promise<Line> {
  const target = new URL(database_url)
  const port = await quietPort()
  const pairs = new Set<Pair>()
  let how: Behaviour = 'through'
  let cuts = 0

  const cut = (pair: Pair): void => {
    cuts++
    pair.near.resetAndDestroy()
    pair.far.resetAndDestroy()
  }
  const server = createServer((near) => {
    if (how === 'reset') {
      near.resetAndDestroy()
      return
    }
    const far = connect(Number(target.port), target.hostname)
    const pair = { near, far }
    pairs.add(pair)
    const close = (): void => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('error', close).on('close', close)
    if (how === 'hang') pause(pair)
    near.on('data', (piece: Buffer) => pass(piece, far))
    far.on('data', (piece: Buffer) => {
      if (how === 'cut-after-commit' && commits(piece)) cut(pair)
      else if (how === 'cut-answer' && piece.length > 40) {
        near.write(piece.subarray(0, piece.length / 2), () => cut(pair))
      } else pass(piece, near)
    })
  })
  const pass = (piece: Buffer, to: Socket): void => {
    if (how === 'slow') setTimeout(() => to.writable && to.write(piece), slowMs).unref()
    else if (to.writable) to.write(piece)
  }
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  site.atEnd(() => {
    server.close()
    for (const pair of pairs) cut(pair)
  })

  const url = new URL(database_url)
  url.port = String(port)
  return {
    url: url.href,
    behave(next) {
      how = next
      for (const pair of pairs) {
        if (next === 'reset') cut(pair)
        else if (next === 'hang') pause(pair)
        else resume(pair)
      }
    },
    cuts() {
      const seen = cuts
      cuts = 0
      return seen
    },
  }
}

interface Pair {
  readonly near: Socket
  readonly far: Socket
}

function pause({ near, far }: Pair): void {
  near.pause()
  far.pause()
}

function resume({ near, far }: Pair): void {
  near.resume()
  far.resume()
}

/** What PostgreSQL says once a statement that wrote is committed. @source https://www.postgresql.org/docs/current/protocol-message-formats.html (CommandComplete) */
const commits = (piece: Buffer): boolean =>
  piece.includes('INSERT 0 1\0') || piece.includes('COMMIT\0') || piece.includes('UPDATE 1\0')
