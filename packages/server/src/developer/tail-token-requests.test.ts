import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Acting } from '../audited.ts'
import { tokenHash } from '../ids.ts'
import { aFiledTrace } from '../store/testing/scene.ts'
import type { FiledTokenRequest } from '../store/traces.ts'
import {
  aClient,
  ask,
  clientsPath,
  type Person,
  redirectUri,
  signedInAgain,
  signedInPerson,
  type TestClient,
} from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'
import { tokenRequestsPath } from '../testing/token-requests.ts'
import { createTail, type TailEvent, type TailForm, type TailTokenRequests } from './tail-token-requests.ts'

const pollMs = 20

let app: FastifyInstance
let deps: TestDeps
let openTail: TailTokenRequests
let ada: Person
let client: TestClient
let opened: AbortController[]
beforeEach(async () => {
  ;({ app, deps } = await testApp())
  openTail = createTail(deps, { pollMs })
  opened = []
  ada = await signedInPerson(deps, 'developer')
  client = await aClient(app, ada)
})
afterEach(async () => {
  for (const gone of opened) gone.abort()
  await app.close()
  await deps.recorder.flush()
  await deps.store.close()
})

/** A token request that is refused; returns its trace_id. */
async function refused(client_id = client.client_id): Promise<string> {
  const form = { client_id, client_secret: 'no JWT', redirect_uri: redirectUri, code: 'x' }
  const { headers } = await ask(app, undefined, 'POST', '/api/v0/oauth2/token', form)
  return String(headers['x-trace-id'])
}

const aTrace = (over: Partial<FiledTokenRequest> = {}): FiledTokenRequest =>
  aFiledTrace({ filed_under: client.client_id, client_id: client.client_id, at: deps.clock.now(), ...over })

interface Tail {
  /** The next event; undefined at the end. */
  next(): Promise<TailEvent | undefined>
  /** The trace_ids of so many events. */
  take(count: number): Promise<string[]>
  /** The trace_ids of so many events, and of what else comes in the next looks. */
  heard(count: number): Promise<string[]>
  leave(): void
}

interface TailOf extends TailForm {
  readonly who?: Person
  readonly open?: TailTokenRequests
}

async function tail({ who = ada, open = openTail, ...form }: TailOf = {}): Promise<Tail> {
  const gone = new AbortController()
  const events = (await open(await acting(who), form, gone.signal))[Symbol.asyncIterator]()
  opened.push(gone)
  const next = async () => {
    const { done, value } = await events.next()
    if (done !== true) return value
    // As the answer does once its stream has ended.
    gone.abort()
    return undefined
  }
  return {
    next,
    async take(count) {
      const seen: string[] = []
      while (seen.length < count) seen.push((await next())?.data.trace_id ?? 'the end')
      return seen
    },
    async heard(count) {
      const seen: string[] = []
      const all = (async () => {
        for (let event = await next(); event !== undefined; event = await next())
          seen.push(event.data.trace_id)
      })()
      await expect.poll(() => seen.length).toBeGreaterThanOrEqual(count)
      await setTimeout(8 * pollMs)
      gone.abort()
      await all
      return seen
    },
    leave: () => gone.abort(),
  }
}

async function acting({ account, token }: Person): Promise<Acting> {
  const found = await deps.store.sessions.find(tokenHash(token), 'developer', deps.clock.now())
  if (found === undefined) throw new Error('nobody is signed in')
  return {
    kind: 'developer',
    account,
    session: found.session,
    caller: { trace_id: 't', network: '192.0.2.1', user_agent: '' },
  }
}

describe('what comes', () => {
  test('comes as the look-up explains it', async () => {
    const stream = await tail()
    const trace_id = await refused()
    const came = await stream.next()
    const lookUp = await ask(app, ada, 'GET', `${tokenRequestsPath}/${trace_id}`)
    expect(came).toEqual({
      id: expect.stringMatching(/^\d+\.[0-9a-f]{8}$/),
      event: 'token_request',
      data: lookUp.body,
    })
  })

  test('is of my own clients alone, and of the one that is asked for', async () => {
    const second = await aClient(app, ada, { name: 'Second' })
    const eve = await signedInPerson(deps, 'developer')
    const theirs = await aClient(app, eve)
    const [all, one, none, hers] = await Promise.all([
      tail(),
      tail({ client_id: second.client_id }),
      tail({ client_id: theirs.client_id }),
      tail({ who: eve }),
    ])
    const foreign = await refused(theirs.client_id)
    await refused('nobody')
    const first = await refused()
    deps.clock.advance(1)
    const other = await refused(second.client_id)
    await deps.recorder.flush()
    expect(await all.heard(2)).toEqual([first, other])
    expect(await one.heard(1)).toEqual([other])
    expect(await none.heard(0)).toEqual([])
    expect(await hers.heard(1)).toEqual([foreign])
  })

  test('is of a client that was made, and of one that was deleted, after the tail was opened', async () => {
    const stream = await tail()
    const fresh = await aClient(app, ada, { name: 'Fresh' })
    const first = await refused(fresh.client_id)
    expect(await stream.take(1)).toEqual([first])
    await ask(app, ada, 'DELETE', `${clientsPath}/${fresh.id}`)
    const second = await refused(fresh.client_id)
    expect(await stream.take(1)).toEqual([second])
  })

  test('begins now: what was before is in the list, though it is written later', async () => {
    await refused()
    await deps.recorder.flush()
    const [before] = [aTrace()]
    deps.clock.advance(1)
    const stream = await tail()
    await deps.store.traces.addMany([before])
    const fresh = await refused()
    await deps.recorder.flush()
    expect(await stream.heard(1)).toEqual([fresh])
  })

  test('comes though it was written some seconds late, and though it was written by another server', async () => {
    const stream = await tail()
    deps.clock.advance(5)
    const first = await refused()
    expect(await stream.take(1)).toEqual([first])
    const late = aTrace({ at: deps.clock.now() - 4 })
    await deps.store.traces.addMany([late])
    expect(await stream.take(1)).toEqual([late.trace_id])
  })

  test('comes after a time without database, none missing', async () => {
    const newest = vi.spyOn(deps.store.traces, 'newest').mockRejectedValue(new Error('away'))
    const stream = await tail()
    const first = await refused()
    await deps.recorder.flush()
    await expect.poll(() => newest.mock.calls.length).toBeGreaterThan(1)
    deps.clock.advance(60)
    newest.mockRestore()
    expect(await stream.take(1)).toEqual([first])
    expect(deps.logLines.some((line) => line.includes('token_request_watch_failed'))).toBe(true)
  })

  test('is every request of a flood of hundreds, and to a slow reader the newest 500', async () => {
    const traces = Array.from({ length: 700 }, (_, n) =>
      aTrace({ at: deps.clock.now() + Math.floor(n / 300) }),
    )
    const quick = await tail()
    const slow = await tail()
    await deps.store.traces.addMany(traces.slice(0, 400))
    const ids = traces.map(({ trace_id }) => trace_id)
    const seen = await quick.take(400)
    expect(new Set(seen)).toEqual(new Set(ids.slice(0, 400)))
    deps.clock.advance(5)
    await deps.store.traces.addMany(traces.slice(400))
    expect(new Set(await quick.take(300))).toEqual(new Set(ids.slice(400)))
    const late = await slow.heard(500)
    expect(late).toHaveLength(500)
    expect(late).toEqual(expect.arrayContaining(ids.slice(400)))
  })
})

describe('a tail that goes on behind an event', () => {
  test('has no gap and nothing twice, within one second and late ones included', async () => {
    const early = await tail()
    deps.clock.advance(3)
    const before = [await refused(), await refused(), await refused(), await refused()]
    await deps.recorder.flush()
    const told = [await early.next(), await early.next()]
    early.leave()

    const between = [await refused(), await refused()]
    await deps.recorder.flush()
    const late = aTrace({ at: deps.clock.now() - 2 })
    await deps.store.traces.addMany([late])
    deps.clock.advance(120)
    const resumed = await tail({ last_event_id: told[1]?.id })
    const rest = await resumed.take(5)
    const last = await refused()
    await deps.recorder.flush()
    expect(await resumed.heard(1)).toEqual([last])
    const seen = [...told.map((event) => event?.data.trace_id), ...rest]
    expect(seen).toHaveLength(7)
    expect(new Set(seen)).toEqual(new Set([...before, ...between, late.trace_id]))
  })

  test('tells nothing twice that came while it was opened, or that others were told before', async () => {
    const other = await tail()
    const first = await refused()
    const event = await other.next()
    const second = await refused()
    expect(await other.take(1)).toEqual([second])
    const resumed = await tail({ last_event_id: event?.id })
    const third = await refused()
    await deps.recorder.flush()
    expect((await resumed.heard(2)).toSorted()).toEqual([second, third].toSorted())
    expect(event?.data.trace_id).toBe(first)
  })

  test('goes back one hour at most, whatever it asks for', async () => {
    const now = deps.clock.now()
    const [old, young] = [aTrace({ at: now - 3601 }), aTrace({ at: now - 3600 })]
    await deps.store.traces.addMany([old, young])
    for (const last_event_id of ['0.', `${now - 3601}.`]) {
      const stream = await tail({ last_event_id })
      expect(await stream.heard(1)).toEqual([young.trace_id])
    }
  })

  test('from a place in the future goes on from now', async () => {
    const stream = await tail({ last_event_id: `${deps.clock.now() + 3600}.` })
    const fresh = await refused()
    expect(await stream.take(1)).toEqual([fresh])
  })

  test('stays short enough for a header after a flood, and then tells nothing twice that it remembers', async () => {
    const now = deps.clock.now()
    const stream = await tail()
    const flood = (at: number) => deps.store.traces.addMany(Array.from({ length: 400 }, () => aTrace({ at })))
    await flood(now)
    await stream.take(400)
    await flood(now + 1)
    const events = []
    for (let i = 0; i < 400; i++) events.push(await stream.next())
    const last_event_id = events.at(-1)?.id ?? ''
    expect(last_event_id).toHaveLength(`${now}.`.length + 500 * 8)
    deps.clock.advance(1)
    const resumed = await tail({ last_event_id })
    const names = new Set(last_event_id.split('.')[1]?.match(/.{8}/g))
    const again = await resumed.heard(0)
    expect(again.filter((trace_id) => names.has(trace_id.slice(0, 8)))).toEqual([])
  })
})

describe('it ends', () => {
  test('when the session ends', async () => {
    const stream = await tail()
    await deps.store.sessions.end(tokenHash(ada.token))
    expect(await stream.next()).toBe(undefined)
  })

  test('in the midst of what came at once, when the session ends', async () => {
    await deps.store.traces.addMany(Array.from({ length: 60 }, () => aTrace()))
    const stream = await tail()
    expect((await stream.next())?.event).toBe('token_request')
    await deps.store.sessions.end(tokenHash(ada.token))
    expect(await stream.next()).toBe(undefined)
  })

  test('after an hour, to be asked for again', async () => {
    const stream = await tail()
    deps.clock.advance(3600)
    expect(await stream.next()).toBe(undefined)
  })

  test('at once when the client leaves, in the midst of waiting', async () => {
    const find = vi.spyOn(deps.store.sessions, 'find')
    const stream = await tail({ open: createTail(deps, { pollMs: 10_000 }) })
    find.mockClear()
    const waiting = stream.next()
    await expect.poll(() => find).toHaveBeenCalledOnce()
    const begun = performance.now()
    stream.leave()
    expect(await waiting).toBe(undefined)
    expect(performance.now() - begun).toBeLessThan(900)
    expect(find).toHaveBeenCalledOnce()
  })
})

describe('the database is asked', () => {
  test('once for all tails together, and for no more while nothing comes', async () => {
    const people = [ada, ...(await Promise.all([1, 2, 3].map(() => signedInPerson(deps, 'developer'))))]
    const { traces, clients } = deps.store
    const newest = vi.spyOn(traces, 'newest')
    const streams = []
    for (const who of [...people, ...people]) streams.push(await tail({ who, open: openTail }))
    const other = [vi.spyOn(traces, 'list'), vi.spyOn(traces, 'findMany'), vi.spyOn(clients, 'everOf')]
    newest.mockClear()
    const begun = performance.now()
    expect(await Promise.all(streams.map((stream) => stream.heard(0)))).toEqual(streams.map(() => []))
    const looks = Math.ceil((performance.now() - begun) / pollMs) + 1
    expect(newest.mock.calls.length).toBeGreaterThan(1)
    expect(newest.mock.calls.length).toBeLessThanOrEqual(looks)
    for (const spy of other) expect(spy).not.toHaveBeenCalled()
  })

  test('once for what is to be told to one account, however many tails it has', async () => {
    const streams = [await tail(), await tail(), await tail()]
    const everOf = vi.spyOn(deps.store.clients, 'everOf')
    await deps.store.traces.addMany([aTrace(), aTrace()])
    for (const stream of streams) expect(await stream.take(2)).toHaveLength(2)
    expect(everOf).toHaveBeenCalledOnce()
  })

  test('no more when the last tail is gone, and again when there is one', async () => {
    const newest = vi.spyOn(deps.store.traces, 'newest')
    const streams = [await tail(), await tail()]
    for (const stream of streams) stream.leave()
    newest.mockClear()
    await setTimeout(5 * pollMs)
    expect(newest).not.toHaveBeenCalled()
    const stream = await tail()
    const fresh = await refused()
    expect(await stream.take(1)).toEqual([fresh])
  })
})

test('opening a tail is audited with what is asked for, refused ones included', async () => {
  const audit = vi.spyOn(deps.recorder, 'audit')
  const theirs = await aClient(app, await signedInPerson(deps, 'developer'))
  audit.mockClear()
  for (const client_id of [undefined, client.client_id, theirs.client_id, '<b>']) await tail({ client_id })
  await expect(tail({ last_event_id: 'x' })).rejects.toMatchObject({ reason: 'request_malformed' })
  expect(audit.mock.calls.map(([{ action, resource, outcome }]) => [action, resource, outcome])).toEqual([
    ['token_request.tailed', 'all', 'success'],
    ['token_request.tailed', client.client_id, 'success'],
    ['token_request.tailed', 'all', 'success'],
    ['token_request.tailed', 'all', 'success'],
    ['token_request.tailed', 'all', 'failed'],
  ])
  expect(audit.mock.calls[0]?.[0]).toMatchObject({ actor_kind: 'developer', actor_id: ada.account.id })
})

describe('it is refused', () => {
  const full = { reason: 'rate_limited', retry_after: 10 }

  test.each(['x', '1', '1.xyz', '1.0123456', '.', `${'1'.repeat(13)}.`, '-1.'])(
    'with a place that is none of ours: %s',
    async (last_event_id) => {
      await expect(tail({ last_event_id })).rejects.toMatchObject({ reason: 'request_malformed' })
    },
  )

  test('to an account that has five of them open, in whatever sessions, until one is left', async () => {
    const again = await signedInAgain(deps, 'developer', ada.account)
    const streams = []
    for (const who of [ada, ada, ada, again, again]) streams.push(await tail({ who }))
    await expect(tail({ who: again })).rejects.toMatchObject(full)
    await tail({ who: await signedInPerson(deps, 'developer') })

    streams[0]?.leave()
    await tail()
    await expect(tail()).rejects.toMatchObject(full)
    await deps.store.sessions.end(tokenHash(again.token))
    expect(await streams[3]?.next()).toBe(undefined)
    await tail()
    await expect(tail()).rejects.toMatchObject(full)
  })

  test('by a server that has a hundred of them open, to everybody, until one is left', async () => {
    const streams = []
    for (let i = 0; i < 20; i++) {
      const who = await signedInPerson(deps, 'developer')
      for (let k = 0; k < 5; k++) streams.push(await tail({ who }))
    }
    await expect(tail()).rejects.toMatchObject(full)
    streams[0]?.leave()
    await tail()
    await expect(tail()).rejects.toMatchObject(full)
  })

  test('more than 60 times an hour', async () => {
    for (let i = 0; i < 60; i++) (await tail()).leave()
    await expect(tail()).rejects.toMatchObject({ reason: 'rate_limited', retry_after: 3600 })
  })
})
