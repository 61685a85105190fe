import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, expect, inject, test, vi } from 'vitest'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { freePort } from '../../../../e2e/testing/free-port.ts'

// Each starts several processes one after another, beside all the other tests.
vi.setConfig({ testTimeout: 120_000 })

const data = mkdtempSync(join(tmpdir(), 'valetkey-workers-'))
const children = new Set<ChildProcess>()
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})
afterAll(() => rmSync(data, { recursive: true, force: true }))

interface LoggedEvent {
  readonly event: string
  readonly pid?: number
  readonly cause?: string
}

/** A primary with two workers, and what they log. */
function begin(database_url: string, port: number, metricsPort = 0) {
  const program = fileURLToPath(import.meta.resolve('./testing/primary-process.ts'))
  const child = spawn(process.execPath, [program, data, database_url, String(port), String(metricsPort)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  const events: LoggedEvent[] = []
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line)))
  const all = (event: string) => events.filter((one) => one.event === event)
  const logged = (event: string, count: number): Promise<LoggedEvent[]> =>
    vi.waitFor(() => {
      expect(all(event).length).toBeGreaterThanOrEqual(count)
      return all(event)
    }, 60_000)
  const pids = async (count: number) => (await logged('worker_ready', count)).map(({ pid = 0 }) => pid)
  return { child, all, logged, pids, ended: once(child, 'exit').then(([code]) => code) }
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function withoutDatabase(database_url: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  await client.query(`drop database ${new URL(database_url).pathname.slice(1)} with (force)`)
  await client.end()
}

test('workers that die are replaced; when none can be started any more it is over, and it is said why', async () => {
  const database_url = await createDatabase()
  const primary = begin(database_url, await freePort())
  for (const pid of await primary.pids(2)) process.kill(pid, 'SIGKILL')
  const [, , ...replaced] = await primary.pids(4)
  await withoutDatabase(database_url)
  for (const pid of replaced) process.kill(pid, 'SIGKILL')
  expect(await primary.ended).toBe(1)
  expect(primary.all('worker_died')).toHaveLength(4)
  expect(primary.all('worker_not_started').length).toBeGreaterThan(2)
  expect(primary.all('given_up')[0]?.cause).toContain('the database cannot be reached')
})

test('when a new worker cannot start, the old ones stay', async () => {
  const database_url = await createDatabase()
  const port = await freePort()
  const primary = begin(database_url, port)
  const before = await primary.pids(2)
  await withoutDatabase(database_url)
  primary.child.kill('SIGUSR2')
  await primary.logged('workers_not_renewed', 1)
  for (const pid of before) expect(process.kill(pid, 0)).toBe(true)
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
})

test.each([
  ['the one whose turn it is', 0],
  ['the one whose turn comes later', 1],
])('a worker that dies while all are replaced gets one successor: %s', async (_, at) => {
  const primary = begin(await createDatabase(), await freePort())
  const before = await primary.pids(2)
  primary.child.kill('SIGUSR2')
  process.kill(before[at] ?? 0, 'SIGKILL')
  await primary.logged('workers_renewed', 1)
  await vi.waitFor(() => {
    const alive = primary.all('worker_ready').filter(({ pid = 0 }) => isAlive(pid))
    expect(alive).toHaveLength(2)
  }, 20_000)
  expect(primary.all('worker_died')).toMatchObject([{ pid: before[at], signal: 'SIGKILL', exit_code: null }])
})

test('a worker that hangs while it starts holds up the end of all no longer than any other', async () => {
  const primary = begin(await createDatabase(), await freePort())
  const before = await primary.pids(2)
  primary.child.kill('SIGUSR2')
  const [hanging = 0] = await vi.waitFor(() => {
    const young = childrenOf(primary.child.pid ?? 0).filter((pid) => !before.includes(pid))
    expect(young).toHaveLength(1)
    return young
  }, 20_000)
  process.kill(hanging, 'SIGSTOP')
  primary.child.kill('SIGTERM')
  await primary.ended
  expect([...before, hanging].filter(isAlive)).toEqual([])
})

test('the figures of all workers are one page, beside the server', async () => {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const primary = begin(await createDatabase(), port, metricsPort)
  await primary.pids(2)
  // Connections are handed out in turns, so both workers answer some.
  for (let at = 0; at < 10; at++) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } })
    expect(answer.status).toBe(200)
  }
  await vi.waitFor(async () => {
    const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    const counted = /^valetkey_http_request_seconds_count\{[^}]*"\/healthz"[^}]*\} (\d+)$/m.exec(page)
    expect(Number(counted?.[1])).toBe(10)
  }, 10_000)
})

test('workers end with their primary, however it ends', async () => {
  const primary = begin(await createDatabase(), await freePort())
  const pids = await primary.pids(2)
  primary.child.kill('SIGKILL')
  for (const pid of pids) await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 20_000)
})

test('a port that is taken stops the start, and says so', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const primary = begin(await createDatabase(), port)
  expect(await primary.ended).toBe(1)
  expect(primary.all('given_up')[0]?.cause).toContain('EADDRINUSE')
  taken.close()
})
