import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type HookListener,
  listenForHooks,
  type Received,
} from '../../packages/server/src/testing/hook-listener.ts'

/** Somebody's program on this machine that takes webhooks; a server with --dev sends to it. */
export interface HookReceiver extends HookListener {
  readonly url: string
  /** Until what came is enough; at most ten seconds. */
  until(enough: (received: readonly Received[]) => boolean): Promise<void>
}

export async function startHookReceiver(): Promise<HookReceiver> {
  const listener = await listenForHooks(createServer)
  const { port, received } = listener
  return {
    ...listener,
    url: `http://127.0.0.1:${port}/hooks`,
    async until(enough) {
      const end = Date.now() + 10_000
      while (!enough(received)) {
        if (Date.now() > end) throw new Error(`in ten seconds no more came than ${received.length} webhooks`)
        await sleep(50)
      }
    },
  }
}
