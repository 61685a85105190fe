import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { bounded } from './bounded-trace.ts'
import type { Recorder } from './deps.ts'
import type { NewAuditEvent } from './domain/audit-event.ts'
import type { TokenRequest } from './domain/token-request.ts'
import { createRecorder } from './recorder.ts'
import type { Store } from './store/store.ts'
import { aScene, aTrace, type Scene } from './store/testing/scene.ts'
import type { FiledTokenRequest } from './store/traces.ts'
import { type TestDeps, testDeps } from './testing/test-deps.ts'
import { type TraceLimits, traceLimits } from './trace-rooms.ts'

let deps: TestDeps
let scene: Scene

beforeEach(async () => {
  deps = await testDeps()
  scene = await aScene(deps.store)
})
afterEach(() => deps.store.close())

const anEvent = (over: Partial<NewAuditEvent> = {}): NewAuditEvent => ({
  actor_kind: 'user',
  actor_id: scene.user.id,
  action: 'user.signed_in',
  resource: scene.user.id,
  outcome: 'success',
  network: '192.0.2.7',
  trace_id: 'aa',
  ...over,
})

const userEvents = (limit = 10_000) => deps.store.audit.log({ user_id: scene.user.id }, { limit })
const lastUse = async () => (await deps.store.clients.secrets(scene.client.id))[0]?.last_used_at
const isStored = async ({ trace_id }: TokenRequest) => (await deps.store.traces.find(trace_id)) !== undefined
const logged = (event: string) =>
  deps.logLines
    .map((line): Record<string, unknown> => JSON.parse(line))
    .filter((entry) => entry.event === event)

/** Whatever waits gets a row. */
const roomy = {
  ...traceLimits,
  waitingOfName: 1_000_000,
  rowsPerMinute: 1_000_000,
  rowsPerMinuteOfNetwork: 1_000_000,
  rowsPerMinuteOfNobody: 1_000_000,
  rowsPerMinuteOfNetworkAndNobody: 1_000_000,
}

/** A recorder over the store with some of its writes replaced. */
function recorderOver(
  change: (store: Store) => { traces?: object; audit?: object; clients?: object },
  limits: TraceLimits = roomy,
): Recorder {
  const { store } = deps
  const { traces = {}, audit = {}, clients = {} } = change(store)
  const changed: Store = {
    ...store,
    traces: { ...store.traces, ...traces },
    audit: { ...store.audit, ...audit },
    clients: { ...store.clients, ...clients },
  }
  return createRecorder({ ...deps, store: changed }, limits)
}

const fails = async () => {
  throw new Error('the disk is full')
}

describe('what is recorded is stored', () => {
  test('traces, audit events and last uses, when flushed', async () => {
    const trace = aTrace()
    deps.recorder.trace(trace)
    deps.recorder.audit(anEvent())
    deps.recorder.secretUsed(scene.secret.id)
    await deps.recorder.flush()
    expect(await deps.store.traces.find(trace.trace_id)).toEqual({ ...trace, filed_under: '' })
    expect(await userEvents()).toMatchObject([
      {
        ...anEvent(),
        user_id: scene.user.id,
        at: deps.clock.now(),
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ])
    expect(await lastUse()).toBe(deps.clock.now())
  })

  test('a trace is cut to the size that a row may have', async () => {
    const names = Array.from({ length: 32 }, (_, at) => `${at}${'\ud800'.repeat(60)}`)
    const trace = aTrace({
      steps: [{ step: 'parse_jwt', result: 'failed', evidence: { claim_names: names } }],
    })
    deps.recorder.trace(trace)
    await deps.recorder.flush()
    expect(await deps.store.traces.find(trace.trace_id)).toEqual({ ...bounded(trace), filed_under: '' })
    expect(bounded(trace)).not.toEqual(trace)
  })

  test('and soon by itself', async () => {
    const trace = aTrace()
    deps.recorder.trace(trace)
    expect(await isStored(trace)).toBe(false)
    await expect.poll(() => isStored(trace)).toBe(true)
  })

  test('with the time of the event, not of the write', async () => {
    const at = deps.clock.now()
    deps.recorder.audit(anEvent())
    deps.recorder.secretUsed(scene.secret.id)
    deps.clock.advance(100)
    await deps.recorder.flush()
    expect((await userEvents())[0]?.at).toBe(at)
    expect(await lastUse()).toBe(at)
  })

  test('an event of somebody else is about the user that it names, and about nobody when it names none', async () => {
    const by = { actor_kind: 'client', actor_id: scene.client.client_id, action: 'oauth.redeemed' } as const
    deps.recorder.audit(anEvent({ ...by, user_id: scene.user.id }))
    deps.recorder.audit(anEvent({ ...by, actor_kind: 'developer', actor_id: scene.user.id }))
    await deps.recorder.flush()
    expect(await userEvents()).toMatchObject([by])
  })

  test('of many uses of a secret the last one is written, once', async () => {
    const noteSecretsUsed = vi.fn(deps.store.clients.noteSecretsUsed)
    const recorder = recorderOver(() => ({ clients: { noteSecretsUsed } }))
    for (let n = 0; n < 300; n++) recorder.secretUsed(scene.secret.id)
    deps.clock.advance(5)
    recorder.secretUsed(scene.secret.id)
    await recorder.flush()
    expect(noteSecretsUsed).toHaveBeenCalledTimes(1)
    expect(await lastUse()).toBe(deps.clock.now())
  })
})

describe('a write that fails loses nothing of another kind, and the log says what was lost', () => {
  test.each<[string, Parameters<typeof recorderOver>[0], boolean[]]>([
    ['traces', () => ({ traces: { addMany: fails } }), [false, true, true]],
    ['audit events', () => ({ audit: { addMany: fails } }), [true, false, true]],
    ['last uses', () => ({ clients: { noteSecretsUsed: fails } }), [true, true, false]],
  ])('%s', async (_kind, change, stored) => {
    const recorder = recorderOver(change)
    const trace = aTrace()
    recorder.trace(trace)
    recorder.audit(anEvent())
    recorder.secretUsed(scene.secret.id)
    await recorder.flush()
    expect([await isStored(trace), (await userEvents()).length === 1, (await lastUse()) !== null]).toEqual(
      stored,
    )
    expect(logged('records_lost')).toMatchObject([{ rows: 1, cause: { name: 'Error' }, level: 'error' }])
  })

  test('what comes after the failure is stored again', async () => {
    let broken = true
    const recorder = recorderOver(({ traces }) => ({
      traces: {
        addMany: (rows: FiledTokenRequest[]) => (broken ? fails() : traces.addMany(rows)),
      },
    }))
    const [lost, kept] = [aTrace(), aTrace()]
    recorder.trace(lost)
    await recorder.flush()
    broken = false
    recorder.trace(kept)
    await recorder.flush()
    expect([await isStored(lost), await isStored(kept)]).toEqual([false, true])
  })
})

describe('under pressure', () => {
  const limit = 5_000
  /** How many of the oldest are missing; the youngest must not be. */
  const firstStored = async (traces: TokenRequest[]): Promise<number> => {
    const oldest = await Promise.all(traces.slice(0, 20).map(isStored))
    const youngest = await Promise.all(traces.slice(-20).map(isStored))
    expect(youngest).not.toContain(false)
    expect(oldest).toEqual([...oldest].sort())
    return oldest.indexOf(true)
  }

  test('5,000 entries of a kind are all stored, in batches that are neither single rows nor all at once', async () => {
    const sizes = { traces: [] as number[], audit: [] as number[] }
    const recorder = recorderOver(({ traces, audit }) => ({
      traces: {
        addMany: (rows: FiledTokenRequest[]) => {
          sizes.traces.push(rows.length)
          return traces.addMany(rows)
        },
      },
      audit: {
        addMany: (rows: Parameters<typeof audit.addMany>[0]) => {
          sizes.audit.push(rows.length)
          return audit.addMany(rows)
        },
      },
    }))
    const traces = Array.from({ length: limit }, () => aTrace())
    for (const trace of traces) {
      recorder.trace(trace)
      recorder.audit(anEvent())
    }
    await recorder.flush()
    for (const kind of [sizes.traces, sizes.audit]) {
      expect(kind.reduce((sum, rows) => sum + rows, 0)).toBe(limit)
      expect(Math.max(...kind)).toBeLessThanOrEqual(500)
      expect(kind.length).toBeLessThanOrEqual(limit / 50)
    }
    expect([await isStored(traces[0] ?? aTrace()), await isStored(traces.at(-1) ?? aTrace())]).toEqual([
      true,
      true,
    ])
    expect(await userEvents()).toHaveLength(limit)
    expect(logged('records_shed')).toEqual([])
  })

  test('the oldest traces are shed, each kind apart from the others, and the log counts them', async () => {
    const recorder = recorderOver(() => ({}))
    const { client_id } = scene.client
    // Known by now, so that whoever invents names does not push it out.
    recorder.trace(aTrace({ client_id }))
    await recorder.flush()
    const own = Array.from({ length: 3 }, () => aTrace({ client_id, authenticated: true }))
    const others = Array.from({ length: 3 }, () => aTrace({ client_id }))
    const noise = Array.from({ length: limit + 7 }, (_, at) => aTrace({ client_id: `invented ${at}` }))
    for (const trace of [...own, ...others, ...noise]) recorder.trace(trace)
    await recorder.flush()
    expect(await firstStored(noise)).toBe(7)
    expect(await Promise.all([...own, ...others].map(isStored))).not.toContain(false)
    expect(logged('records_shed')).toMatchObject([{ rows: 7, level: 'error' }])
    await recorder.flush()
    expect(logged('records_shed')).toHaveLength(1)
  })

  test('of traces whose clients are authenticated the oldest are shed as well', async () => {
    const recorder = recorderOver(() => ({}))
    const traces = Array.from({ length: limit + 2 }, () => aTrace({ authenticated: true }))
    for (const trace of traces) recorder.trace(trace)
    await recorder.flush()
    expect(await firstStored(traces)).toBe(2)
    expect(logged('records_shed')).toMatchObject([{ rows: 2 }])
  })

  test('who fills the queue in one name loses the oldest of that name, and nothing of others', async () => {
    const recorder = recorderOver(() => ({}), { ...roomy, waiting: 20, waitingOfName: 5 })
    const neighbours = Array.from({ length: 3 }, (_, at) => aTrace({ client_id: `neighbour ${at}` }))
    const flood = Array.from({ length: 50 }, () => aTrace({ client_id: 'of one name' }))
    for (const trace of [...neighbours, ...flood]) recorder.trace(trace)
    await recorder.flush()
    expect(await Promise.all(neighbours.map(isStored))).not.toContain(false)
    expect((await Promise.all(flood.map(isStored))).lastIndexOf(false)).toBe(50 - 5 - 1)
    expect(logged('records_shed')).toMatchObject([{ rows: 45 }])
  })

  test('a flood of names that nobody has does not even wait, and pushes out nobody who may be somebody', async () => {
    const limits = { ...roomy, waiting: 20, rowsPerMinuteOfNetworkAndNobody: 4 }
    const recorder = recorderOver(() => ({}), limits)
    const mistaken = Array.from({ length: 3 }, () => aTrace({ client_id: scene.client.client_id }))
    for (const trace of mistaken) recorder.trace(trace)
    const flood = Array.from({ length: 50 }, (_, at) => aTrace({ client_id: `invented ${at}` }))
    for (const trace of flood) recorder.trace(trace, undefined, { client: 'none' })
    await recorder.flush()
    expect(await Promise.all(mistaken.map(isStored))).not.toContain(false)
    expect((await Promise.all(flood.map(isStored))).lastIndexOf(true)).toBe(limits.firstRowsOfNetwork - 1)
    expect(logged('records_shed')).toEqual([])
  })

  test('no audit event is ever shed', async () => {
    for (let n = 0; n < limit + 7; n++) deps.recorder.audit(anEvent())
    await deps.recorder.flush()
    expect(await deps.store.audit.count({ user_id: scene.user.id })).toBe(limit + 7)
    expect(logged('records_shed')).toEqual([])
  })
})

test('flush waits for what was recorded so far, also while an earlier write is under way', async () => {
  const waiting: (() => void)[] = []
  const recorder = recorderOver(({ traces }) => ({
    traces: {
      addMany: async (rows: FiledTokenRequest[]) => {
        await new Promise<void>((resolve) => waiting.push(resolve))
        await traces.addMany(rows)
      },
    },
  }))
  const [first, second] = [aTrace(), aTrace()]
  let flushed = false
  recorder.trace(first)
  const early = recorder.flush()
  await expect.poll(() => waiting).toHaveLength(1)
  recorder.trace(second)
  recorder.secretUsed(scene.secret.id)
  const flush = recorder.flush().then(() => {
    flushed = true
  })
  waiting[0]?.()
  await expect.poll(() => waiting).toHaveLength(2)
  expect([await isStored(first), await isStored(second), flushed]).toEqual([true, false, false])
  waiting[1]?.()
  await Promise.all([early, flush])
  expect(await isStored(second)).toBe(true)
  expect(await lastUse()).toBe(deps.clock.now())
})
