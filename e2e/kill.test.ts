/** A server killed at random moments loses nothing it answered, and no code opens the door twice. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseAccessGrant } from '@valetkey/access-grant'
import { expect, test } from 'vitest'
import { createDatabase } from './testing/database.ts'
import { rowsOf } from './testing/rows.ts'
import { aClient, aCode, aUser, call, type Person, type RegisteredClient, redeem } from './testing/story.ts'

const redemptions = 300
const atOnce = 8

test('SQLite: kill -9 during 300 redemptions', { timeout: 240_000 }, () => surviveKills(''))
test('PostgreSQL: kill -9 during 300 redemptions', { timeout: 240_000 }, async () =>
  surviveKills(await createDatabase()),
)

interface Approval {
  readonly user: Person
  readonly code: string
}

async function surviveKills(database_url: string): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'valetkey-kill-'))
  const port = await freePort()
  const server = { url: `http://localhost:${port}` }
  let child = await start(port, data, database_url)
  try {
    const client = await aClient(server)
    const approvals: Approval[] = []
    for (let n = 0; n < redemptions / 100; n++) {
      const user = await aUser(server)
      for (let m = 0; m < 100; m++) approvals.push({ user, code: (await aCode(server, client, user)).code })
    }

    const answered = new Map<string, string>()
    const queue = [...approvals]
    let kills = 0
    const killer = async () => {
      while (queue.length > 0) {
        const enough = answered.size + 15 + Math.random() * 45
        while (answered.size < enough && queue.length > 0) await sleep(1)
        await sleep(Math.random() * 10)
        await kill(child)
        kills++
        child = await start(port, data, database_url)
      }
    }
    await Promise.all([
      killer(),
      ...Array.from({ length: atOnce }, () => redeemAll(queue, server, client, answered)),
    ])

    expect(kills).toBeGreaterThan(2)
    expect(answered.size).toBeGreaterThan(0)
    await expectListed(server, approvals, answered)
    await kill(child)
    await expectWhole({ data, database_url }, [...answered.values()])

    child = await start(port, data, database_url)
    for (const code of [...answered.keys()].slice(0, 50)) {
      const again = await redeem(server, client, code)
      expect([again.status, again.body.error]).toEqual([400, 'invalid_code'])
    }
  } finally {
    await kill(child)
    rmSync(data, { recursive: true, force: true })
  }
}

/** Takes codes until none is left, each once: a request whose server died under it is not repeated. */
async function redeemAll(
  queue: Approval[],
  server: { url: string },
  client: RegisteredClient,
  answered: Map<string, string>,
): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { code } = next
    const answer = await redeem(server, client, code).catch(() => undefined)
    if (answer?.status === 200) answered.set(code, answer.body.access_grant)
    else await answering(server)
  }
}

/** Resolves once the server that was started in its place answers. */
async function answering(server: { url: string }): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const answer = await call(server, 'GET', '/healthz').catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(20)
  }
  throw new Error('the server did not come back')
}

/** Whoever got an answer sees the app among those that hold access. */
async function expectListed(
  server: { url: string },
  approvals: readonly Approval[],
  answered: ReadonlyMap<string, string>,
): Promise<void> {
  for (const user of new Set(
    approvals.filter(({ code }) => answered.has(code)).map((approval) => approval.user),
  )) {
    const { body } = await call(server, 'GET', '/api/v0/auth/developer-access', { token: user.token })
    expect(body).toHaveLength(1)
    expect(body[0].is_active).toBe(true)
  }
}

/** Every answered access grant has its live key; every live key has its active grant; every grant has its one spent code. */
async function expectWhole(
  where: { data: string; database_url: string },
  accessGrants: readonly string[],
): Promise<void> {
  const live = await rowsOf(
    where,
    `select k.head, g.id as grant_id, c.id as code_id
     from api_keys k
     left join grants g on g.id = k.grant_id and g.state = 'active'
     left join authorization_codes c on c.grant_id = g.id and c.spent_at is not null
     where k.revoked_at is null`,
  )
  const orphans = live.filter(({ grant_id, code_id }) => grant_id === null || code_id === null)
  expect(orphans).toEqual([])
  const heads = new Set(live.map(({ head }) => head))
  const lost = accessGrants
    .map((text) => Buffer.from(parseAccessGrant(text).api_key.head).toString('hex'))
    .filter((head) => !heads.has(head))
  expect(lost).toEqual([])
  const [spent, grants, keys] = await Promise.all(
    [
      'select count(*) as n from authorization_codes where spent_at is not null',
      'select count(*) as n from grants',
      'select count(*) as n from api_keys',
    ].map(async (query) => Number((await rowsOf(where, query))[0]?.n)),
  )
  expect([grants, keys]).toEqual([spent, spent])
}

async function start(port: number, data: string, database_url: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'testing/redeemer.ts')
  const child = spawn(process.execPath, [script, String(port), data, database_url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const died = once(child, 'exit').then(() => {
    throw new Error('the server ended before it was ready')
  })
  await Promise.race([once(child.stdout, 'data'), died])
  died.catch(() => undefined)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
