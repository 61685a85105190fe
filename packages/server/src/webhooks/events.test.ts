/** Each kind of event, from what happens at the front to what a program on the other side receives. */
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Received } from '../testing/hook-listener.ts'
import { clientsPath } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { aReceiver, aWebhook, type Receiver, tell, webhooksPath } from '../testing/webhooks.ts'

let scene: RefusalScene
let receiver: Receiver
beforeEach(async () => {
  receiver = await aReceiver()
  scene = await refusalScene({ poster: receiver.poster })
})
afterEach(async () => {
  await scene.close()
  await receiver.close()
})

const types = (): string[] => receiver.received.map(({ body }) => body.type)
const only = (): Received => {
  expect(receiver.received).toHaveLength(1)
  return receiver.received[0] as Received
}

/** The secret of the client that a newer one has replaced. */
const rotatedOut = async () =>
  (await scene.deps.store.clients.secrets(scene.client.id)).find(({ retires_at }) => retires_at !== null)

test('a grant is told once it is collected, signed so that an independent library agrees, and once', async () => {
  const { deps, client, user } = scene
  const { secret } = await aWebhook(scene, { url: receiver.url })
  const { body } = await scene.token({ code: await scene.code() })
  expect(body.access_grant).toBeTypeOf('string')
  await tell(deps)
  await tell(deps)
  const { headers, text, path } = only()
  const told = JSON.parse(text)
  const grant = await deps.store.grants.find(told.data.grant_id)
  expect(told).toEqual({
    id: `grant_approved_${grant?.id}`,
    type: 'grant.approved',
    created_at: '2026-03-01T12:00:00Z',
    data: {
      client_id: client.client_id,
      grant_id: grant?.id,
      request_id: grant?.request_id,
      user_id: user.account.id,
      project_id: grant?.project_id,
      scopes: ['read'],
      granted_at: '2026-03-01T12:00:00Z',
      not_after: '2026-03-31T12:00:00Z',
    },
  })
  expect([path, headers['content-type']]).toEqual(['/hooks?of=valetkey', 'application/json'])
  expect(headers['webhook-id']).toBe(told.id)
  expect(verified(secret, headers, text)).toEqual(told)
  expect(() => verified(secret, headers, `${text} `)).toThrow()
})

/** By a library that others wrote, whose clock shows the time of this scene. */
function verified(secret: string, headers: Readonly<Record<string, string>>, text: string): unknown {
  vi.useFakeTimers({ toFake: ['Date'], now: scene.deps.clock.nowMs() })
  try {
    return new Webhook(secret).verify(text, headers)
  } finally {
    vi.useRealTimers()
  }
}

test('a grant that ends is told with who ended it, by each way it can end', async () => {
  const { deps, client, user, developer } = scene
  await aWebhook(scene, { url: receiver.url, events: ['grant.revoked'] })
  await scene.token({ code: await scene.code() })
  await scene.ask(user, 'DELETE', `/api/v0/auth/developer-access/${client.client_id}/revoke`)
  await tell(deps)

  const code = await scene.code()
  await scene.token({ code })
  expect((await scene.token({ code })).status).toBe(400)
  await tell(deps)

  await scene.token({ code: await scene.code() })
  await scene.ask(developer, 'PATCH', `${clientsPath}/${client.id}/status`, { status: 0 })
  await tell(deps)
  expect(types()).toEqual(['grant.revoked', 'grant.revoked', 'grant.revoked'])
  expect(receiver.received.map(({ body }) => body.data.revoked_by)).toEqual(['user', 'replay', 'developer'])
  const revoked_at = expect.stringMatching(/^2026-03-01T12:00:0\dZ$/)
  for (const { body } of receiver.received)
    expect(body).toMatchObject({ id: `grant_revoked_${body.data.grant_id}`, data: { revoked_at } })
})

test('a signature made with a retired secret is told with the trace that explains it, once a day', async () => {
  const { deps, client, developer } = scene
  await aWebhook(scene, { url: receiver.url, events: ['client_secret.used_after_retirement'] })
  await scene.ask(developer, 'POST', `${clientsPath}/${client.id}/regenerate-secret`)
  const first = await scene.token({ client_secret: await scene.jwt() })
  await tell(deps)
  await scene.token({ client_secret: await scene.jwt() })
  await tell(deps)
  const retired = await rotatedOut()
  expect(only().body).toMatchObject({
    type: 'client_secret.used_after_retirement',
    data: {
      client_id: client.client_id,
      secret_id: retired?.id,
      trace_id: first.body.trace_id,
      explanation_url: `https://valetkey.test/console/token-requests/${first.body.trace_id}`,
    },
  })
  deps.clock.advance(86_400)
  await scene.token({ client_secret: await scene.jwt() })
  // A day without anybody who reads is caught up with in several turns.
  for (let turns = 0; turns < 30 && receiver.received.length < 2; turns++) await tell(deps)
  expect(receiver.received).toHaveLength(2)
})

test('a rotated-out secret that still signs is told a day before its end, once; one that nobody uses is not', async () => {
  const { deps, client, developer } = scene
  await aWebhook(scene, { url: receiver.url, events: ['client_secret.expiring'] })
  const unused = (
    await scene.ask(developer, 'POST', clientsPath, { name: 'Other', redirect_uris: ['https://o.example/'] })
  ).body
  for (const id of [client.id, unused.client_id])
    await scene.ask(developer, 'POST', `${clientsPath}/${id}/regenerate-secret`, {
      keep_previous_for: 3 * 86_400,
    })
  deps.clock.advance(60)
  expect((await scene.token({ code: await scene.code() })).status).toBe(200)
  await tell(deps)
  deps.clock.advance(86_400)
  await tell(deps)
  expect(receiver.received).toHaveLength(0)
  deps.clock.advance(86_400)
  await tell(deps)
  deps.clock.advance(3600)
  await tell(deps)
  const older = await rotatedOut()
  expect(only().body).toMatchObject({
    type: 'client_secret.expiring',
    data: { client_id: client.client_id, secret_id: older?.id, retires_at: '2026-03-04T12:00:00Z' },
  })
})

test('the first failure of a kind is told, and again only after a day without it', async () => {
  const { deps } = scene
  await aWebhook(scene, { url: receiver.url, events: ['token_request.failed'] })
  const fail = () => scene.token()
  const { body } = await fail()
  await tell(deps)
  expect(only().body).toMatchObject({
    type: 'token_request.failed',
    data: {
      client_id: scene.client.client_id,
      reason: 'code_unknown',
      explanation: expect.stringMatching(/./),
      trace_id: body.trace_id,
      explanation_url: `https://valetkey.test/console/token-requests/${body.trace_id}`,
    },
  })
  for (let hours = 0; hours < 30; hours += 3) {
    await fail()
    await tell(deps)
    deps.clock.advance(3 * 3600)
  }
  expect(receiver.received).toHaveLength(1)
  await scene.token({ client_secret: 'no JWT' })
  await tell(deps)
  expect(receiver.received[1]?.body.data.reason).toMatch(/^assertion|^jwt/)
  deps.clock.advance(26 * 3600)
  await fail()
  await tell(deps)
  expect(receiver.received.map(({ body }) => body.data.reason)).toHaveLength(3)
})

test('an endpoint hears of its own client and its own kinds, and of nothing from before it was there', async () => {
  const { deps, developer } = scene
  await scene.token({ code: await scene.code() })
  deps.clock.advance(1)
  const other = (
    await scene.ask(developer, 'POST', clientsPath, { name: 'Other', redirect_uris: ['https://o.example/'] })
  ).body
  await aWebhook(scene, { url: receiver.url, client_id: other.client_id })
  await aWebhook(scene, { url: receiver.url, events: ['grant.revoked'] })
  await scene.token({ code: await scene.code() })
  await tell(deps)
  expect(receiver.received).toHaveLength(0)
})

test('a test event is sent at once, and what came of it is answered', async () => {
  const { developer } = scene
  const { id } = await aWebhook(scene, { url: receiver.url })
  const good = await scene.ask(developer, 'POST', `${webhooksPath}/${id}/test`)
  expect(good.body).toMatchObject({
    type: 'webhook.test',
    state: 'delivered',
    status: 200,
    problem: null,
    attempts: 1,
  })
  expect(only().body).toMatchObject({ type: 'webhook.test', data: { webhook_id: id } })
  receiver.answer(500)
  const bad = await scene.ask(developer, 'POST', `${webhooksPath}/${id}/test`)
  expect(bad.body).toMatchObject({
    state: 'failed',
    status: 500,
    problem: 'status_wrong',
    next_attempt_at: null,
  })
  expect(bad.body.explanation).toContain('500')
})

test('a grant that was written late, by a server whose clock is behind, is found all the same', async () => {
  const { deps } = scene
  await aWebhook(scene, { url: receiver.url })
  await scene.token({ code: await scene.code() })
  // The first reader has gone by before the row was there.
  const turn = { now: deps.clock.now(), nextAt: deps.clock.now(), begin: deps.clock.now() }
  await deps.store.webhooks.takeTurn('new', turn)
  await deps.store.webhooks.reached('new', deps.clock.now() + 10)
  await tell(deps)
  expect(receiver.received).toHaveLength(0)
  deps.clock.advance(180)
  await tell(deps)
  expect(types()).toEqual(['grant.approved'])
})
