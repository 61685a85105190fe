import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import type { FoundClient, Log, Recorder } from './deps.ts'
import { completed } from './domain/explain/completed.ts'
import { otherClientIn } from './domain/explain/two-clients.ts'
import type { TokenRequest, TraceStep } from './domain/token-request.ts'
import { networkOf } from './trace-rooms.ts'

/** Looks at an answered token request once more and tells what it found, step by step. */
export type SecondLook = () => Promise<readonly TraceStep[]>

/** What a second look may cost, so that nobody can make it cost others their answers. */
export const secondLookLimits = {
  /** Looks that wait. Beyond that a trace is kept as it is. */
  waiting: 64,
  waitingOfOneNetwork: 4,
  /** Of requests that got to no client: anybody can make up any number of those. */
  waitingOfUnknownClients: 16,
  /** So many looks, then a pause: some 40 a second, however many requests are refused. */
  atOnce: 4,
  pauseMs: 100,
}
export type SecondLookLimits = Readonly<typeof secondLookLimits>

interface Waiting {
  readonly trace: TokenRequest
  readonly look: SecondLook
  readonly network: string
  readonly client: FoundClient
}

/**
 * A recorder that lets refused token requests be looked at a second time before their traces are written: never on the
 * way of an answer, a few at a time, and when many wait not those of whoever sends most.
 */
export function withSecondLook(
  recorder: Recorder,
  log: Log,
  limits: SecondLookLimits = secondLookLimits,
): Recorder {
  // A look goes on behind the answer, and is no part of the request during which it begins.
  const apart = AsyncLocalStorage.snapshot()
  const waiting: Waiting[] = []
  let looking: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function lookAt(some: readonly Waiting[]): Promise<void> {
    for (const { trace, look, client } of some) {
      await setImmediate()
      recorder.trace(await seenAgain(trace, look, log), undefined, { client })
    }
  }

  async function lookAtSome(): Promise<void> {
    timer = undefined
    looking = apart(() => lookAt(waiting.splice(0, limits.atOnce)))
    await looking
    looking = undefined
    if (waiting.length > 0) soon()
  }

  function soon(): void {
    timer ??= setTimeout(() => void lookAtSome(), limits.pauseMs).unref()
  }

  return {
    ...recorder,
    trace(trace, look, known) {
      if (look === undefined) {
        recorder.trace(trace, look, known)
        return
      }
      waiting.push({
        trace,
        look,
        network: networkOf(trace),
        client: known?.client ?? foundClient(trace),
      })
      const dropped = tooMany(waiting, limits)
      if (dropped !== undefined) {
        waiting.splice(waiting.indexOf(dropped), 1)
        recorder.trace(unexamined(dropped.trace), undefined, { client: dropped.client })
      }
      if (looking === undefined) soon()
    },
    async flush() {
      clearTimeout(timer)
      timer = undefined
      await looking
      await lookAt(waiting.splice(0))
      await recorder.flush()
    },
  }
}

/** Which one has to go since the last one came, if any: the newest of the network that has most waiting. */
function tooMany(waiting: readonly Waiting[], limits: SecondLookLimits): Waiting | undefined {
  const newcomer = waiting.at(-1)
  const ofNetwork = waiting.filter(({ network }) => network === newcomer?.network)
  const unknown = waiting.filter(({ client }) => client !== 'found')
  // Whoever shares a network with somebody who makes up names still gets a place.
  if (ofNetwork.length > limits.waitingOfOneNetwork)
    return ofNetwork.findLast(({ client }) => client !== 'found') ?? newcomer
  if (unknown.length > limits.waitingOfUnknownClients) return newestOfHeaviest(unknown)
  return waiting.length > limits.waiting ? newestOfHeaviest(waiting) : undefined
}

function newestOfHeaviest(some: readonly Waiting[]): Waiting | undefined {
  const ofEach = new Map<string, number>()
  for (const { network } of some) ofEach.set(network, (ofEach.get(network) ?? 0) + 1)
  const most = Math.max(...ofEach.values())
  return some.findLast(({ network }) => ofEach.get(network) === most)
}

/** Whether the one client that the request and its JWT named exists: as the steps that were taken tell. */
export function foundClient(trace: Pick<TokenRequest, 'client_id' | 'steps'>): FoundClient {
  const fetched = trace.steps.find(({ step }) => step === 'fetch_client')
  if (fetched === undefined || otherClientIn(trace) !== undefined) return 'unsure'
  if (fetched.evidence.cause === 'client_unknown') return 'none'
  return fetched.result === 'passed' || causesOfKnownClients.has(fetched.evidence.cause) ? 'found' : 'unsure'
}

const causesOfKnownClients: ReadonlySet<unknown> = new Set([
  'client_inactive',
  'client_suspended',
  'profile_disabled',
])

/** Of a flood most are only counted: their steps stay as unread as they were. */
function unexamined(trace: TokenRequest): TokenRequest {
  const { trace_id, at, dialect, client_id, authenticated, outcome, reason, status } = trace
  return {
    ...{ trace_id, at, dialect, client_id, authenticated, outcome, reason, status },
    get steps() {
      return trace.steps
    },
    request: { ...trace.request, second_look: false },
    grant_id: trace.grant_id,
    duration_ms: trace.duration_ms,
  }
}

/** A look that fails costs the explanation its precision, and nothing else. */
async function seenAgain(trace: TokenRequest, look: SecondLook, log: Log): Promise<TokenRequest> {
  try {
    return { ...trace, steps: completed(trace.steps, await look()) }
  } catch (thrown) {
    log.error('second_look_failed', { trace_id: trace.trace_id, cause: thrown })
    return unexamined(trace)
  }
}
