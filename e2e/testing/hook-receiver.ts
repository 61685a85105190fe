import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Received {
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Somebody's program on this machine that takes webhooks; a server with --dev sends to it. */
export interface HookReceiver {
  readonly url: string
  readonly received: readonly Received[]
  /** What comes next is answered with this status, or never. */
  answer(status: number | 'never'): void
  /** Until what came is enough; at most ten seconds. */
  until(enough: (received: readonly Received[]) => boolean): Promise<void>
  close(): Promise<void>
}

export async function startHookReceiver(): Promise<HookReceiver> {
  const received: Received[] = []
  let status: number | 'never' = 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = request.headers as Record<string, string>
      received.push({ headers, text: Buffer.concat(chunks).toString() })
      if (status !== 'never') response.writeHead(status).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    answer(next) {
      status = next
    },
    async until(enough) {
      const end = Date.now() + 10_000
      while (!enough(received)) {
        if (Date.now() > end) throw new Error(`in ten seconds no more came than ${received.length} webhooks`)
        await sleep(50)
      }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
