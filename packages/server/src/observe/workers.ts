import type { Cluster, Worker } from 'node:cluster'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { type FromWorker, isFromWorker, isToWorker, type ToWorker } from '../workers/messages.ts'
import { type Metrics, type MetricsPage, type MetricsSnapshot, pageOfMany } from './metrics.ts'

/** A worker that does not answer in this time is left out. */
const patienceMs = 2_000
/** Whoever gathers may itself have waited for one that does not answer. */
const patienceForAllMs = 2 * patienceMs

/**
 * In the process that starts the others: one page of the figures of all workers that answer. Workers that are asked for
 * a page themselves get this one from here.
 */
export function metricsOfWorkers(cluster: Cluster): () => Promise<MetricsPage> {
  const questions = createQuestions<MetricsSnapshot>(patienceMs)
  const page = async (): Promise<MetricsPage> => {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true)
    const answers = workers.map((worker) =>
      questions.ask((id) => send(worker, { order: 'tell_figures', id })),
    )
    return pageOfMany((await Promise.all(answers)).filter((snapshot) => snapshot !== undefined))
  }
  cluster.on('message', (worker, message: unknown) => {
    if (!isFromWorker(message)) return
    if (message.said === 'figures') questions.answered(message.id, message.snapshot)
    if (message.said !== 'page_wanted') return
    const { id } = message
    page().then(
      (all) => send(worker, { order: 'show_page', id, page: all }),
      () => undefined, // it shows its own then
    )
  })
  return page
}

/** In a worker: tells its figures to the process that started it, and shows the page of all. */
export function asWorker(metrics: Metrics): Metrics {
  if (!metrics.on || process.send === undefined) return metrics
  const questions = createQuestions<MetricsPage>(patienceForAllMs)
  const toPrimary = (message: FromWorker): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
  }
  process.on('message', (message: unknown) => {
    if (!isToWorker(message)) return
    if (message.order === 'show_page') questions.answered(message.id, message.page)
    if (message.order !== 'tell_figures') return
    const { id } = message
    metrics.snapshot().then(
      (snapshot) => toPrimary({ said: 'figures', id, snapshot }),
      () => undefined, // it is left out then
    )
  })
  return {
    ...metrics,
    page: async () =>
      (await questions.ask((id) => toPrimary({ said: 'page_wanted', id }))) ?? (await metrics.page()),
  }
}

function send(worker: Worker | undefined, message: ToWorker): void {
  worker?.send(message, undefined, () => undefined)
}

/** Questions to other processes, by number; undefined for an answer that does not come in time. */
function createQuestions<Answer>(inTimeMs: number) {
  const waiting = new Map<number, (answer: Answer) => void>()
  let asked = 0
  return {
    async ask(how: (id: number) => void): Promise<Answer | undefined> {
      const id = ++asked
      const patience = new AbortController()
      const answer = new Promise<Answer>((resolve) => waiting.set(id, resolve))
      how(id)
      const late = setTimeout(inTimeMs, undefined, { signal: patience.signal }).catch(() => undefined)
      const first = await Promise.race([answer, late])
      patience.abort()
      waiting.delete(id)
      return first
    },
    answered: (id: number, answer: Answer): void => waiting.get(id)?.(answer),
  }
}
