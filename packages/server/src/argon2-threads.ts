import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Argon2id } from '@valetkey/access-grant'

/** A thread without work for so long is ended: it holds some 15 MB. */
const usuallyIdleMs = 10_000

/**
 * Argon2id in threads that everything else goes before: a derivation keeps a core busy for tens of milliseconds, which
 * is nothing to whoever gave a passphrase and long for all others. There are as many threads as are asked at once.
 */
export function createArgon2Threads(idleMs = usuallyIdleMs): Argon2id {
  const idle = new Map<Worker, NodeJS.Timeout>()

  /** The one that rested least, so that those that are not needed rest long enough. */
  const aThread = (): Worker => {
    const thread = [...idle.keys()].at(-1)
    if (thread === undefined) return new Worker(new URL('./argon2-thread.ts', import.meta.url))
    clearTimeout(idle.get(thread))
    idle.delete(thread)
    thread.ref()
    return thread
  }
  const rest = (thread: Worker): void => {
    thread.unref()
    const end = (): void => {
      idle.delete(thread)
      void thread.terminate()
    }
    idle.set(thread, setTimeout(end, idleMs).unref())
  }

  return async (input) => {
    const thread = aThread()
    const answered = once(thread, 'message')
    thread.postMessage(input)
    // Rejects with what the thread threw, which ends it.
    const [key] = await answered
    rest(thread)
    return key
  }
}
