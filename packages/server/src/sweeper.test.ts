import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { createDatabase } from '../../../e2e/testing/database.ts'
import { createLog } from './log.ts'
import { readSettings } from './settings.ts'
import { openPostgres } from './store/postgres.ts'
import { openSqlite } from './store/sqlite.ts'
import { type Store, StoreUnavailable } from './store/store.ts'
import { anAccount, aSession, now } from './store/testing/scene.ts'
import { type Sweeper, startSweeper } from './sweeper.ts'

const clock = { now: () => now, nowMs: () => now * 1000 }
const settings = readSettings({}, {})
const quick = { everyMs: 20, bite: 10, rest: 0 }
const opened: (Sweeper | Store)[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await ('stop' in one ? one.stop() : one.close())
})

async function aStore(open: Promise<Store>): Promise<Store> {
  const store = await open
  opened.push(store)
  return store
}

function sweepWith(store: Store, limits = quick) {
  const logLines: string[] = []
  const log = createLog({ write: (line) => void logLines.push(line) })
  const sweeper = startSweeper({ store, clock, random: randomBytes, log, settings }, limits)
  opened.push(sweeper)
  return { sweeper, logLines }
}

/** Sessions that are over, and a question whether any of them is left. */
async function leftovers(store: Store, count: number): Promise<() => Promise<number>> {
  const account = anAccount()
  await store.users.add(account)
  const sessions = Array.from({ length: count }, () =>
    aSession(account.id, { kind: 'user', expires_at: now - 1 }),
  )
  for (const session of sessions) await store.sessions.add(session, account.password_hash)
  return async () => {
    const found = await Promise.all(
      sessions.map(({ token_hash }) => store.sessions.find(token_hash, 'user', now - 2)),
    )
    return found.filter((session) => session !== undefined).length
  }
}

test('what is over goes bite by bite until nothing is left', async () => {
  const store = await aStore(openSqlite(':memory:'))
  const left = await leftovers(store, 35)
  const bites = vi.spyOn(store, 'sweep')
  sweepWith(store)
  await expect.poll(() => left()).toBe(0)
  expect(bites.mock.calls.slice(0, 4).map(([at, bite]) => [at, bite])).toEqual(
    Array.from({ length: 4 }, () => [now, 10]),
  )
})

test('a sweep that fails is told, and tried again', async () => {
  const store = await aStore(openSqlite(':memory:'))
  const left = await leftovers(store, 1)
  const broken = vi.spyOn(store, 'sweep').mockRejectedValueOnce(new StoreUnavailable('the database is away'))
  const { logLines } = sweepWith(store)
  await expect.poll(() => left()).toBe(0)
  expect(broken).toHaveBeenCalled()
  expect(logLines.map((line) => JSON.parse(line).event)).toEqual(['sweep_failed'])
})

test('a stop waits for the bite under way, and no other follows', async () => {
  const store = await aStore(openSqlite(':memory:'))
  const bite = Promise.withResolvers<number>()
  const bites = vi.spyOn(store, 'sweep').mockReturnValue(bite.promise)
  const { sweeper, logLines } = sweepWith(store)
  await expect.poll(() => bites).toHaveBeenCalledOnce()
  const stopped = sweeper.stop()
  bite.resolve(quick.bite)
  await stopped
  expect(bites).toHaveBeenCalledOnce()
  expect(logLines).toEqual([])
})

test('of two servers one sweeps at a time, and the other goes on when that one dies', async () => {
  const url = await createDatabase()
  const here = await aStore(openPostgres(url))
  const left = await leftovers(here, 25)
  // In the middle of its bite, as long as it lives.
  const other = new pg.Client({ connectionString: url })
  other.on('error', () => {})
  await other.connect()
  await other.query('begin')
  const { rows } = await other.query('select pg_try_advisory_xact_lock(8530218352217122170) as alone')
  expect(rows).toEqual([{ alone: true }])

  const bites = vi.spyOn(here, 'sweep')
  sweepWith(here)
  await expect.poll(() => bites.mock.calls.length).toBeGreaterThan(2)
  expect(await left()).toBe(25)

  const killer = new pg.Client({ connectionString: url })
  await killer.connect()
  await killer.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
  )
  await killer.end()
  await expect.poll(() => left()).toBe(0)
})

test('servers that sweep at once remove each row once, and leave none', async () => {
  const url = await createDatabase()
  const stores = await Promise.all([1, 2, 3].map(() => aStore(openPostgres(url))))
  const [first] = stores as [Store]
  const left = await leftovers(first, 60)
  let removed = 0
  while ((await left()) > 0) {
    const bites = await Promise.all(stores.map((store) => store.sweep(now, 10)))
    removed += bites.reduce((sum, rows) => sum + rows, 0)
  }
  expect(removed).toBe(60)
})
