import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TokenRequest } from './domain/token-request.ts'
import { createRecorder } from './recorder.ts'
import type { Store } from './store/store.ts'
import { aScene, aTrace } from './store/testing/scene.ts'
import { type TestDeps, testDeps } from './testing/test-deps.ts'
import { createBudget, type TraceLimits, traceLimits } from './trace-rooms.ts'

let deps: TestDeps
let client_id: string
let other_id: string

beforeEach(async () => {
  deps = await testDeps()
  client_id = (await aScene(deps.store)).client.client_id
  other_id = (await aScene(deps.store)).client.client_id
})
afterEach(() => deps.store.close())

const limited = (limits: Partial<TraceLimits>, store: Store = deps.store) =>
  createRecorder({ ...deps, store }, { ...traceLimits, ...limits })

/** Forged in the name of a client, from a network of its own. */
const forged = (at: number, over: Partial<TokenRequest> = {}): TokenRequest =>
  aTrace({
    client_id,
    reason: 'signature_wrong',
    request: { network: `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}` },
    ...over,
    at: deps.clock.now(),
  })

const rowsOf = (filed_under: string) =>
  deps.store.traces.list({ filed_under: [filed_under], since: 0 }, { limit: 100_000 })
const countsOf = (filed_under: string) => deps.store.traces.counts(filed_under, deps.clock.now())
const isStored = async ({ trace_id }: TokenRequest) => (await deps.store.traces.find(trace_id)) !== undefined

describe('a trace is filed under', () => {
  test('the client it names, also one that is deleted, and otherwise under nothing', async () => {
    const gone = await aScene(deps.store)
    await deps.store.clients.setState(gone.client.id, 'deleted', deps.clock.now())
    const named = [client_id, gone.client.client_id, 'nobody', client_id.toUpperCase(), null]
    const traces = named.map((name) => forged(1, { client_id: name }))
    for (const trace of traces) deps.recorder.trace(trace)
    await deps.recorder.flush()
    const found = await Promise.all(traces.map(({ trace_id }) => deps.store.traces.find(trace_id)))
    expect(found).toEqual(
      traces.map((trace, at) => ({ ...trace, filed_under: at < 2 ? trace.client_id : '' })),
    )
  })

  test('a client that is registered after its first request', async () => {
    const early = forged(1, { client_id: 'soon' })
    deps.recorder.trace(early)
    await deps.recorder.flush()
    await aScene(deps.store, { client_id: 'soon' })
    const late = forged(1, { client_id: 'soon' })
    deps.recorder.trace(late)
    await deps.recorder.flush()
    expect((await rowsOf('soon')).map(({ trace_id }) => trace_id)).toEqual([late.trace_id])
  })

  test('a client that the store is asked for once, however many requests name it', async () => {
    const known = vi.fn(deps.store.clients.known)
    const recorder = limited({}, { ...deps.store, clients: { ...deps.store.clients, known } })
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < 20; at++) recorder.trace(forged(at))
      await recorder.flush()
    }
    expect(known.mock.calls).toEqual([[[client_id]]])
  })
})

describe('a flood', () => {
  test('in the name of one client leaves a bounded number of rows, its own failures, those of others, and its number', async () => {
    const before = forged(1, { client_id: other_id })
    const own = Array.from({ length: 3 }, () => forged(1, { authenticated: true, reason: 'code_unknown' }))
    deps.recorder.trace(before)
    for (const trace of own) deps.recorder.trace(trace)
    for (let at = 0; at < 20_000; at++) {
      deps.recorder.trace(forged(at))
      if (at % 500 === 0) await deps.recorder.flush()
    }
    const after = forged(1, { client_id: other_id })
    deps.recorder.trace(after)
    await deps.recorder.flush()

    const rows = await rowsOf(client_id)
    expect(rows.length).toBeGreaterThanOrEqual(traceLimits.roomRows)
    expect(rows.length).toBeLessThanOrEqual(traceLimits.roomRows + traceLimits.trimEvery + own.length)
    expect(await Promise.all([...own, before, after].map(isStored))).not.toContain(false)
    expect(await countsOf(client_id)).toEqual([
      { reason: 'signature_wrong', requests: 20_000 },
      { reason: 'code_unknown', requests: 3 },
    ])
    expect(await countsOf(other_id)).toEqual([{ reason: 'signature_wrong', requests: 2 }])
    expect(deps.logLines).toEqual([])
  })

  test('that goes on leaves at most what a room holds, the newest of it', async () => {
    const recorder = limited({ roomRows: 50, trimEvery: 20, rowsPerMinute: 30, firstRowsOfNetwork: 0 })
    const own = forged(1, { authenticated: true })
    const neighbour = forged(1, { client_id: other_id })
    recorder.trace(own)
    recorder.trace(neighbour)
    let last = own
    for (let minute = 0; minute < 10; minute++) {
      for (let at = 0; at < 40; at++) {
        const trace = forged(at)
        recorder.trace(trace)
        if (at === 29) last = trace
      }
      await recorder.flush()
      expect((await rowsOf(client_id)).length).toBeLessThanOrEqual(50 + 20 + 1)
      deps.clock.advance(60)
    }
    const rows = await rowsOf(client_id)
    expect(rows.length).toBeGreaterThanOrEqual(50)
    expect(await Promise.all([own, neighbour, last].map(isStored))).toEqual([true, true, true])
    expect(await countsOf(client_id)).toContainEqual({ reason: 'signature_wrong', requests: 401 })
  })

  test('of invented names leaves a bounded number of rows under no client, and every failure of a real one', async () => {
    const names = 12_000
    for (let at = 0; at < names; at++) {
      deps.recorder.trace(forged(at, { client_id: `invented ${at}`, reason: 'client_unknown' }))
      if (at % 1000 === 0) deps.recorder.trace(forged(at))
      if (at % 4000 === 0) await deps.recorder.flush()
    }
    await deps.recorder.flush()
    const { length } = await rowsOf('')
    expect(length).toBeGreaterThanOrEqual(traceLimits.roomRows)
    expect(length).toBeLessThanOrEqual(traceLimits.roomRows + traceLimits.trimEvery)
    expect(await rowsOf(client_id)).toHaveLength(12)
    expect(await countsOf('')).toEqual([{ reason: 'client_unknown', requests: names }])
    expect(await countsOf(client_id)).toEqual([{ reason: 'signature_wrong', requests: 12 }])
  })

  test('from one network leaves room for others who name the same client', async () => {
    const recorder = limited({ rowsPerMinute: 20, rowsPerMinuteOfNetwork: 5 })
    for (let at = 0; at < 100; at++) recorder.trace(forged(7, { request: { network: `2001:db8::${at}` } }))
    const others = Array.from({ length: 5 }, (_, at) => forged(at))
    for (const trace of others) recorder.trace(trace)
    await recorder.flush()
    expect(await rowsOf(client_id)).toHaveLength(10)
    expect(await Promise.all(others.map(isStored))).not.toContain(false)
  })
})

describe('a failure of its own can still be found', () => {
  /** From a /64 of one site. */
  const ofSite = (at: number, over: Partial<TokenRequest> = {}) =>
    forged(0, { request: { network: `2001:db8:7:${(at % 17).toString(16)}::${at.toString(16)}` }, ...over })
  const whoseRow = async (sender: (over?: Partial<TokenRequest>) => TokenRequest, times = 1) => {
    const traces = Array.from({ length: times }, () => sender())
    for (const trace of traces) deps.recorder.trace(trace)
    await deps.recorder.flush()
    return Promise.all(traces.map(isStored))
  }

  test('after more forged requests from many blocks of one site than a room takes in a minute', async () => {
    for (let at = 0; at < 1_020; at++) deps.recorder.trace(ofSite(at))
    await deps.recorder.flush()
    expect(await rowsOf(client_id)).toHaveLength(traceLimits.rowsPerMinuteOfNetwork)
    expect(await whoseRow(() => forged(7), 20)).not.toContain(false)
  })

  test('its first few of a minute also when many networks have used up what is for all', async () => {
    const each = traceLimits.rowsPerMinuteOfNetwork
    for (let at = 0; at < 60 * each; at++) {
      deps.recorder.trace(forged(1_000 + (at % 60)))
      if (at % 500 === 0) await deps.recorder.flush()
    }
    await deps.recorder.flush()
    const { firstRowsOfNetwork, rowsPerMinute } = traceLimits
    expect(await rowsOf(client_id)).toHaveLength(rowsPerMinute + 60 * firstRowsOfNetwork)
    const stored = await whoseRow(() => forged(7), firstRowsOfNetwork + 1)
    expect(stored).toEqual([...Array.from({ length: firstRowsOfNetwork }, () => true), false])
  })

  test('unless thousands of networks send at once', async () => {
    const recorder = limited({ rowsPerMinute: 4, firstRowsPerMinute: 30, firstRowsOfNetwork: 3 })
    for (let at = 0; at < 60; at++) recorder.trace(forged(at % 20))
    await recorder.flush()
    expect(await rowsOf(client_id)).toHaveLength(30 + 4)
    expect(traceLimits.firstRowsPerMinute / traceLimits.firstRowsOfNetwork).toBeGreaterThanOrEqual(2_000)
  })

  test('when its client_id is mistyped, during a flood of invented names', async () => {
    for (let at = 0; at < 1_020; at++) deps.recorder.trace(ofSite(at, { client_id: `invented ${at}` }))
    await deps.recorder.flush()
    expect(await rowsOf('')).toHaveLength(traceLimits.rowsPerMinuteOfNetworkAndNobody)
    expect(await whoseRow(() => forged(7, { client_id: 'mistyped' }), 20)).not.toContain(false)
  })

  test('when its client_id is mistyped, as the 61st in a minute of one address', async () => {
    for (let at = 0; at < 60; at++) deps.recorder.trace(forged(7, { client_id: `mistyped ${at % 2}` }))
    await deps.recorder.flush()
    expect(await whoseRow(() => forged(7, { client_id: 'mistyped 0' }), 30)).not.toContain(false)
  })

  test('while invented names use up the networks that are told apart', async () => {
    const recorder = limited({ networksPerMinute: 40, rowsPerMinute: 10, rowsPerMinuteOfNobody: 10 })
    recorder.trace(forged(1))
    await recorder.flush()
    for (let at = 0; at < 400; at++) recorder.trace(forged(2 + (at % 20), { client_id: `invented ${at}` }))
    const flood = Array.from({ length: 100 }, () => forged(3))
    const own = Array.from({ length: traceLimits.firstRowsOfNetwork }, () => forged(7))
    for (const trace of [...flood, ...own]) recorder.trace(trace)
    await recorder.flush()
    expect(await Promise.all(own.map(isStored))).not.toContain(false)
  })
})

describe('a budget', () => {
  test('remembers a bounded number of networks; the others have the common share', () => {
    const few = { ...traceLimits, networksPerMinute: 3, rowsPerMinute: 10 }
    const budget = createBudget(deps, few)
    const admitted = Array.from({ length: 100 }, (_, at) => budget.admits(client_id, forged(at)))
    expect(admitted.filter(Boolean)).toHaveLength(3 + 10)
    deps.clock.advance(60)
    expect(budget.admits(client_id, forged(99))).toBe(true)
  })

  test('is as large again in the next minute', async () => {
    const recorder = limited({ rowsPerMinute: 4, firstRowsOfNetwork: 0 })
    for (const rows of [4, 8]) {
      for (let at = 0; at < 9; at++) recorder.trace(forged(at))
      await recorder.flush()
      expect(await rowsOf(client_id)).toHaveLength(rows)
      deps.clock.advance(60)
    }
  })

  test('of those who proved who they are does not depend on their network, and failures have one beside grants', async () => {
    const recorder = limited({ rowsPerMinute: 10, rowsPerMinuteOfNetwork: 2 })
    const authenticated = true
    for (let at = 0; at < 20; at++)
      recorder.trace(forged(7, { authenticated, outcome: 'granted', reason: null }))
    const failures = Array.from({ length: 10 }, () => forged(7, { authenticated }))
    for (const trace of failures) recorder.trace(trace)
    await recorder.flush()
    expect(await rowsOf(client_id)).toHaveLength(20)
    expect(await Promise.all(failures.map(isStored))).not.toContain(false)
  })
})

test('a room that was left too large is trimmed at its first row after a start', async () => {
  const trim = vi.fn(deps.store.traces.trim)
  const store = { ...deps.store, traces: { ...deps.store.traces, trim } }
  const before = limited({})
  for (let at = 0; at < 30; at++) before.trace(forged(at))
  await before.flush()
  const after = limited({ roomRows: 10, trimEvery: 1000 }, store)
  for (let at = 0; at < 3; at++) {
    after.trace(forged(at))
    await after.flush()
  }
  expect(trim.mock.calls).toEqual([[client_id, false, 10]])
  expect(await rowsOf(client_id)).toHaveLength(12)
})

test('a room that could not be trimmed is trimmed after the next batch, and the log says so', async () => {
  const trim = vi.fn(deps.store.traces.trim).mockRejectedValueOnce(new Error('the disk is full'))
  const recorder = limited({ roomRows: 3 }, { ...deps.store, traces: { ...deps.store.traces, trim } })
  for (let at = 0; at < 9; at++) recorder.trace(forged(at))
  await recorder.flush()
  expect(deps.logLines.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'trim_failed', cause: { name: 'Error' } },
  ])
  expect(await rowsOf(client_id)).toHaveLength(9)
  recorder.trace(forged(1))
  await recorder.flush()
  expect(await rowsOf(client_id)).toHaveLength(3)
})

test('with more clients than are remembered every one keeps its traces and its bound, and every request is counted', async () => {
  const recorder = limited({ names: 2, roomRows: 5, trimEvery: 5, rowsPerMinute: 5 })
  const scenes = await Promise.all(Array.from({ length: 6 }, () => aScene(deps.store)))
  for (let round = 0; round < 4; round++) {
    for (let at = 0; at < 10; at++)
      for (const { client } of scenes) recorder.trace(forged(at, { client_id: client.client_id }))
    await recorder.flush()
    deps.clock.advance(60)
  }
  const counts = [await countsOf('')]
  for (const { client } of scenes) {
    const rows = await rowsOf(client.client_id)
    expect(rows.length).toBeGreaterThanOrEqual(5)
    expect(rows.length).toBeLessThanOrEqual(10)
    counts.push(await countsOf(client.client_id))
  }
  // Beyond the names that are remembered some are counted under no client; none is lost.
  expect(counts.flat().reduce((sum, { requests }) => sum + requests, 0)).toBe(4 * 10 * 6)
})
