import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Store } from '../../store.ts'
import type { FiledTokenRequest, TraceFilter, TracePlace } from '../../traces.ts'
import { aFiledTrace, aScene, now } from '../scene.ts'

export function tracePromises(store: () => Store): void {
  const add = (...traces: FiledTokenRequest[]) => store().traces.addMany(traces)
  const ids = async (
    filter: Omit<TraceFilter, 'since'> & { since?: number },
    limit = 1000,
    after?: TracePlace,
  ) => (await store().traces.list({ since: 0, ...filter }, { limit, after })).map(({ trace_id }) => trace_id)

  test('traces are kept whole, and the first of two with one id stays', async () => {
    const traces = Array.from({ length: 101 }, (_, at) =>
      aFiledTrace({ status: 200 + at, authenticated: at % 2 === 0, filed_under: at % 3 === 0 ? 'x' : '' }),
    )
    await add()
    await add(...traces)
    for (const trace of [traces[0], traces[63], traces[64], traces[100]]) {
      expect(await store().traces.find(trace?.trace_id ?? '')).toStrictEqual(trace)
    }
    const fresh = aFiledTrace()
    await add(aFiledTrace({ trace_id: traces[0]?.trace_id ?? '', status: 500 }), fresh)
    expect(await store().traces.find(traces[0]?.trace_id ?? '')).toStrictEqual(traces[0])
    expect(await store().traces.find(fresh.trace_id)).toStrictEqual(fresh)
    expect(await store().traces.find('')).toBeUndefined()
  })

  test('a trace that is too old is not found, swept or not', async () => {
    const trace = aFiledTrace()
    await add(trace)
    expect(await store().traces.find(trace.trace_id, trace.at)).toStrictEqual(trace)
    expect(await store().traces.find(trace.trace_id, trace.at + 1)).toBeUndefined()
  })

  test('a list has the traces of its clients, whole, newest first, authenticated or not, and no other', async () => {
    const [mine, also_mine] = [randomUUID(), randomUUID()]
    const [first, second, third, fourth] = [
      aFiledTrace({ filed_under: also_mine, at: now }),
      aFiledTrace({ filed_under: mine, at: now + 1, authenticated: true, outcome: 'granted', reason: null }),
      aFiledTrace({ filed_under: mine, at: now + 2 }),
      aFiledTrace({ filed_under: also_mine, at: now + 3, authenticated: true }),
    ]
    await add(third, first, aFiledTrace({ filed_under: randomUUID(), client_id: mine }), fourth, second)
    const list = (filed_under: readonly string[]) =>
      store().traces.list({ filed_under, since: 0 }, { limit: 100 })
    expect(await list([mine, also_mine])).toStrictEqual([fourth, third, second, first])
    expect(await list([mine, mine])).toStrictEqual([third, second])
    expect(await list([])).toEqual([])
    expect(await list([randomUUID()])).toEqual([])
  })

  test('each filter narrows the list, and several narrow together', async () => {
    const filed_under = randomUUID()
    const traces = {
      old: aFiledTrace({ filed_under, at: now - 3, reason: 'signature_wrong' }),
      granted: aFiledTrace({
        filed_under,
        at: now - 2,
        outcome: 'granted',
        reason: null,
        authenticated: true,
      }),
      failed: aFiledTrace({ filed_under, at: now - 1, outcome: 'failed', reason: 'code_unknown' }),
      wrong: aFiledTrace({ filed_under, at: now, reason: 'signature_wrong' }),
    }
    await add(...Object.values(traces))
    const rows: [filter: Partial<TraceFilter>, matching: (keyof typeof traces)[]][] = [
      [{}, ['wrong', 'failed', 'granted', 'old']],
      [{ outcome: 'refused' }, ['wrong', 'old']],
      [{ outcome: 'granted' }, ['granted']],
      [{ reason: 'signature_wrong' }, ['wrong', 'old']],
      [{ reason: 'signature' }, []],
      [{ reason: 'code_unknown', outcome: 'refused' }, []],
      [{ reason: 'signature_wrong', from: now - 2 }, ['wrong']],
      [{ from: now - 1 }, ['wrong', 'failed']],
      [{ to: now - 2 }, ['granted', 'old']],
      [{ from: now - 2, to: now - 2 }, ['granted']],
      [{ from: now, to: now - 1 }, []],
      [{ since: now - 1 }, ['wrong', 'failed']],
      [{ since: now - 1, from: now - 3 }, ['wrong', 'failed']],
      [{ since: now - 3, from: now }, ['wrong']],
    ]
    for (const [filter, matching] of rows) {
      const expected = matching.map((name) => traces[name].trace_id)
      expect(await ids({ filed_under: [filed_under], ...filter }), JSON.stringify(filter)).toEqual(expected)
    }
  })

  test('pages over many clients follow each other without gap or repetition while new traces arrive', async () => {
    const filed_under = Array.from({ length: 23 }, () => randomUUID())
    const traces = Array.from({ length: 60 }, (_, at) =>
      aFiledTrace({
        filed_under: filed_under[at % 23] ?? '',
        at: now + Math.floor(at / 20),
        authenticated: at % 2 === 0,
      }),
    )
    await add(...traces)
    const whole = await ids({ filed_under })
    expect(new Set(whole)).toEqual(new Set(traces.map(({ trace_id }) => trace_id)))

    const paged: string[] = []
    let after: TracePlace | undefined
    do {
      const page = await store().traces.list({ filed_under, since: 0 }, { limit: 7, after })
      paged.push(...page.map(({ trace_id }) => trace_id))
      after = page.at(-1)
      await add(aFiledTrace({ filed_under: filed_under[0] ?? '', at: now + 3 }))
    } while (after !== undefined)
    expect(paged).toEqual(whole)
  })

  test('of very many clients a list has the newest, whatever second they are of and whoever had others', async () => {
    const names = Array.from({ length: 300 }, () => randomUUID())
    const of = (client: number, over: Partial<FiledTokenRequest> = {}) =>
      aFiledTrace({ filed_under: names[client] ?? '', at: now, ...over })
    const [busy, quiet, rare] = [40, 299, 77]
    const traces = [
      ...names.map((_, client) => of(client, { authenticated: client % 2 === 0 })),
      ...Array.from({ length: 50 }, (_, n) => of(busy, { at: now + 10 + n, authenticated: n % 3 === 0 })),
      of(quiet, { at: now + 5 }),
      of(rare, { at: now - 5, reason: 'rare' }),
    ]
    await add(...traces)
    const sorted = traces.toSorted((a, b) => b.at - a.at || (a.trace_id < b.trace_id ? 1 : -1))
    const expected = sorted.map(({ trace_id }) => trace_id)
    for (const limit of [1, 49, 51, 120, 352, 1000]) {
      expect(await ids({ filed_under: names }, limit), String(limit)).toEqual(expected.slice(0, limit))
    }
    expect(await ids({ filed_under: names }, 60, sorted[49])).toEqual(expected.slice(50, 110))
    expect(await ids({ filed_under: names, from: now + 1, to: now + 58 }, 3)).toEqual(expected.slice(1, 4))
    expect(await ids({ filed_under: names, reason: 'rare' })).toEqual([expected.at(-1)])
    expect(await ids({ filed_under: names, reason: 'none' })).toEqual([])
    expect(await ids({ filed_under: names, since: now + 60 })).toEqual([])
  })

  test('of the newest traces those of some developers are found, deleted clients of theirs included', async () => {
    const [ada, bob, eve] = [await aScene(store()), await aScene(store()), await aScene(store())]
    // Later than anything else in this table, so that the limit counts these alone.
    const at = 4_000_000_000
    const of = ({ client }: typeof ada, seconds: number) =>
      aFiledTrace({ filed_under: client.client_id, at: at + seconds })
    const [old, first, second, third, last] = [of(ada, -1), of(ada, 0), of(bob, 1), of(ada, 2), of(eve, 3)]
    await add(third, old, last, first, second, aFiledTrace({ filed_under: '', at: at + 4 }))
    await store().clients.setState(bob.client.id, 'deleted', now)
    const newest = async (people: readonly (typeof ada)[], limit: number) => {
      const found = await store().traces.newest(
        people.map(({ developer }) => developer.id),
        at,
        limit,
      )
      return found.toSorted((a, b) => a.at - b.at)
    }
    const placeOf = ({ trace_id, at }: FiledTokenRequest, { developer }: typeof ada) => ({
      trace_id,
      at,
      developer_id: developer.id,
    })
    expect(await newest([ada, bob], 100)).toStrictEqual([
      placeOf(first, ada),
      placeOf(second, bob),
      placeOf(third, ada),
    ])
    expect(await newest([ada, bob, eve], 3)).toStrictEqual([placeOf(third, ada), placeOf(last, eve)])
    expect(await newest([eve], 1)).toEqual([])
    expect(await newest([], 100)).toEqual([])
    await store().traces.trim(ada.client.client_id, false, 0)
    expect(await newest([ada], 100)).toEqual([])
  })

  test('of many traces those are found that are there, whole', async () => {
    const traces = Array.from({ length: 150 }, () => aFiledTrace())
    await add(...traces)
    const names = [...traces.map(({ trace_id }) => trace_id), 'x', '']
    const found = new Map((await store().traces.findMany(names)).map((trace) => [trace.trace_id, trace]))
    expect(found.size).toBe(150)
    for (const trace of traces) expect(found.get(trace.trace_id)).toStrictEqual(trace)
    expect(await store().traces.findMany([])).toEqual([])
  })

  test('trimming a room leaves its newest, and every other room as it was', async () => {
    const filed_under = randomUUID()
    const neighbour = aFiledTrace({ filed_under: randomUUID() })
    const own = aFiledTrace({ filed_under, authenticated: true })
    // Of one second, so that the trace_id decides; and more than one bite of them.
    const noise = Array.from({ length: 1203 }, () => aFiledTrace({ filed_under }))
    await add(own, ...noise, neighbour)
    const sorted = noise
      .map(({ trace_id }) => trace_id)
      .toSorted()
      .toReversed()

    await store().traces.trim(filed_under, false, 1203)
    expect(await ids({ filed_under: [filed_under] }, 5000)).toHaveLength(1204)
    await store().traces.trim(filed_under, false, 100)
    expect(new Set(await ids({ filed_under: [filed_under] }))).toEqual(
      new Set([own.trace_id, ...sorted.slice(0, 100)]),
    )
    await store().traces.trim(filed_under, false, 0)
    expect(await ids({ filed_under: [filed_under] })).toEqual([own.trace_id])
    expect(await ids({ filed_under: [neighbour.filed_under] })).toEqual([neighbour.trace_id])
    await store().traces.trim(filed_under, true, 0)
    expect(await ids({ filed_under: [filed_under] })).toEqual([])
  })

  test('requests are counted by reason over all networks and hours that are not over, most frequent first', async () => {
    const hour = now - (now % 3600)
    const filed_under = randomUUID()
    const one = { filed_under, hour, reason: 'rare', network: '192.0.2.7', requests: 1 }
    await store().traces.count([])
    await store().traces.count([
      one,
      { ...one, reason: '', requests: 5 },
      { ...one, hour: hour - 3600, reason: '', requests: 2 },
      { ...one, network: 'elsewhere', requests: 2 },
      { ...one, reason: 'also', requests: 7 },
      { ...one, filed_under: randomUUID(), requests: 100 },
    ])
    await store().traces.count([one, one])
    const counts = (since: number) => store().traces.counts(filed_under, since)
    expect(await counts(hour - 1)).toStrictEqual([
      { reason: '', requests: 7 },
      { reason: 'also', requests: 7 },
      { reason: 'rare', requests: 5 },
    ])
    expect(await counts(hour)).toStrictEqual([
      { reason: 'also', requests: 7 },
      { reason: '', requests: 5 },
      { reason: 'rare', requests: 5 },
    ])
    expect(await counts(hour + 3599)).toHaveLength(3)
    expect(await counts(hour + 3600)).toEqual([])
    expect(await store().traces.counts(randomUUID(), 0)).toEqual([])
  })

  test('more requests than a 32-bit number holds are counted', async () => {
    const filed_under = randomBytes(8).toString('hex')
    const one = { filed_under, hour: now, reason: '', network: '', requests: 3_000_000_000 }
    await store().traces.count([one])
    await store().traces.count([one, { ...one, network: 'elsewhere' }])
    expect(await store().traces.counts(filed_under, now)).toEqual([{ reason: '', requests: 9_000_000_000 }])
  })
}
