/**
 * Started as a process: two workers that serve together and a third that never answers; tells the page of all as the
 * primary gathers it, and as a worker shows it.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import process from 'node:process'
import { createMetrics } from '../metrics.ts'
import { asWorker, metricsOfWorkers } from '../workers.ts'

if (cluster.isPrimary) {
  const page = metricsOfWorkers(cluster)
  const names = ['one', 'other', 'silent']
  const workers = await Promise.all(
    names.map(async (name) => {
      const worker = cluster.fork({ NAME: name })
      await once(worker, 'message')
      return worker
    }),
  )
  const gathered = (await page()).text
  const shown = await new Promise((resolve) => {
    workers[0]?.on('message', (message) => typeof message === 'string' && resolve(message))
    workers[0]?.send('show')
  })
  process.send?.({ gathered, shown })
  for (const worker of workers) worker.kill('SIGKILL')
  process.disconnect?.()
} else {
  const metrics = await createMetrics()
  metrics.count('redemptions', { result: 'done' }, 21)
  const silent = process.env.NAME === 'silent'
  const together = silent ? metrics : asWorker(metrics)
  process.on('message', (message) => {
    if (message === 'show') void together.page().then(({ text }) => process.send?.(text))
  })
  process.send?.('up')
}
