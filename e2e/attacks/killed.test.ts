/** Servers that are killed while codes are redeemed and access refreshed. */
import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseAccessGrant } from '@valetkey/access-grant'
import { expect, test } from 'vitest'
import type { Form } from '../../packages/server/src/testing/standard-scene.ts'
import { createDatabase } from '../testing/database.ts'
import { freePort } from '../testing/free-port.ts'
import { countOf, rowsOf, type Where } from '../testing/rows.ts'
import { startServe } from '../testing/serve-process.ts'
import {
  type Answer,
  aUser,
  call,
  type Person,
  type RegisteredClient,
  startServer,
} from '../testing/story.ts'
import { anApproval, aStandardClient, postAs } from './testing/over-http.ts'

const kills = 10
const codes = 40
const atOnce = 6

interface Approval {
  readonly client: RegisteredClient
  readonly form: Form & { readonly code: string }
  /** The answers to what was sent, in order; undefined for those that a kill cut off. */
  readonly answers: (Answer | undefined)[]
}

test.concurrent.each<[string, () => Promise<string>]>([
  ['SQLite', async () => ''],
  ['PostgreSQL', createDatabase],
])(
  'attack 78: kill -9: %s: of 40 codes redeemed while the server is killed 10 times none opens more than one grant, and what is alive is listed for its user',
  {
    timeout: 180_000,
  },
  async (_name, database) => {
    const database_url = await database()
    const data = mkdtempSync(join(tmpdir(), 'valetkey-killed-'))
    const where: Where = { data, database_url }
    const at = { ...where, port: String(await freePort()), rate_limits: 'off', code_ttl: '600' }
    let server = await startServe(at)
    try {
      const { url } = server
      const user = await aUser({ url })
      const clients = [await aStandardClient({ url }), await aStandardClient({ url })]
      const approvals: Approval[] = []
      for (let n = 0; n < codes; n++) {
        for (const client of clients.slice(n % 2, (n % 2) + 1))
          approvals.push({ client, form: await anApproval({ url }, client, user), answers: [] })
      }

      const queue = [...approvals]
      let killed = 0
      const killer = async () => {
        while (killed < kills) {
          const enough = codes - Math.floor(codes * (1 - (killed + 0.5) / kills))
          while (codes - queue.length < enough) await sleep(1)
          // Somewhere between the first byte of a request and the last one of its answer.
          await sleep(Math.random() * 15)
          await server.kill()
          killed++
          server = await startServe(at)
        }
      }
      const redeemer = async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) await tried(url, next)
      }
      await Promise.all([killer(), ...Array.from({ length: atOnce }, redeemer)])
      expect(killed).toBe(kills)
      const cutOff = approvals.filter(({ answers }) => answers[0] === undefined)
      expect(cutOff.length).toBeGreaterThan(0)
      for (const { answers } of approvals)
        if (answers[0] !== undefined) expect(answers[0].status, answers[0].text).toBe(200)
      await expectOneGrantPerCode(where, approvals)

      // What was cut off is tried again, as every client does; and once more, as a thief would.
      for (const approval of cutOff) {
        await tried(url, approval)
        const [, second] = approval.answers
        if (second?.status !== 200)
          expect([second?.status, second?.body.error]).toEqual([400, 'invalid_grant'])
      }
      await expectOneGrantPerCode(where, approvals)
      await expectListedAndLive(where, user, approvals)
      for (const approval of approvals) {
        await tried(url, approval)
        expect(approval.answers.at(-1)?.body.error).toBe('invalid_grant')
        expect(approval.answers.filter((answer) => answer?.status === 200).length).toBeLessThanOrEqual(1)
      }
      // Every code was seen twice by now, so nothing it opened is left.
      expect(await countOf(where, "select count(*) as n from grants where state = 'active'")).toBe(0)
      expect(await countOf(where, 'select count(*) as n from api_keys where revoked_at is null')).toBe(0)
    } finally {
      await server.kill()
      rmSync(data, { recursive: true, force: true })
    }
  },
)

/** Redeems it; waits until a server is there again when a kill came between. */
async function tried(url: string, { client, form, answers }: Approval): Promise<void> {
  const answer = await postAs({ url }, '/oauth2/token', client, form).catch(() => undefined)
  answers.push(answer)
  if (answer !== undefined) return
  for (let tries = 0; tries < 1000; tries++) {
    const healthy = await fetch(`${url}/healthz`).catch(() => undefined)
    if (healthy?.status === 200) return
    await sleep(20)
  }
  throw new Error('the server did not come back')
}

/** A code is spent for one grant with one API key, or it is not spent. */
async function expectOneGrantPerCode(where: Where, approvals: readonly Approval[]): Promise<void> {
  const rows = await rowsOf(
    where,
    `select c.code_hash, c.spent_at, c.grant_id,
       (select count(*) from grants g where g.request_id = c.request_id) as grants,
       (select count(*) from api_keys k where k.grant_id = c.grant_id) as keys
     from authorization_codes c`,
  )
  expect(rows).toHaveLength(approvals.length)
  const byHash = new Map(rows.map((row) => [String(row.code_hash), row]))
  for (const { form, answers } of approvals) {
    const row = byHash.get(hash('sha256', form.code.split('.')[0] ?? '', 'base64url'))
    const numbers = [row?.grants, row?.keys].map(Number)
    expect(numbers).toEqual(row?.spent_at === null ? [0, 0] : [1, 1])
    if (answers.some((answer) => answer?.status === 200)) expect(row?.spent_at).not.toBe(null)
  }
}

/** Everything that the storage network lets in belongs to an app that its user sees, and can end. */
async function expectListedAndLive(
  where: Where,
  user: Person,
  approvals: readonly Approval[],
): Promise<void> {
  const server = await startServer({ ...where, rate_limits: 'off' })
  try {
    const { body } = await call(server, 'GET', '/api/v0/auth/developer-access', { token: user.token })
    const listed = body.map(({ client_id }: { client_id: string }) => client_id)
    for (const { client, answers } of approvals) {
      const granted = answers.find((answer) => answer?.status === 200)
      if (granted === undefined) continue
      const { api_key } = parseAccessGrant(granted.body.access_token)
      const action = { op: 'read', bucket: 'photos', encrypted_path: Buffer.from('x') } as const
      expect(await server.deps.network.check(api_key, action)).toMatchObject({ allowed: true })
      expect(listed).toContain(client.client_id)
    }
    const orphans = await rowsOf(
      where,
      `select k.head from api_keys k left join grants g on g.id = k.grant_id and g.state = 'active'
       where k.revoked_at is null and g.id is null`,
    )
    expect(orphans).toEqual([])
  } finally {
    await server.stop()
  }
}
