import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TokenRequest } from './domain/token-request.ts'
import { createRecorder } from './recorder.ts'
import type { Store } from './store/store.ts'
import { aScene, aTrace } from './store/testing/scene.ts'
import type { TraceCount } from './store/traces.ts'
import { type TestDeps, testDeps } from './testing/test-deps.ts'
import { traceLimits } from './trace-rooms.ts'

let deps: TestDeps
let client_id: string
/** What was written, in order. */
let written: TraceCount[]
let count: Store['traces']['count']

beforeEach(async () => {
  deps = await testDeps()
  client_id = (await aScene(deps.store)).client.client_id
  written = []
  count = async (counts) => {
    written.push(...counts)
    await deps.store.traces.count(counts)
  }
})
afterEach(() => deps.store.close())

const recorderThatCounts = (networks: number = traceLimits.networks) => {
  const traces: Store['traces'] = { ...deps.store.traces, count: (counts) => count(counts) }
  return createRecorder({ ...deps, store: { ...deps.store, traces } }, { ...traceLimits, networks })
}

const from = (network: string, over: Partial<TokenRequest> = {}): TokenRequest =>
  aTrace({ client_id, at: deps.clock.now(), reason: 'signature_wrong', request: { network }, ...over })

test('requests are counted by client, hour, reason and block of addresses', async () => {
  const recorder = recorderThatCounts()
  const hour = deps.clock.now()
  expect(hour % 3600).toBe(0)
  for (const trace of [
    from('192.0.2.7'),
    from('::ffff:192.0.2.7', { at: hour + 3599 }),
    from('2001:db8::1'),
    from('2001:db8:0:ffff::2'),
    from('192.0.2.7', { at: hour + 3600 }),
    from('192.0.2.7', { outcome: 'granted', reason: null, authenticated: true }),
    from('192.0.2.7', { client_id: 'nobody' }),
    from('192.0.2.7', { client_id: 'somebody else' }),
    from('', { client_id: null, request: {} }),
  ])
    recorder.trace(trace)
  await recorder.flush()
  const one = { filed_under: client_id, hour, reason: 'signature_wrong', network: '192.0.2.7', requests: 1 }
  expect(written).toEqual([
    { ...one, requests: 2 },
    { ...one, network: '2001:db8:0::/48', requests: 2 },
    { ...one, hour: hour + 3600 },
    { ...one, reason: '' },
    { ...one, filed_under: '', requests: 2 },
    { ...one, filed_under: '', network: '' },
  ])
})

test('of very many networks a few are told apart in each hour, and the others counted together', async () => {
  const recorder = recorderThatCounts(3)
  const networksAfter = async (...networks: string[]) => {
    written = []
    for (const network of networks) recorder.trace(from(network))
    await recorder.flush()
    return written.map(({ network, requests }) => [network, requests])
  }
  expect(await networksAfter('a', 'b', 'b')).toEqual([
    ['a', 1],
    ['b', 2],
  ])
  expect(await networksAfter('b', 'c', 'd', 'e', 'd', 'a')).toEqual([
    ['b', 1],
    ['c', 1],
    ['elsewhere', 3],
    ['a', 1],
  ])
  deps.clock.advance(3600)
  expect(await networksAfter('e', 'a')).toEqual([
    ['e', 1],
    ['a', 1],
  ])
})

test('counts are written by themselves, together for a second or more', async () => {
  const recorder = recorderThatCounts()
  const trace = from('192.0.2.7')
  recorder.trace(trace)
  await expect.poll(() => deps.store.traces.find(trace.trace_id)).toBeDefined()
  expect(written).toEqual([])
  recorder.trace(from('192.0.2.7'))
  await expect.poll(() => written).toMatchObject([{ requests: 2 }])
})

test('counts that cannot be written are lost alone, and the log says so', async () => {
  const recorder = recorderThatCounts()
  const works = count
  count = async () => {
    throw new Error('the disk is full')
  }
  const trace = from('192.0.2.7')
  recorder.trace(trace)
  await recorder.flush()
  expect(await deps.store.traces.find(trace.trace_id)).toBeDefined()
  expect(deps.logLines.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'records_lost', kind: 'trace_counts', rows: 1, cause: { name: 'Error' } },
  ])
  count = works
  recorder.trace(from('192.0.2.7'))
  await recorder.flush()
  expect(await deps.store.traces.counts(client_id, deps.clock.now())).toEqual([
    { reason: 'signature_wrong', requests: 1 },
  ])
})
