import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { withAddress } from '../address.ts'
import type { Log } from '../deps.ts'
import type { Leaving } from '../http/drain.ts'
import { createLog } from '../log.ts'
import { listenWhereAsked, type MetricsListener } from '../observe/metrics-door.ts'
import { metricsOfWorkers } from '../observe/workers.ts'
import { SettingError, type Settings } from '../settings.ts'
import { StoreUnavailable } from '../store/store.ts'
import { isFromWorker, type SettingTexts, type ToWorker, type WhyNot } from './messages.ts'

export interface RunningWorkers {
  readonly url: string
  /** Rejects when no worker is left and none can be started any more. */
  readonly givenUp: Promise<never>
  /** Replaces every worker, one at a time: the new one serves before the old one leaves. */
  renew(): Promise<void>
  /** Lets all workers finish what is under way, and waits for them. */
  close(): Promise<void>
}

export const workerLimits = {
  /** How long a worker that is replaced goes on with those who are connected to it, in seconds. */
  lingerSeconds: 5,
  /** A worker that has not ended so long after it should have is ended, in milliseconds. */
  patienceMs: 20_000,
  /** The pause before a second worker in a row is started in place of one that died; doubled for each one more. */
  pauseMs: 250,
  longestPauseMs: 30_000,
  /** A worker that lived so long did not die of what it was started with. */
  settledMs: 60_000,
  /** When nobody serves, and so many starts in a row have failed, it is left to whoever operates the server. */
  tries: 5,
}

/** One worker process that serves. */
interface Member {
  readonly worker: Worker
  /** Whether it was told to end. */
  leaving: boolean
  /** Whether one in its place is on its way, so that it needs none when it dies. */
  succeeded: boolean
}

/**
 * The server in several processes that share its address. This one accepts connections and hands them out; it holds
 * nothing else, serves nothing, and looks at no database, so that it need not be replaced itself.
 *
 * The first worker starts alone: it brings up the schema, and makes what the first start makes.
 *
 * @throws SettingError StoreUnavailable and whatever else keeps a worker from starting
 */
export async function serveWorkers(
  settings: Settings,
  texts: SettingTexts,
  log: Log = createLog(),
  limits: typeof workerLimits = workerLimits,
): Promise<RunningWorkers> {
  const { port, public_url: url } = await withAddress(settings)
  const order: ToWorker = { order: 'serve', flags: { ...texts.flags, port: String(port) }, env: texts.env }
  const figuresOfAll = metricsOfWorkers(cluster)
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker.ts', import.meta.url)), args: [] })

  // So that workers need not compile again what this process compiled already.
  const cache = getCompileCacheDir()
  const compiled = cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) }

  const members = new Set<Member>()
  const stopped = new AbortController()
  const givenUp = Promise.withResolvers<never>()
  givenUp.promise.catch(() => undefined)
  let deaths = 0
  let renewing = Promise.resolve()

  /** Starts a worker and waits until it serves. */
  async function add(): Promise<void> {
    const worker = cluster.fork(compiled)
    // Of a message that does not reach it any more; its end is heard of anyway.
    worker.on('error', () => undefined)
    const member: Member = { worker, leaving: false, succeeded: false }
    await started(worker, order, { stopped: stopped.signal, patienceMs: limits.patienceMs })
    if (stopped.signal.aborted) return end(member, { seconds: 0 })
    members.add(member)
    const settled = globalThis.setTimeout(() => {
      deaths = 0
    }, limits.settledMs)
    settled.unref()
    worker.once('exit', (code, signal) => {
      clearTimeout(settled)
      members.delete(member)
      if (member.leaving) return
      log.error('worker_died', { pid: worker.process.pid, exit_code: code, signal })
      if (!member.succeeded) void replace()
    })
    log.info('worker_ready', { pid: worker.process.pid })
  }

  /** In place of one that died: at once the first time, then with growing pauses. */
  async function replace(): Promise<void> {
    for (let failed = 0; ; failed++) {
      deaths++
      if (deaths > 1) await pause(deaths - 2)
      if (stopped.signal.aborted) return
      try {
        return await add()
      } catch (cause) {
        log.error('worker_not_started', { cause })
        if (members.size === 0 && failed + 1 >= limits.tries) return givenUp.reject(cause)
      }
    }
  }

  const pause = (doublings: number): Promise<void> =>
    setTimeout(Math.min(limits.longestPauseMs, limits.pauseMs * 2 ** doublings), undefined, {
      signal: stopped.signal,
    }).catch(() => undefined)

  async function end(member: Member, leaving: Leaving): Promise<void> {
    const { worker } = member
    member.leaving = true
    if (worker.isDead()) return
    const ended = once(worker, 'exit')
    if (worker.isConnected()) worker.send({ order: 'close', leaving } satisfies ToWorker)
    const overdue = globalThis.setTimeout(
      () => worker.process.kill('SIGKILL'),
      leaving.seconds * 1000 + limits.patienceMs,
    )
    await ended
    clearTimeout(overdue)
  }

  /** Starts one in the place of another, which may die meanwhile: if none can be started, that counts as any death. */
  async function succeed(old: Member): Promise<void> {
    old.succeeded = true
    try {
      await add()
    } catch (cause) {
      old.succeeded = false
      if (!members.has(old)) void replace()
      throw cause
    }
  }

  async function renewAll(): Promise<void> {
    try {
      for (const old of [...members]) {
        if (stopped.signal.aborted) return
        // It died meanwhile: then one was started in its place.
        if (!members.has(old)) continue
        await succeed(old)
        await end(old, { seconds: limits.lingerSeconds, othersListen: true })
      }
      log.info('workers_renewed', { workers: members.size })
    } catch (cause) {
      log.error('workers_not_renewed', { cause })
    }
  }

  async function close(): Promise<void> {
    stopped.abort()
    await Promise.all([...members].map((member) => end(member, { seconds: settings.drain_delay })))
    await figures?.close()
  }

  let figures: MetricsListener | undefined
  try {
    figures = await listenWhereAsked(settings, figuresOfAll, log)
    await add()
    await Promise.all(Array.from({ length: settings.workers - 1 }, add))
  } catch (cause) {
    await close()
    throw cause
  }
  log.info('workers_started', { url, workers: settings.workers })
  return {
    url,
    givenUp: givenUp.promise,
    renew() {
      renewing = renewing.then(renewAll)
      return renewing
    },
    close,
  }
}

/**
 * Resolves when it serves: that may take as long as the schema takes to be brought up. When all are stopped meanwhile, it
 * is waited for as long as for any other, and then ended.
 *
 * @throws what kept it from starting
 */
async function started(
  worker: Worker,
  order: ToWorker,
  { stopped, patienceMs }: { readonly stopped: AbortSignal; readonly patienceMs: number },
): Promise<void> {
  let overdue: NodeJS.Timeout | undefined
  const onStop = (): void => {
    overdue = globalThis.setTimeout(() => worker.process.kill('SIGKILL'), patienceMs)
  }
  stopped.addEventListener('abort', onStop)
  const said = Promise.withResolvers<void>()
  worker.once('online', () => worker.send(order))
  worker.on('message', (message: unknown) => {
    if (!isFromWorker(message)) return
    if (message.said === 'ready') said.resolve()
    if (message.said === 'not_started') said.reject(asError(message.why))
  })
  worker.once('exit', (code, signal) =>
    said.reject(new Error(`a worker ended with ${signal ?? code} before it served`)),
  )
  try {
    await said.promise
  } finally {
    stopped.removeEventListener('abort', onStop)
    clearTimeout(overdue)
  }
}

function asError({ name, message, code, syscall }: WhyNot): Error {
  if (name === 'SettingError') return new SettingError(message)
  if (name === 'StoreUnavailable') return new StoreUnavailable(message)
  return Object.assign(new Error(message), { name, code, syscall })
}
