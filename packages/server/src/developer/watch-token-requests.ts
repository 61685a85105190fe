import { setImmediate, setTimeout } from 'node:timers/promises'
import type { ExplainedTokenRequestAnswer } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import { concerned } from '../domain/explain/viewer.ts'
import type { FiledTokenRequest, TracePlace } from '../store/traces.ts'
import { explainedAnswer } from '../token-request-answers.ts'
import { viewerOf } from '../viewers.ts'

type WatchDeps = Pick<Deps, 'store' | 'clock' | 'log' | 'settings'>

/** Traces are written behind the answers, some seconds late at most: so far back each look reaches, in seconds. */
export const lateness = 10
/** What one look tells of one developer's clients, and what waits for one reader. The rest of a flood is in the list. */
export const mostAtOnce = 500
/** How many of the newest traces one look goes through, whoever's they are. */
const mostLookedAt = 5000

/** A token request, explained to its developer when somebody asks: once, however many do. */
export interface Sighting {
  readonly trace: FiledTokenRequest
  explained(): Promise<ExplainedTokenRequestAnswer>
}

export interface Inbox {
  /** What came since it was asked last, oldest first; empty when nothing came for so long, or nobody is there any more. */
  take(patienceMs: number): Promise<readonly Sighting[]>
}

/** Tells what comes for the clients of a developer, and what came in the last seconds, until `gone`. */
export type Watch = (developer_id: string, gone: AbortSignal) => Inbox

/** Looks into the database for all who watch together, once in `pollMs`, and not at all while nobody does. */
export function createWatch(deps: WatchDeps, pollMs: number): Watch {
  const readers = new Map<string, Set<Reader>>()
  let looking: AbortController | undefined

  function tell(developer_id: string, sightings: readonly Sighting[]): void {
    for (const reader of readers.get(developer_id) ?? []) reader.put(sightings)
  }

  function leave(developer_id: string, reader: Reader): void {
    const others = readers.get(developer_id)
    others?.delete(reader)
    if (others?.size === 0) readers.delete(developer_id)
    if (readers.size > 0) return
    looking?.abort()
    looking = undefined
  }

  return (developer_id, gone) => {
    const reader = createReader(gone)
    if (gone.aborted) return reader
    gone.addEventListener('abort', () => leave(developer_id, reader), { once: true })
    readers.set(developer_id, (readers.get(developer_id) ?? new Set()).add(reader))
    if (looking === undefined) {
      looking = new AbortController()
      void lookAgainAndAgain(deps, pollMs, () => [...readers.keys()], tell, looking.signal)
    }
    return reader
  }
}

async function lookAgainAndAgain(
  deps: WatchDeps,
  pollMs: number,
  developers: () => readonly string[],
  tell: (developer_id: string, sightings: readonly Sighting[]) => void,
  stop: AbortSignal,
): Promise<void> {
  const { store, clock, log } = deps
  let from = clock.now() - lateness
  const told = new Map<string, number>()
  while (!stop.aborted) {
    const now = clock.now()
    try {
      const found = await store.traces.newest(developers(), from, mostLookedAt)
      const fresh = found.filter(({ trace_id }) => !told.has(trace_id))
      for (const [developer_id, places] of Map.groupBy(fresh, (place) => place.developer_id)) {
        if (stop.aborted) return
        tell(developer_id, await sightingsAt(deps, developer_id, places))
        for (const { trace_id, at } of places) told.set(trace_id, at)
      }
      from = Math.max(from, now - lateness)
      for (const [trace_id, at] of told) if (at < from) told.delete(trace_id)
    } catch (thrown) {
      // The next look reaches as far back as this one.
      if (!stop.aborted) log.error('token_request_watch_failed', { cause: thrown })
    }
    await setTimeout(pollMs, undefined, { ref: false, signal: stop }).catch(() => undefined)
  }
}

async function sightingsAt(
  deps: WatchDeps,
  developer_id: string,
  places: readonly TracePlace[],
): Promise<readonly Sighting[]> {
  const newest = places.toSorted(oldestFirst).slice(-mostAtOnce)
  const traces = await deps.store.traces.findMany(newest.map(({ trace_id }) => trace_id))
  return sightingsOf(deps, developer_id, traces.toSorted(oldestFirst))
}

/** What the explanations need to know of the developer is read once for all of them, and not before one is asked for. */
export function sightingsOf(
  deps: WatchDeps,
  developer_id: string,
  traces: readonly FiledTokenRequest[],
): readonly Sighting[] {
  const viewer = once(() => viewerOf(deps, { id: developer_id }, traces.flatMap(concerned)))
  return traces.map((trace) => ({
    trace,
    explained: once(async () => {
      // A flood is explained one by one; requests take their turn in between.
      await setImmediate()
      return explainedAnswer(trace, await viewer())
    }),
  }))
}

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined
  return () => {
    result ??= work()
    return result
  }
}

/** `trace_id` is lowercase hex. */
const oldestFirst = (a: TracePlace, b: TracePlace): number =>
  a.at - b.at || (a.trace_id < b.trace_id ? -1 : 1)

interface Reader extends Inbox {
  put(sightings: readonly Sighting[]): void
}

/** Holds the newest for a reader that is slow. */
function createReader(gone: AbortSignal): Reader {
  const waiting: Sighting[] = []
  let arrived = new AbortController()
  return {
    put(sightings) {
      waiting.push(...sightings)
      waiting.splice(0, waiting.length - mostAtOnce)
      arrived.abort()
    },
    async take(patienceMs) {
      const signal = AbortSignal.any([arrived.signal, gone])
      await setTimeout(patienceMs, undefined, { ref: false, signal }).catch(() => undefined)
      arrived = new AbortController()
      return waiting.splice(0)
    },
  }
}
