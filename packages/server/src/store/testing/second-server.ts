import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Call } from './actions.ts'

/** Another process on the same database. */
export interface SecondServer {
  /** Performs all calls at once, as soon as the clock shows `at` (epoch milliseconds). */
  perform(calls: readonly Call[], at: number): Promise<readonly unknown[]>
  stop(): Promise<void>
}

export interface Order {
  readonly calls: readonly Call[]
  readonly at: number
}

export type Answer = { readonly results: readonly unknown[] } | { readonly error: string }

/** Starts it and waits until it has opened the store at `address`: a URL of PostgreSQL, or the path of a file. */
export async function startSecondServer(address: string): Promise<SecondServer> {
  const child = fork(fileURLToPath(import.meta.resolve('./second-server-process.ts')), [address], {
    serialization: 'advanced',
    execArgv: [],
  })
  const answer = async (): Promise<readonly unknown[]> => {
    const message = await new Promise<Answer>((resolve, reject) => {
      const ended = () => reject(new Error('the second server ended'))
      child.once('exit', ended)
      child.once('message', (received: Answer) => {
        child.off('exit', ended)
        resolve(received)
      })
    })
    if ('error' in message) throw new Error(`in the second server: ${message.error}`)
    return message.results
  }
  await answer()
  return {
    perform(calls, at) {
      const order: Order = { calls, at }
      child.send(order)
      return answer()
    },
    async stop() {
      if (child.exitCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
