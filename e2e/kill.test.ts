/** A server killed at random moments loses nothing it answered, and no code opens the door twice. */
import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseAccessGrant } from '@valetkey/access-grant'
import { expect, test } from 'vitest'
import { createDatabase } from './testing/database.ts'
import { freePort } from './testing/free-port.ts'
import { allRows, countOf, databaseFiles, rowsOf, type Where } from './testing/rows.ts'
import { createSecrets } from './testing/secrets.ts'
import { startServe } from './testing/serve-process.ts'
import {
  aClient,
  aCode,
  aDeveloper,
  aUser,
  type Called,
  call,
  type Person,
  type RegisteredClient,
  redeem,
  startServer,
} from './testing/story.ts'

const redemptions = 300
const atOnce = 8

// Most of the time a server starts, and they do so together.
test.concurrent('SQLite: kill -9 during 300 redemptions', { timeout: 240_000 }, () => surviveKills(''))
test.concurrent('PostgreSQL: kill -9 during 300 redemptions', { timeout: 240_000 }, async () =>
  surviveKills(await createDatabase()),
)

interface Approval {
  readonly user: Person
  readonly client: RegisteredClient
  readonly code: string
}

/** How the codes fared: the access grant of each that was answered, and those whose request the kill cut off. */
interface Fate {
  readonly answered: Map<Approval, string>
  readonly cutOff: Set<Approval>
}

async function surviveKills(database_url: string): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'valetkey-kill-'))
  const where = { data, database_url }
  const port = await freePort()
  const secrets = createSecrets()
  const start = () => startServe({ ...where, port: String(port), rate_limits: 'off', code_ttl: '600' })
  let running = await start()
  const server = { url: running.url, secrets }
  try {
    const approvals = await approve(server)
    const fate: Fate = { answered: new Map(), cutOff: new Set() }
    const queue = [...approvals]
    let kills = 0
    const killer = async () => {
      while (queue.length > 0) {
        const enough = fate.answered.size + 15 + Math.random() * 45
        while (fate.answered.size < enough && queue.length > 0) await sleep(1)
        await sleep(Math.random() * 10)
        await running.kill()
        kills++
        running = await start()
      }
    }
    await Promise.all([killer(), ...Array.from({ length: atOnce }, () => redeemAll(queue, server, fate))])
    await running.kill()

    expect(kills).toBeGreaterThan(2)
    expect(fate.cutOff.size).toBeGreaterThan(0)
    expect(fate.answered.size + fate.cutOff.size).toBe(redemptions)
    await expectWhole(where)
    await expectAnsweredInDatabase(where, fate.answered)
    await expectListedAndLive(where, fate.answered)

    running = await start()
    await retryCutOff(server, fate)
    for (const { client, code } of [...fate.answered.keys()].slice(0, 50)) {
      const again = await redeem(server, client, code)
      expect([again.status, again.body.error]).toEqual([400, 'invalid_code'])
    }
    await running.kill()
    await expectWhole(where)
    const grants = await countOf(where, 'select count(*) as n from grants')
    expect(grants).toBe(await countOf(where, 'select count(distinct request_id) as n from grants'))
    expect(grants).toBe(redemptions)
    const left = database_url === '' ? databaseFiles(data) : Buffer.from(await allRows(where))
    expect(secrets.findIn({ 'the database': left })).toBe(undefined)
  } finally {
    await running.kill()
    rmSync(data, { recursive: true, force: true })
  }
}

/** Three users approve, each for five clients. */
async function approve(server: Called): Promise<Approval[]> {
  const developer = await aDeveloper(server)
  const clients: RegisteredClient[] = []
  for (let n = 0; n < 5; n++) clients.push(await aClient(server, {}, developer))
  const approvals: Approval[] = []
  for (const user of [await aUser(server), await aUser(server), await aUser(server)]) {
    for (let n = 0; n < redemptions / 15; n++) {
      for (const client of clients)
        approvals.push({ user, client, code: (await aCode(server, client, user)).code })
    }
  }
  return approvals
}

/** Takes codes until none is left, each once: a request whose server died under it is not repeated now. */
async function redeemAll(queue: Approval[], server: Called, { answered, cutOff }: Fate): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const answer = await redeem(server, next.client, next.code).catch(() => undefined)
    if (answer === undefined) {
      cutOff.add(next)
      await answering(server)
    } else {
      expect(answer.status, answer.text).toBe(200)
      answered.set(next, answer.body.access_grant)
    }
  }
}

/** What the kill cut off was redeemed or was not: then it is now, and in no case twice. */
async function retryCutOff(server: Called, { cutOff }: Fate): Promise<void> {
  for (const { client, code } of cutOff) {
    const first = await redeem(server, client, code)
    if (first.status !== 200) expect([first.status, first.body.error]).toEqual([400, 'invalid_code'])
    const second = await redeem(server, client, code)
    expect([second.status, second.body.error]).toEqual([400, 'invalid_code'])
  }
}

/** Resolves once the server that was started in its place answers. */
async function answering(server: Called): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const answer = await call(server, 'GET', '/healthz').catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(20)
  }
  throw new Error('the server did not come back')
}

/** Whoever got an answer sees that very client among those that hold access, and the storage network lets the grant in. */
async function expectListedAndLive(where: Where, answered: Fate['answered']): Promise<void> {
  const server = await startServer({ ...where, rate_limits: 'off' })
  try {
    const listed = new Map<Person, Set<string>>()
    for (const { user } of answered.keys()) {
      if (listed.has(user)) continue
      const { body } = await call(server, 'GET', '/api/v0/auth/developer-access', { token: user.token })
      const active = body.filter((app: { is_active: boolean }) => app.is_active)
      listed.set(user, new Set(active.map((app: { client_id: string }) => app.client_id)))
    }
    for (const [{ user, client }, access_grant] of answered) {
      expect([...(listed.get(user) ?? [])]).toContain(client.client_id)
      const { api_key } = parseAccessGrant(access_grant)
      const action = { op: 'read', bucket: 'photos', encrypted_path: Buffer.from('x') } as const
      expect(await server.deps.network.check(api_key, action)).toMatchObject({ allowed: true })
    }
  } finally {
    await server.stop()
  }
}

/** Every code that was answered is spent for one active grant, whose one live API key is the one in the answer. */
async function expectAnsweredInDatabase(where: Where, answered: Fate['answered']): Promise<void> {
  const rows = await rowsOf(
    where,
    `select c.code_hash, g.state, k.head
     from authorization_codes c
     join grants g on g.request_id = c.request_id and g.id = c.grant_id
     join api_keys k on k.grant_id = g.id and k.revoked_at is null
     where c.spent_at is not null`,
  )
  const byHash = Map.groupBy(rows, ({ code_hash }) => String(code_hash))
  for (const [{ code }, access_grant] of answered) {
    const head = Buffer.from(parseAccessGrant(access_grant).api_key.head).toString('hex')
    const found = byHash.get(hash('sha256', code, 'base64url')) ?? []
    expect(found.map((row) => [row.state, row.head])).toEqual([['active', head]])
  }
}

/** Every live key has its active grant, every grant its one spent code and its one key. */
async function expectWhole(where: Where): Promise<void> {
  const orphans = await rowsOf(
    where,
    `select k.head, g.id as grant_id, c.id as code_id
     from api_keys k
     left join grants g on g.id = k.grant_id and g.state = 'active'
     left join authorization_codes c on c.grant_id = g.id and c.spent_at is not null
     where k.revoked_at is null and (g.id is null or c.id is null)`,
  )
  expect(orphans).toEqual([])
  const spent = await countOf(
    where,
    'select count(*) as n from authorization_codes where spent_at is not null',
  )
  expect(await countOf(where, 'select count(*) as n from grants')).toBe(spent)
  expect(await countOf(where, 'select count(*) as n from api_keys')).toBe(spent)
}
