/** The program of one worker: serves as its primary orders, and ends with it. */
import cluster from 'node:cluster'
import process from 'node:process'
import type { Leaving } from '../http/drain.ts'
import { type RunningServer, serve } from '../serve.ts'
import { readSettings } from '../settings.ts'
import { type FromWorker, isToWorker, type SettingTexts, type WhyNot } from './messages.ts'

// A terminal sends its signals to all processes at once. The primary says when to stop, and in which order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => undefined)

// Nor is there anything left to do, or anybody to tell, once the primary is gone.
cluster.worker?.on('error', () => process.exit(0))

let serving: Promise<RunningServer> | undefined

// Questions about its figures come by the same way, and are answered where those are.
process.on('message', (message: unknown) => {
  if (!isToWorker(message)) return
  if (message.order === 'close') void end(message.leaving)
  if (message.order === 'serve') {
    serving = start(message)
    serving.then(({ url }) => tell({ said: 'ready', url }), notStarted)
  }
})

const start = async ({ flags, env }: SettingTexts): Promise<RunningServer> => serve(readSettings(flags, env))

async function end(leaving: Leaving): Promise<void> {
  const server = await serving?.catch(() => undefined)
  try {
    await server?.close(leaving)
  } finally {
    process.disconnect?.()
  }
}

function notStarted(thrown: unknown): void {
  const { name, message, code, syscall }: WhyNot =
    thrown instanceof Error ? thrown : { name: typeof thrown, message: String(thrown) }
  tell({ said: 'not_started', why: { name, message, code, syscall } })
  process.disconnect?.()
}

function tell(message: FromWorker): void {
  process.send?.(message)
}
