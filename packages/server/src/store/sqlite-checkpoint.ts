import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { copyLog } from './copy-log.ts'

/** Copies the log of a database into its file, so that hardly ever a request waits for it. */
export interface Checkpoint {
  /** After each commit. */
  soon(): void
  stop(): Promise<void>
}

/** Pages of the log after which a commit copies them itself, though others wait: 160 MB. Only when the thread cannot keep up. */
export const checkpointPages = 40_000
/** A commit so long ago means that nobody waits. */
const quietMs = 500
/** Fewer, and pages that many commits change are copied as often; more, and the log grows. */
const commitsBetween = 200

/**
 * When nobody commits any more, here; while many do, in a thread with a connection of its own, which is started when it
 * is first needed. What was committed meanwhile is copied here, a few pages, and the next commit begins the log anew.
 */
export function checkpoints(database: DatabaseSync, path: string): Checkpoint {
  let timer: NodeJS.Timeout | undefined
  let commits = 0
  let thread: Worker | undefined
  let copying = false

  const copyHere = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (database.isTransaction || copying) return
    commits = 0
    // What another process keeps from being copied now is copied another time.
    copyLog(database)
  }
  const copyThere = (): void => {
    copying = true
    commits = 0
    thread ??= startThread(path, {
      done: () => {
        copying = false
        copyHere()
      },
      ended: () => {
        copying = false
        thread = undefined
      },
    })
    thread.postMessage('copy')
  }

  return {
    soon() {
      commits++
      if (commits >= commitsBetween && !copying && path !== ':memory:') copyThere()
      if (timer === undefined) timer = setTimeout(copyHere, quietMs).unref()
      else timer.refresh()
    },
    async stop() {
      clearTimeout(timer)
      if (thread === undefined) return
      // However it ends: `once` of node:events would reject when it could not even open the file.
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      thread.once('exit', () => resolve())
      // Nothing else may be left that keeps the process alive until then, and what closes after us would not be closed.
      thread.ref()
      thread.postMessage('end')
      await ended
    },
  }
}

function startThread(path: string, heard: { done(): void; ended(): void }): Worker {
  const thread = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), { workerData: path })
  thread.on('message', heard.done)
  // A thread that ended is started anew when it is needed.
  thread.on('error', () => {})
  thread.on('exit', heard.ended)
  thread.unref()
  return thread
}
