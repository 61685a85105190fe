/** Webhooks of servers that share one database, and of one that is killed in the middle of a delivery. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase } from './testing/database.ts'
import { type HookReceiver, startHookReceiver } from './testing/hook-receiver.ts'
import { rowsOf } from './testing/rows.ts'
import { startServe } from './testing/serve-process.ts'
import { aClient, aCode, aDeveloper, aUser, type Called, call, redeem, startServer } from './testing/story.ts'

const path = '/api/v0/developer/auth/webhooks'
const master_key = 'ab'.repeat(32)

let receiver: HookReceiver
beforeEach(async () => {
  receiver = await startHookReceiver()
})
afterEach(() => receiver.close())

const ids = (): string[] => receiver.received.map(({ headers }) => headers['webhook-id'] ?? '')

/** A developer with a webhook, a client and a user who has approved it so often. */
async function approved(server: Called, times: number) {
  const developer = await aDeveloper(server)
  const added = await call(server, 'POST', path, {
    token: developer.token,
    body: { url: receiver.url, events: ['grant.approved'] },
  })
  server.secrets?.add('webhook secret', added.body.secret)
  const client = await aClient(server, {}, developer)
  const user = await aUser(server)
  const codes: string[] = []
  for (let nr = 0; nr < times; nr++) codes.push((await aCode(server, client, user)).code)
  return { client, codes, secret: added.body.secret }
}

test('two servers on one PostgreSQL tell of each grant once, whichever gave it', {
  timeout: 60_000,
}, async () => {
  const settings = { database_url: await createDatabase(), master_key, dev: 'on' }
  const servers = await Promise.all([startServer(settings), startServer(settings)])
  try {
    const [one, other] = servers
    const { client, codes, secret } = await approved(one, 16)
    const answers = await Promise.all(
      codes.map((code, nr) => redeem(nr % 2 === 0 ? one : other, client, code)),
    )
    expect(answers.map(({ status }) => status)).toEqual(codes.map(() => 200))
    await receiver.until((received) => received.length >= codes.length)
    // Long enough for whoever would say it again.
    await new Promise((resolve) => setTimeout(resolve, 2500))
    const grants = await rowsOf({ data: '', ...settings }, 'select id from grants')
    expect(ids().toSorted()).toEqual(grants.map(({ id }) => `grant_approved_${id}`).toSorted())
    for (const { headers, text } of receiver.received)
      expect(() => new Webhook(secret).verify(text, headers)).not.toThrow()
  } finally {
    for (const server of servers) await server.stop()
  }
})

test('what a server was delivering when it was killed, another delivers again', {
  timeout: 60_000,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), 'valetkey-webhooks-'))
  const settings = { database_url: await createDatabase(), master_key, dev: 'on' }
  const where = { data, ...settings }
  const killed = await startServe({ data, ...settings })
  try {
    const { client, codes } = await approved(killed, 1)
    receiver.answer('never')
    await redeem(killed, client, codes[0] ?? '')
    await receiver.until((received) => received.length === 1)
    await killed.kill()

    receiver.answer(200)
    const taken = await rowsOf(where, 'select state, attempts, due_at from webhook_deliveries')
    expect(taken).toMatchObject([{ state: 'waiting', attempts: '1' }])
    const left = Number(taken[0]?.due_at) - Date.now() / 1000
    expect(left).toBeGreaterThan(30)
    expect(left).toBeLessThanOrEqual(60)
    // The minute passes at once.
    await rowsOf(where, 'update webhook_deliveries set due_at = due_at - 60')
    const next = await startServer(settings)
    try {
      await receiver.until((received) => received.length === 2)
      await expect
        .poll(() => rowsOf(where, 'select state, attempts from webhook_deliveries'))
        .toEqual([{ state: 'delivered', attempts: '2' }])
      expect(new Set(ids()).size).toBe(1)
      expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1)
    } finally {
      await next.stop()
    }
  } finally {
    await killed.kill()
    rmSync(data, { recursive: true, force: true })
  }
})
