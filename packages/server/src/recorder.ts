import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import { bounded } from './bounded-trace.ts'
import type { Deps, FoundClient, Recorder } from './deps.ts'
import type { TokenRequest } from './domain/token-request.ts'
import { newId } from './ids.ts'
import type { FiledTokenRequest } from './store/traces.ts'
import { type CountedLine, createTraceCounts } from './trace-counts.ts'
import {
  createBudget,
  createDirectory,
  createRooms,
  nameIn,
  type TraceLimits,
  traceLimits,
} from './trace-rooms.ts'

const batchDelayMs = 50
/** Small, so that no commit of ours holds up a redemption for long. */
const batchRows = 100
/** Of traces: most of a flood gets no row, and is to be through quickly. */
const filedAtOnce = 500
const countsDelayMs = 1_000

/**
 * Traces, audit events and last uses, written behind the answers in batches.
 *
 * Each kind waits and is written by itself: what a stranger can cause in any number pushes out nothing of those who
 * proved who they are, a failed batch of one kind loses nothing of another, and audit events are never dropped. Every
 * trace is counted; a row it gets only while there is room for it, in its client's own room, under that client's own
 * budget. So the database holds at most `roomRows` rows per room and `trimEvery` per server beside them, however many
 * requests come.
 */
export function createRecorder(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'log' | 'metrics'>,
  limits: TraceLimits = traceLimits,
): Recorder {
  const { store, clock, log, metrics } = deps
  const directory = createDirectory(store.clients, limits)
  const rooms = createRooms(deps, store.traces, directory, limits)
  const counts = createTraceCounts(directory, limits)
  // By the name that was sent, before anybody looked it up: a flood in one name does not even wait. Names that may be
  // invented are apart, so that no number of them uses up what is remembered of clients.
  const ofClients = createBudget(deps, limits)
  const ofAnyName = createBudget(deps, limits, 'nobody')

  // What is written together is no part of the request whose turn it happens to be.
  const apart = AsyncLocalStorage.snapshot()

  const uses = new Map<string, number>()
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let countsTimer: NodeJS.Timeout | undefined
  let countsDue = false

  const traceQueue = (kind: string): Queue<TokenRequest> => {
    const addRows = async (rows: readonly FiledTokenRequest[]) => {
      await store.traces.addMany(rows)
      rooms.added(rows)
    }
    const fileAndAdd = async (traces: readonly TokenRequest[]) => {
      await inBatches(await rooms.file(traces), addRows, { kind, log, metrics })
      await rooms.trim().catch((cause) => log.error('trim_failed', { cause }))
    }
    const room = { most: limits.waiting, mostOfOne: limits.waitingOfName, of: nameIn }
    return queue(fileAndAdd, { kind, log, metrics, size: filedAtOnce }, room)
  }
  const authenticated = traceQueue('traces')
  const unauthenticated = traceQueue('unauthenticated_traces')
  const unfamiliar = traceQueue('unfamiliar_traces')
  const audits = queue(store.audit.addMany, { kind: 'audit_events', log, metrics })
  const secretUses = queue(store.clients.noteSecretsUsed, { kind: 'secret_uses', log, metrics })

  /** Those who did not prove to be the client they name wait apart, and so do those whose client is not known yet. */
  function queueOf(trace: TokenRequest): Queue<TokenRequest> {
    if (trace.authenticated) return authenticated
    return directory.remembers(nameIn(trace)) ? unauthenticated : unfamiliar
  }

  /** What nobody is called ends in the room of nobody: a flood of invented names does not wait for that either. */
  function admits(trace: TokenRequest, client: FoundClient = 'unsure'): boolean {
    const name = nameIn(trace)
    if (directory.remembers(name)) return ofClients.admits(name, trace)
    return ofAnyName.admits(client === 'none' ? '' : name, trace)
  }

  async function writeCounts(): Promise<void> {
    countsDue = false
    clearTimeout(countsTimer)
    countsTimer = undefined
    for (const [secret_id, at] of uses) secretUses.add({ secret_id, at })
    uses.clear()
    const taken = counts.take()
    await secretUses.write()
    const batches = { kind: 'trace_counts', log, metrics }
    const fileAndCount = async (lines: readonly CountedLine[]) =>
      inBatches(await counts.file(lines), store.traces.count, batches)
    await inBatches(taken, fileAndCount, { ...batches, size: Number.POSITIVE_INFINITY })
  }

  async function writeAll(): Promise<void> {
    for (const kind of [audits, authenticated, unauthenticated, unfamiliar]) await kind.write()
    if (countsDue) await writeCounts()
  }

  async function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    // What came while the last round was under way may have missed it.
    await writing
    writing ??= apart(writeAll).finally(() => {
      writing = undefined
    })
    await writing
  }

  function flush(): Promise<void> {
    countsDue = true
    return write()
  }

  function soon(): void {
    timer ??= setTimeout(() => void write(), batchDelayMs).unref()
  }

  /** Counts and last uses are the same rows again and again: a commit for each batch of the others would be wasted on them. */
  function countSoon(): void {
    countsTimer ??= setTimeout(() => void flush(), countsDelayMs).unref()
  }

  return {
    trace(trace, _look, known) {
      counts.add(trace)
      countSoon()
      if (!admits(trace, known?.client)) return
      queueOf(trace).add(bounded(trace))
      soon()
    },
    audit(event) {
      audits.add({
        user_id: event.actor_kind === 'user' ? event.actor_id : null,
        ...event,
        id: newId(deps),
        at: clock.now(),
      })
      soon()
    },
    secretUsed(secret_id) {
      uses.set(secret_id, clock.now())
      countSoon()
    },
    flush,
  }
}

interface Queue<Row> {
  add(row: Row): void
  /** Writes what waits now. */
  write(): Promise<void>
}

interface Batches extends Pick<Deps, 'log' | 'metrics'> {
  /** What the rows are, for the log and the metrics. */
  readonly kind: string
  /** How many go together at most. */
  readonly size?: number
}

interface WaitingRoom<Row> {
  readonly most: number
  /** Of those, how many may belong to one; who has more loses its own oldest. */
  readonly mostOfOne: number
  of(row: Row): string
}

function queue<Row>(
  work: (rows: readonly Row[]) => Promise<void>,
  batches: Batches,
  { most, mostOfOne, of }: WaitingRoom<Row> = endless,
): Queue<Row> {
  const waiting: Row[] = []
  const ofEach = new Map<string, number>()
  let shed = 0
  const { kind, log, metrics } = batches
  metrics.gauge('records_waiting', { kind }, () => waiting.length)

  const count = (row: Row, by: 1 | -1): number => {
    const rows = (ofEach.get(of(row)) ?? 0) + by
    if (rows === 0) ofEach.delete(of(row))
    else ofEach.set(of(row), rows)
    return rows
  }

  return {
    add(row) {
      waiting.push(row)
      const tooMany = count(row, 1) > mostOfOne
      if (!tooMany && waiting.length <= most) return
      const oldest = tooMany ? waiting.findIndex((one) => of(one) === of(row)) : 0
      for (const one of waiting.splice(oldest, 1)) count(one, -1)
      shed++
      metrics.count('records_shed', { kind })
    },
    async write() {
      if (shed > 0) log.error('records_shed', { kind, rows: shed })
      shed = 0
      ofEach.clear()
      await inBatches(waiting.splice(0), work, batches)
    },
  }
}

const endless = { most: Number.POSITIVE_INFINITY, mostOfOne: Number.POSITIVE_INFINITY, of: () => '' }

/** Does the work batch by batch. A batch for which it cannot be done is lost, and the log says so. */
async function inBatches<Row>(
  rows: readonly Row[],
  work: (batch: readonly Row[]) => Promise<void>,
  { kind, log, metrics, size = batchRows }: Batches,
): Promise<void> {
  for (let at = 0; at < rows.length; at += size) {
    // Requests take their turn between two batches.
    if (at > 0) await setImmediate()
    const batch = rows.slice(at, at + size)
    try {
      await work(batch)
    } catch (cause) {
      metrics.count('records_lost', { kind }, batch.length)
      log.error('records_lost', { kind, rows: batch.length, cause })
    }
  }
}
