/** A primary in a hurry: `node primary-process.ts DATA DATABASE_URL PORT METRICS_PORT`. Ends with 1 when it gives up. */
import process from 'node:process'
import { readSettings } from '../../settings.ts'
import { serveWorkers, workerLimits } from '../primary.ts'

const [data = '', database_url = '', port = '', metrics_port = ''] = process.argv.slice(2)
const texts = { flags: { data, database_url, port, metrics_port, workers: '2' }, env: {} }
const limits = { ...workerLimits, pauseMs: 10, longestPauseMs: 20, tries: 3, patienceMs: 3000 }
try {
  const workers = await serveWorkers(readSettings(texts.flags, texts.env), texts, undefined, limits)
  process.on('SIGUSR2', () => void workers.renew())
  process.on('SIGTERM', () => void workers.close())
  await workers.givenUp
} catch (cause) {
  process.stdout.write(`${JSON.stringify({ event: 'given_up', cause: String(cause) })}\n`)
  process.exit(1)
}
