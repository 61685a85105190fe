import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What a socket was told until it was closed. */
export interface Heard {
  readonly status: number
  readonly text: string
  /** Bytes that were taken off our hands before that. */
  readonly sent: number
}

/** A connection that says whatever it likes, for as long as it is let. */
export async function onSocket(port: number, talk: (socket: Socket) => void | Promise<void>): Promise<Heard> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  // Who is cut off while talking is told so by an error.
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  await once(socket, 'connect')
  await talk(socket)
  await closed
  return { status: Number(text.split(' ')[1] ?? 0), text, sent: socket.bytesWritten }
}

/** Goes on as long as the other side takes it, up to `most` bytes. */
export async function pour(socket: Socket, piece: Buffer, most: number): Promise<void> {
  while (!socket.destroyed && socket.writable && socket.bytesWritten < most) {
    if (!socket.write(piece))
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined)
  }
}

/** A request's first lines. */
export const head = (method: string, path: string, headers: Readonly<Record<string, string>>): string =>
  [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n')
