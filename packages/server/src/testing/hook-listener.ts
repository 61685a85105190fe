import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import type { AddressInfo, Server } from 'node:net'

export interface Received {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The parsed body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies whose shape is what they test
  readonly body: any
}

/** Somebody's program that takes webhooks; it answers 200 until told otherwise. */
export interface HookListener {
  readonly port: number
  readonly received: Received[]
  /** What comes next is answered with this status, or never; `undefined`: 200 again. */
  answer(status: number | 'never' | undefined, headers?: Readonly<Record<string, string>>): void
  close(): Promise<void>
}

/** On a free port of the loopback. `create` makes the server, plain or with a certificate. */
export async function listenForHooks(
  create: (listener: RequestListener) => Server & { closeAllConnections(): void },
): Promise<HookListener> {
  const received: Received[] = []
  let [status, extra]: [number | 'never', Readonly<Record<string, string>>] = [200, {}]
  const server = create((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const headers = request.headers as Record<string, string>
      received.push({ path: request.url ?? '', headers, text, body: JSON.parse(text) })
      if (status !== 'never') response.writeHead(status, extra).end('heard')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    received,
    answer(next = 200, headers = {}) {
      ;[status, extra] = [next, headers]
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
