import { describe, expect, test } from 'vitest'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { openPostgres } from '../store/postgres.ts'
import { openSqlite } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { createMemoryCounters } from './memory-counters.ts'
import type { Counted, RateCounters } from './rate-counters.ts'
import { createSharedCounters } from './shared-counters.ts'

const start = 1_000
const of = (key: string, toldFrom = 1): Counted => ({ pool: 'a limit', key, windowSeconds: 60, toldFrom })

function clockAt(seconds: number) {
  let now = seconds
  const set = (to: number): void => {
    now = to
  }
  return { now: () => now, nowMs: () => now * 1000, set }
}

/** Counters that tell only when they are told to, over this store. */
function overStore({ limits }: Pick<Store, 'limits'>, clock = clockAt(start), most = 1000) {
  const errors: string[] = []
  const log = { info: () => undefined, error: (event: string) => void errors.push(event) }
  return { ...createSharedCounters({ limits, clock, log }, { everyMs: 3_600_000, most }), errors }
}

const kinds: Readonly<Record<string, () => Promise<RateCounters>>> = {
  memory: async () => createMemoryCounters(),
  'SQLite, for all servers': async () => overStore(await openSqlite(':memory:')),
  'PostgreSQL, for all servers': async () => overStore(await openPostgres(await createDatabase())),
}

describe.each(Object.entries(kinds))('counts in %s', (_name, open) => {
  test('a window of what is exact begins with its first hit, and begins anew when it is over', async () => {
    const rates = await open()
    expect(await rates.peek('a', start)).toBeUndefined()
    expect(await rates.hit('a', 60, start)).toEqual({ hits: 1, resets_at: start + 60 })
    expect(await rates.hit('a', 60, start + 59)).toEqual({ hits: 2, resets_at: start + 60 })
    await rates.giveBack('a')
    expect(await rates.peek('a', start + 59)).toEqual({ hits: 1, resets_at: start + 60 })
    expect(await rates.peek('a', start + 60)).toBeUndefined()
    expect(await rates.hit('a', 60, start + 60)).toEqual({ hits: 1, resets_at: start + 120 })
    await rates.forget('a')
    expect(await rates.peek('a', start + 60)).toBeUndefined()
    await rates.giveBack('a')
    expect((await rates.hit('a', 60, start + 60)).hits).toBe(1)
  })

  test('what is quick is counted at once, and as much after it was told', async () => {
    const rates = await open()
    expect(rates.look(of('a'), start)).toBeUndefined()
    for (let at = 1; at <= 3; at++)
      expect(rates.count(of('a'), start)).toEqual({ hits: at, resets_at: start + 60 })
    await rates.flush()
    expect(rates.look(of('a'), start)).toEqual({ hits: 3, resets_at: start + 60 })
    expect(rates.count(of('a'), start + 60)).toEqual({ hits: 1, resets_at: start + 120 })
    expect(rates.count(of('b'), start)).toMatchObject({ hits: 1 })
  })

  test('hostile names are names like others', async () => {
    const rates = await open()
    for (const key of ['\0', '\ud800', "' or 1=1 --", 'x'.repeat(10_000), '__proto__']) {
      expect((await rates.hit(key, 60, start)).hits).toBe(1)
      expect(rates.count(of(key), start).hits).toBe(1)
    }
    await rates.flush()
    expect(rates.count(of('__proto__'), start).hits).toBe(2)
  })
})

describe('in memory, when every window of what is exact is taken', () => {
  test('new names of one limit are counted together, and those who were there before go on alone', async () => {
    const rates = createMemoryCounters()
    for (let at = 0; at < 100_000; at++) await rates.hit(`tries:${at}`, 60, start)
    const hits = async (key: string, now = start) => (await rates.hit(key, 60, now)).hits
    for (let at = 0; at < 100; at++) expect(await hits(`tries:new ${at}`)).toBe(1)
    expect([await hits('tries:newer'), await hits('tries:0'), await hits('other:a')]).toEqual([2, 2, 1])
    for (let at = 0; at < 100; at++) await hits('tries:newer')
    expect([await hits('tries:newest'), await hits('tries:newest', start + 60)]).toEqual([3, 1])
    expect(await hits('tries:newest', start + 60)).toBe(2)
  })
})

describe('two servers on one database', () => {
  test('each goes on from the sum of both', async () => {
    const store = await openSqlite(':memory:')
    const [here, there] = [overStore(store), overStore(store)]
    for (let at = 0; at < 20; at++) here.count(of('a'), start)
    for (let at = 0; at < 10; at++) there.count(of('a'), start)
    await here.flush()
    await there.flush()
    expect(there.count(of('a'), start).hits).toBe(31)
    here.count(of('a'), start)
    await there.flush()
    await here.flush()
    expect(here.look(of('a'), start)?.hits).toBe(32)
    await store.close()
  })

  test('a window ends for both when it ends for the one that began it', async () => {
    const store = await openSqlite(':memory:')
    const later = clockAt(start + 20)
    const [here, there] = [overStore(store), overStore(store, later)]
    here.count(of('a'), start)
    await here.flush()
    there.count(of('a'), start + 20)
    await there.flush()
    expect(there.look(of('a'), start + 20)).toEqual({ hits: 2, resets_at: start + 60 })
    expect(there.look(of('a'), start + 60)).toBeUndefined()
    await store.close()
  })

  test('one adds while the other does, in whichever order it met the names, and nothing is lost', async () => {
    const url = await createDatabase()
    const stores = [await openPostgres(url), await openPostgres(url)]
    const names = Array.from({ length: 300 }, (_, at) => `name ${at}`)
    for (let round = 0; round < 5; round++) {
      const all = stores.map(async (store, which) => {
        const rates = overStore(store)
        for (const name of which === 0 ? names : names.toReversed()) rates.count(of(name), start)
        await rates.flush()
        expect(rates.errors).toEqual([])
      })
      await Promise.all(all)
    }
    for (const name of ['name 0', 'name 299'])
      expect(await stores[0]?.limits.peek(`a limit:${name}`, start)).toMatchObject({ hits: 10 })
    for (const store of stores) await store.close()
  })
})

describe('what is told', () => {
  test('is nothing of windows that are hardly used', async () => {
    const store = await openSqlite(':memory:')
    const rates = overStore(store)
    for (let at = 0; at < 4; at++) rates.count(of('a', 5), start)
    await rates.flush()
    expect(await store.limits.peek('a limit:a', start)).toBeUndefined()
    rates.count(of('a', 5), start)
    await rates.flush()
    expect(await store.limits.peek('a limit:a', start)).toMatchObject({ hits: 5 })
    await store.close()
  })

  test('are so many windows at once, those with the most hits first', async () => {
    const store = await openSqlite(':memory:')
    const told: number[][] = []
    const limits = {
      ...store.limits,
      addMany: (...given: Parameters<Store['limits']['addMany']>) => {
        told.push(given[0].map(({ hits }) => hits))
        return store.limits.addMany(...given)
      },
    }
    const rates = overStore({ limits }, clockAt(start), 2)
    for (const [key, hits] of [
      ['a', 1],
      ['b', 5],
      ['c', 3],
    ] as const)
      for (let at = 0; at < hits; at++) rates.count(of(key), start)
    await rates.flush()
    expect(told).toEqual([[5, 3], [1]])
    await store.close()
  })

  test('is nothing of a window that ended meanwhile', async () => {
    const store = await openSqlite(':memory:')
    const clock = clockAt(start)
    const rates = overStore(store, clock)
    rates.count(of('a'), start)
    clock.set(start + 60)
    await rates.flush()
    expect(await store.limits.peek('a limit:a', start)).toBeUndefined()
    await store.close()
  })

  test('comes by itself, within about a second', async () => {
    const store = await openSqlite(':memory:')
    const log = { info: () => undefined, error: () => undefined }
    const rates = createSharedCounters({ limits: store.limits, clock: clockAt(start), log })
    rates.count(of('a'), start)
    await expect.poll(() => store.limits.peek('a limit:a', start)).toMatchObject({ hits: 1 })
    await store.close()
  })
})

describe('while the database is away', () => {
  test('each server counts for itself, complains once, and tells everything when it is back', async () => {
    const store = await openSqlite(':memory:')
    let away = true
    const addMany: Store['limits']['addMany'] = async (...given) => {
      if (away) throw new Error('away')
      return store.limits.addMany(...given)
    }
    const rates = overStore({ limits: { ...store.limits, addMany } })
    for (let at = 1; at <= 3; at++) {
      expect(rates.count(of('a'), start).hits).toBe(at)
      await rates.flush()
    }
    expect(rates.errors).toEqual(['limits_not_shared'])
    away = false
    await rates.flush()
    expect(rates.look(of('a'), start)?.hits).toBe(3)
    expect(await store.limits.peek('a limit:a', start)).toMatchObject({ hits: 3 })
    await store.close()
  })
})

test('in memory a flood of names is bounded, and forgets nothing that was counted', async () => {
  const rates = createMemoryCounters()
  await rates.hit('guessed at', 60, start)
  for (let at = 0; at < 150_000; at++) await rates.hit(`name ${at}`, 60, start)
  expect((await rates.hit('guessed at', 60, start)).hits).toBe(2)
  // The last ones found no room; when the others are over there is some again.
  expect((await rates.hit('name 149999', 60, start)).hits).toBe(1)
  await rates.hit('later', 60, start + 60)
  expect((await rates.hit('later', 60, start + 60)).hits).toBe(2)
})
