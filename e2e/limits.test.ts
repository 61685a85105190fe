/** Two servers on one PostgreSQL: what one of them counted, the other knows; in memory each counts for itself. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createDatabase } from './testing/database.ts'
import { type Answer, aClient, call, startServer, type TestServer } from './testing/story.ts'

const running: TestServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

/** Two servers that share a database and the key that seals it. */
async function twoServers(
  settings: Parameters<typeof startServer>[0] = {},
): Promise<[TestServer, TestServer]> {
  const shared = {
    database_url: await createDatabase(),
    master_key: 'ab'.repeat(32),
    public_url: 'https://valetkey.test',
    rate_limits: 'on',
    ...settings,
  }
  const one = await startServer(shared)
  running.push(one)
  const other = await startServer(shared)
  running.push(other)
  return [reached(one), reached(other)]
}

/** At its own port, whatever it says of itself. */
const reached = (server: TestServer): TestServer => ({
  ...server,
  url: `http://127.0.0.1:${server.deps.settings.port}`,
})

const guess = (server: TestServer, client_id: string): Promise<Answer> =>
  call(server, 'POST', '/oauth2/introspect', {
    body: new URLSearchParams({ token: 'x', client_id, client_secret: 'a.b.c' }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })

async function statuses(count: number, work: () => Promise<Answer>): Promise<readonly number[]> {
  const seen: number[] = []
  for (let at = 0; at < count; at++) seen.push((await work()).status)
  return seen
}

const nobody = '01890000-0000-7000-8000-000000000000'

describe('in the database', () => {
  test('whoever failed too often at one server has to wait at the other, within about a second', async () => {
    const [one, other] = await twoServers()
    expect(await statuses(31, () => guess(one, nobody))).toEqual([...Array(30).fill(401), 429])
    let tries = 0
    const waits = async () => {
      tries++
      expect((await guess(other, nobody)).status).toBe(429)
    }
    await vi.waitFor(waits, { timeout: 10_000, interval: 250 })
    // Of its own it would have come to that after 30.
    expect(tries).toBeLessThan(20)
    const { headers } = await guess(other, nobody)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(headers.get('ratelimit-policy')).toBe('"failed_proof";q=30;w=60')
    // Nobody else waits for it, at either.
    const client = await aClient(other)
    expect((await guess(other, client.client_id)).status).toBe(401)
  })

  test('what is exact is counted together at once', async () => {
    const [one, other] = await twoServers()
    const wrong = (server: TestServer) =>
      call(server, 'POST', '/api/v0/auth/token', { body: { email: 'nobody@example.com', password: 'wrong' } })
    expect(await statuses(2, () => wrong(one))).toEqual([401, 401])
    const windows = async (server: TestServer) => {
      const { rates, clock } = server.deps
      return rates.peek('sign_in:network:127.0.0.1', clock.now())
    }
    expect(await windows(other)).toMatchObject({ hits: 2 })
    await wrong(other)
    expect(await windows(one)).toMatchObject({ hits: 3 })
  })

  test('a server that starts knows what was counted before it', async () => {
    const [one, other] = await twoServers()
    await statuses(31, () => guess(one, nobody))
    // A stop tells what it counted.
    await other.deps.rates.flush()
    await one.deps.rates.flush()
    const { database_url, master_key } = one.deps.settings
    const third = await startServer({ database_url, master_key, rate_limits: 'on' })
    running.push(third)
    await statuses(2, () => guess(third, nobody))
    await third.deps.rates.flush()
    expect((await guess(third, nobody)).status).toBe(429)
  })
})

test('in memory each server counts for itself, and writes nothing', async () => {
  const [one, other] = await twoServers({ rate_limit_store: 'memory' })
  expect(await statuses(31, () => guess(one, nobody))).toEqual([...Array(30).fill(401), 429])
  await one.deps.rates.flush()
  expect(await statuses(30, () => guess(other, nobody))).toEqual(Array(30).fill(401))
  await call(one, 'POST', '/api/v0/auth/token', { body: { email: 'nobody@example.com', password: 'wrong' } })
  const { clock, store } = one.deps
  expect(await store.limits.peek('sign_in:network:127.0.0.1', clock.now())).toBeUndefined()
})
