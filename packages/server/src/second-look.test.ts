import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Recorder } from './deps.ts'
import type { TokenRequest, TraceStep } from './domain/token-request.ts'
import { type SecondLook, type SecondLookLimits, secondLookLimits, withSecondLook } from './second-look.ts'
import { aTrace } from './store/testing/scene.ts'
import { type RefusalScene, refusalScene } from './testing/refusal-scene.ts'
import { type TestDeps, testDeps } from './testing/test-deps.ts'
import { lookUp } from './testing/token-requests.ts'

const found: TraceStep = { step: 'verify_signature', result: 'failed', evidence: { cause: 'empty_key' } }
const fetched = (client_id: string): TraceStep => ({
  step: 'fetch_client',
  result: 'passed',
  evidence: { client_id },
})
const taken: TraceStep = { step: 'verify_signature', result: 'failed', evidence: { cause: 'secret_differs' } }

let deps: TestDeps
let written: TokenRequest[]
let flushed: number
let looked: string[]
beforeEach(async () => {
  deps = await testDeps()
  written = []
  looked = []
  flushed = 0
})
afterEach(() => deps.store.close())

/** Writes into the list of this test. */
function base(): Recorder {
  const rows = written
  return {
    ...deps.recorder,
    trace: (trace) => void rows.push(trace),
    flush: async () => void flushed++,
  }
}
const recorder = (limits: Partial<SecondLookLimits> = {}) =>
  withSecondLook(base(), deps.log, { ...secondLookLimits, ...limits })

/** Every one from a network of its own, unless told. */
let networks = 0
const refusedOf = (client_id = 'photos', network = `10.0.${networks++}`): TokenRequest =>
  aTrace({ client_id, request: { network }, steps: [fetched(client_id), taken] })
const ofNobody = (network?: string, step: TraceStep = unknown): TokenRequest => ({
  ...refusedOf('invented', network),
  steps: [step],
})
const unknown: TraceStep = {
  step: 'fetch_client',
  result: 'failed',
  evidence: { client_id: 'invented', cause: 'client_unknown' },
}
const isShed = ({ trace_id }: TokenRequest) => shed().some((one) => one.trace_id === trace_id)
function look({ trace_id }: TokenRequest): SecondLook {
  const seen = looked
  return async () => {
    seen.push(trace_id)
    return [found]
  }
}
const shed = () => written.filter(({ request }) => request.second_look === false)

test('a request without a look is written at once', () => {
  const { trace } = recorder()
  const granted = aTrace()
  trace(granted)
  expect(written).toEqual([granted])
})

test('a look is taken later, by itself, and makes the trace more precise', async () => {
  const { trace } = recorder({ pauseMs: 5 })
  const refused = refusedOf()
  trace(refused, look(refused))
  await setImmediate()
  expect([written, looked]).toEqual([[], []])
  await expect.poll(() => written).toEqual([{ ...refused, steps: [refused.steps[0], found] }])
})

describe('beyond the limits', () => {
  const { waiting, waitingOfOneNetwork, waitingOfUnknownClients } = secondLookLimits
  const several = (count: number, make: (at: number) => TokenRequest) =>
    Array.from({ length: count }, (_, at) => make(at))
  /** Sends them and tells which were not looked at. */
  async function shedOf(...all: TokenRequest[]): Promise<TokenRequest[]> {
    const { trace, flush } = recorder()
    for (const refused of all) trace(refused, look(refused))
    await flush()
    expect(new Set(written.map(({ trace_id }) => trace_id))).toEqual(
      new Set(all.map(({ trace_id }) => trace_id)),
    )
    expect(looked).toEqual(all.filter((one) => !isShed(one)).map(({ trace_id }) => trace_id))
    return all.filter(isShed)
  }

  test('of one network, the trace is written as it is, and says so', () => {
    const { trace } = recorder()
    for (const network of ['192.0.2.7', '192.0.2.8']) {
      for (const refused of several(waitingOfOneNetwork + 3, (at) => refusedOf(`client ${at}`, network)))
        trace(refused, look(refused))
    }
    expect(shed()).toHaveLength(6)
    expect(written).toHaveLength(6)
    for (const { steps } of written) expect(steps[1]).toEqual(taken)
    expect(looked).toEqual([])
  })

  test('of one site, whichever of its addresses are used', async () => {
    const flood = several(20, (at) => refusedOf('photos', `2001:db8:7:${at}::${at}`))
    expect(await shedOf(...flood)).toEqual(flood.slice(waitingOfOneNetwork))
  })

  test('a flood in the name of a client does not keep its owner from a look', async () => {
    const own = refusedOf('photos', '198.51.100.7')
    const flood = several(200, (at) => refusedOf('photos', `192.0.2.${at % 16}`))
    const lost = await shedOf(...flood, own)
    expect(lost).not.toContain(own)
    expect(lost).toHaveLength(flood.length - waiting + 1)
  })

  test('the newest of the network that has most waiting has to go', async () => {
    const one = several(waiting - 3, () => refusedOf())
    const heavy = several(3, () => refusedOf('photos', '192.0.2.7'))
    const own = refusedOf('photos', '198.51.100.7')
    expect(await shedOf(...heavy, ...one, own)).toEqual([heavy[2]])
  })

  test('when each network has one, the newcomer', async () => {
    const all = several(waiting + 10, (at) => refusedOf(`client ${at}`))
    expect(await shedOf(...all)).toEqual(all.slice(waiting))
  })

  test.each<[string, TraceStep]>([
    ['invented names', unknown],
    ['what is no JWT', { step: 'parse_jwt', result: 'failed', evidence: { cause: 'parts_wrong' } }],
    ['JWTs of some client beside invented names', fetched('photos')],
    ['secrets for names', { ...unknown, evidence: { cause: 'client_id_is_secret' } }],
  ])('%s take up a quarter of the places at most', async (_what, step) => {
    const flood = several(100, () => ofNobody(undefined, step))
    const own = several(waiting - waitingOfUnknownClients, () => refusedOf('photos'))
    expect(await shedOf(...flood, ...own)).toEqual(flood.slice(waitingOfUnknownClients))
    expect(waitingOfUnknownClients).toBe(waiting / 4)
  })

  test('among those, too, the network that has most gives way', async () => {
    const flood = several(16, (at) => ofNobody(`192.0.2.${at % 4}`))
    const mistyped = ofNobody('198.51.100.7')
    expect(await shedOf(...flood, mistyped)).toEqual([flood[15]])
  })

  test('invented names leave the places of their network to those who found their client', async () => {
    const flood = several(64, () => ofNobody('192.0.2.7'))
    const own = refusedOf('photos', '192.0.2.7')
    expect(await shedOf(...flood, own)).toEqual(flood.slice(waitingOfOneNetwork - 1))
  })

  test.each(['client_inactive', 'client_suspended', 'profile_disabled'])(
    'a client that is %s was found',
    async (cause) => {
      const step: TraceStep = { ...unknown, evidence: { client_id: 'invented', cause } }
      expect(await shedOf(...several(waiting, () => ofNobody(undefined, step)))).toEqual([])
    },
  )

  test('an endless flood keeps no more than the limit waiting, and each request is on record', async () => {
    const { trace, flush } = recorder({ pauseMs: 1 })
    const limit = secondLookLimits.waiting + secondLookLimits.atOnce
    let sent = 0
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 100; i++) {
        const refused = refusedOf(`client ${sent++}`)
        trace(refused, look(refused))
        expect(sent - written.length).toBeLessThanOrEqual(limit)
      }
      await setTimeout(1)
    }
    await flush()
    expect(written).toHaveLength(20_000)
    expect(looked.length).toBeGreaterThan(limit)
    expect(looked.length + shed().length).toBe(20_000)
  })

  test('so many are looked at between two pauses, and no more', async () => {
    const { trace, flush } = recorder({ pauseMs: 60 })
    for (let i = 0; i < 20; i++) {
      const refused = refusedOf(`client ${i}`)
      trace(refused, look(refused))
    }
    const seen = new Set<number>()
    while (looked.length < 3 * secondLookLimits.atOnce) {
      seen.add(looked.length)
      await setTimeout(10)
    }
    expect(seen).toContain(0)
    expect(seen).toContain(secondLookLimits.atOnce)
    await flush()
    expect(looked).toHaveLength(20)
  })
})

describe('a look that fails', () => {
  test.each<[string, SecondLook]>([
    ['rejects', async () => Promise.reject(new TypeError('with a secret in its message'))],
    [
      'throws',
      () => {
        throw new RangeError('with a secret in its message')
      },
    ],
    ['throws no error', async () => Promise.reject('a secret')],
  ])('costs the trace nothing else, and the next one nothing at all: it %s', async (_how, failing) => {
    const { trace, flush } = recorder()
    const [bad, good] = [refusedOf('a'), refusedOf('b')]
    trace(bad, failing)
    trace(good, look(good))
    await flush()
    expect(written).toEqual([
      { ...bad, request: { ...bad.request, second_look: false } },
      { ...good, steps: [good.steps[0], found] },
    ])
    const [line = ''] = deps.logLines
    expect(JSON.parse(line)).toMatchObject({ event: 'second_look_failed', trace_id: bad.trace_id })
    expect(line).not.toContain('secret')
  })
})

test('a flush waits for what is being looked at and looks at the rest without a pause', async () => {
  const { trace, flush } = recorder({ pauseMs: 1, atOnce: 1 })
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: allowed, resolve: allow } = Promise.withResolvers<void>()
  const [slow, other] = [refusedOf('a'), refusedOf('b')]
  trace(slow, async () => {
    begin()
    await allowed
    return [found]
  })
  trace(other, look(other))
  await begun
  const flushing = flush()
  await setTimeout(20)
  expect(flushed).toBe(0)
  allow()
  await flushing
  expect(written).toHaveLength(2)
  expect(flushed).toBe(1)
})

test('a flush does not wait for the pause, which would not keep a stopping process alive', async () => {
  const { trace, flush } = recorder({ pauseMs: 60_000 })
  const refused = refusedOf()
  trace(refused, look(refused))
  await flush()
  expect([looked.length, flushed]).toEqual([1, 1])
})

describe('behind the answer', () => {
  let scene: RefusalScene
  beforeEach(async () => {
    scene = await refusalScene()
  })
  afterEach(() => scene.close())

  test('a refused request is answered before anybody looks at it again', async () => {
    const secrets = vi.fn(scene.deps.store.clients.secrets)
    const store = { ...scene.deps.store, clients: { ...scene.deps.store.clients, secrets } }
    const watched = await scene.where({ store })
    secrets.mockClear()
    const { status, headers } = await watched.token({ client_secret: await scene.jwt({}, 'a wrong key') })
    expect(status).toBe(401)
    expect(secrets).not.toHaveBeenCalled()
    await watched.deps.recorder.flush()
    expect(secrets).toHaveBeenCalled()
    expect((await lookUp(scene, String(headers['x-trace-id']))).status).toBe(200)
  })
})
