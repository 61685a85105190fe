import { randomUUID } from 'node:crypto'
import { webhookEventNames } from '@valetkey/protocol'
import { expect, test } from 'vitest'
import type { Delivery, Webhook, WebhookSecret } from '../../../domain/webhook.ts'
import type { Store } from '../../store.ts'
import type { Claimed } from '../../webhooks.ts'
import { aGrant, anAccount, aScene, now, type Scene } from '../scene.ts'
import type { Race } from './races.ts'

const aWebhook = (developer_id: string, over: Partial<Webhook> = {}): Webhook => ({
  id: randomUUID(),
  developer_id,
  url: 'https://app.example/hook',
  client_id: null,
  events: webhookEventNames,
  description: '',
  state: 'active',
  disabled_because: null,
  failing_since: null,
  warned_at: null,
  slow: false,
  last_attempt_at: null,
  last_success_at: null,
  created_at: now,
  listening_since: now - 3600,
  ...over,
})

const aSecretOf = (webhook_id: string, over: Partial<WebhookSecret> = {}): WebhookSecret => ({
  id: randomUUID(),
  webhook_id,
  sealed_secret: 'v1.sealed',
  created_at: now,
  retires_at: null,
  ...over,
})

const aDelivery = (webhook_id: string, over: Partial<Delivery> = {}): Delivery => ({
  webhook_id,
  event_id: `test_${randomUUID()}`,
  type: 'webhook.test',
  client_id: null,
  data: '{}',
  subject: null,
  created_at: now,
  state: 'waiting',
  attempts: 0,
  due_at: now,
  last_attempt_at: null,
  status: null,
  problem: null,
  duration_ms: null,
  ...over,
})

async function added(store: Store, scene: Scene, over: Partial<Webhook> = {}): Promise<Webhook> {
  const webhook = aWebhook(scene.client.developer_id, over)
  expect(await store.webhooks.add(webhook, aSecretOf(webhook.id), 20)).toBe(true)
  return webhook
}

const claim = {
  now,
  until: now + 60,
  slow: false,
  ofEach: 4,
  ofDeveloper: 1000,
  limit: 1000,
  held: {},
  except: [],
}
const delivered = {
  state: 'delivered',
  due_at: now,
  status: 200,
  problem: null,
  duration_ms: 5,
  slow: false,
} as const

export function webhookPromises(store: () => Store): void {
  test('a webhook is found, listed, changed and deleted as it was added', async () => {
    const scene = await aScene(store())
    const webhook = await added(store(), scene)
    expect(await store().webhooks.find(webhook.id)).toStrictEqual(webhook)
    await store().webhooks.change(webhook.id, {
      events: ['grant.revoked'],
      client_id: scene.client.client_id,
    })
    const changed = { ...webhook, events: ['grant.revoked'], client_id: scene.client.client_id }
    expect(await store().webhooks.list(webhook.developer_id)).toStrictEqual([changed])
    await store().webhooks.delete(webhook.id)
    expect(await store().webhooks.find(webhook.id)).toBeUndefined()
    expect(await store().webhooks.signingSecrets(webhook.id, now)).toEqual([])
  })

  test('the secret before signs until the overlap is over, and the one before that not any more', async () => {
    const webhook = await added(store(), await aScene(store()))
    const second = aSecretOf(webhook.id, { created_at: now + 10 })
    await store().webhooks.rotateSecret(second, now + 110)
    const third = aSecretOf(webhook.id, { created_at: now + 20 })
    await store().webhooks.rotateSecret(third, now + 120)
    const signing = async (at: number) =>
      (await store().webhooks.signingSecrets(webhook.id, at)).map(({ id }) => id)
    expect(await signing(now + 20)).toEqual([third.id, second.id])
    expect(await signing(now + 120)).toEqual([third.id])
  })

  test('what waits is counted: what is due, and what is taken or for later; not what is settled', async () => {
    const webhook = await added(store(), await aScene(store()))
    const before = await store().webhooks.waiting(now)
    for (const over of [{}, { due_at: now - 5 }, { due_at: now + 1 }, { state: 'failed' as const }])
      await store().webhooks.addDelivery(aDelivery(webhook.id, over))
    const { due, later } = await store().webhooks.waiting(now)
    expect([due - before.due, later - before.later]).toEqual([2, 1])
  })

  test('an event that is told twice is delivered once, to those who asked for its kind', async () => {
    const scene = await aScene(store())
    const wants = await added(store(), scene)
    const other = await added(store(), scene, { events: ['grant.revoked'] })
    const later = await added(store(), scene, { listening_since: now + 1 })
    const { client_id } = scene.client
    const event = {
      event_id: `failed_${client_id}`,
      type: 'token_request.failed',
      created_at: now,
      client_id,
      data: '{}',
    } as const
    await store().webhooks.tell([event, event], now)
    await store().webhooks.tell([event], now)
    const lists = [wants, other, later].map(({ id }) => store().webhooks.deliveries(id, { limit: 10 }))
    expect((await Promise.all(lists)).map(({ length }) => length)).toEqual([1, 0, 0])
  })

  test('grants are told by the time in their ids, and their ends in the transaction that ends them', async () => {
    const scene = await aScene(store())
    const webhook = await added(store(), scene, { listening_since: 0 })
    const at = Math.floor(Date.now() / 1000) + Math.floor(Math.random() * 1e8)
    const hex = (at * 1000 + 999).toString(16).padStart(12, '0')
    const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`
    const { grant } = await aGrant(store(), scene, { id })
    await store().webhooks.tellApproved(at + 1, at + 2, { now, atOnce: 2 })
    await store().webhooks.tellApproved(at - 1, at, { now, atOnce: 2 })
    expect(await store().webhooks.deliveries(webhook.id, { limit: 10 })).toEqual([])
    await store().webhooks.tellApproved(at, at + 1, { now, atOnce: 2 })
    await store().grants.revoke(grant.id, 'client', now)
    await store().grants.revoke(grant.id, 'client', now)
    const types = (await store().webhooks.deliveries(webhook.id, { limit: 10 })).map(({ type }) => type)
    expect(types.sort()).toEqual(['grant.approved', 'grant.revoked'])
  })

  test('a busy time is read in bites, and all grants of one second are told, however few a statement takes', async () => {
    const scene = await aScene(store())
    const webhook = await added(store(), scene, { listening_since: 0 })
    const at = Math.floor(Date.now() / 1000) + 2e8 + Math.floor(Math.random() * 1e8)
    for (const second of [0, 0, 0, 0, 0, 1, 4, 9]) {
      const hex = ((at + second) * 1000).toString(16).padStart(12, '0')
      await aGrant(store(), scene, { id: `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}` })
    }
    const ends = [9, 7, 5, 1].map((most) => store().webhooks.biteEnd(at, at + 60, most))
    expect(await Promise.all(ends)).toEqual([60, 9, 1, 1].map((second) => at + second))
    expect(await store().webhooks.biteEnd(at, at + 1, 1)).toBe(at + 1)
    expect(await store().webhooks.biteEnd(at, at, 1)).toBe(at)
    await store().webhooks.tellApproved(at, at + 1, { now, atOnce: 2 })
    expect(await store().webhooks.deliveries(webhook.id, { limit: 10 })).toHaveLength(5)
  })

  test('what is taken is nobody else’s until its time is over, and an outcome from before counts for nothing', async () => {
    const webhook = await added(store(), await aScene(store()))
    const one = aDelivery(webhook.id)
    expect(await store().webhooks.addDelivery(one)).toBe(true)
    expect(await store().webhooks.addDelivery(one)).toBe(false)
    const mine = async (at: number) =>
      (await store().webhooks.claim({ ...claim, now: at, until: at + 60 })).flatMap(({ delivery }) =>
        delivery.webhook_id === webhook.id ? [delivery] : [],
      )
    const [first] = await mine(now)
    expect(first).toStrictEqual({ ...one, attempts: 1, due_at: now + 60, last_attempt_at: now })
    expect(await mine(now + 59)).toEqual([])
    expect(await mine(now + 60)).toMatchObject([{ attempts: 2 }])
    expect(await store().webhooks.settle({ ...one, attempts: 1 }, delivered, now)).toBe(false)
    expect(await store().webhooks.settle({ ...one, attempts: 2 }, delivered, now)).toBe(true)
    expect(await store().webhooks.findDelivery(one)).toMatchObject({ state: 'delivered', attempts: 2 })
    expect(await store().webhooks.find(webhook.id)).toMatchObject({
      last_success_at: now,
      failing_since: null,
    })
  })

  test('of each endpoint a few are taken, those of slow ones apart, and none of developers who are not active', async () => {
    const scene = await aScene(store())
    const [quick, slow] = [await added(store(), scene), await added(store(), scene, { slow: true })]
    const elsewhere = anAccount()
    await store().developers.add(elsewhere)
    const silent = aWebhook(elsewhere.id)
    await store().webhooks.add(silent, aSecretOf(silent.id), 20)
    await store().developers.setState(elsewhere.id, 'deleted')
    for (const { id } of [quick, slow, silent])
      for (let nr = 0; nr < 6; nr++) await store().webhooks.addDelivery(aDelivery(id, { due_at: now - nr }))
    const taken = async (over: object) => {
      const ids = (await store().webhooks.claim({ ...claim, ...over })).map(
        ({ delivery }) => delivery.webhook_id,
      )
      return [quick, slow, silent].map(({ id }) => ids.filter((one) => one === id).length)
    }
    expect(await taken({ except: [quick.id] })).toEqual([0, 0, 0])
    expect(await taken({})).toEqual([4, 0, 0])
    expect(await taken({ slow: true, ofEach: 1 })).toEqual([0, 1, 0])
    expect(await taken({})).toEqual([2, 0, 0])
  })

  test('a developer has a share, and whoever was served longest ago comes first, however long others wait', async () => {
    const [many, one] = [await aScene(store()), await aScene(store())]
    const endpoints: Webhook[] = []
    for (const served of [now - 5, now - 50, null, now - 20])
      endpoints.push(await added(store(), many, { last_attempt_at: served }))
    const other = await added(store(), one, { last_attempt_at: now - 30 })
    for (const { id } of endpoints)
      for (let nr = 0; nr < 9; nr++) await store().webhooks.addDelivery(aDelivery(id, { due_at: now - 90 }))
    await store().webhooks.addDelivery(aDelivery(other.id))
    const names = new Map([...endpoints, other].map(({ id }, at) => [id, at]))
    const taken = async (over: object) => {
      const found = await store().webhooks.claim({ ...claim, ...over })
      return found.flatMap(({ delivery, developer_id }) =>
        developer_id === many.developer.id || developer_id === one.developer.id
          ? [names.get(delivery.webhook_id)]
          : [],
      )
    }
    const held = { [many.developer.id]: 3 }
    expect(await taken({ ofDeveloper: 3, held, limit: 0 })).toEqual([])
    // The first of each, by who was served longest ago; then the others of the one who has many.
    expect(await taken({ ofEach: 2, ofDeveloper: 5 })).toEqual([2, 2, 4, 1, 1, 3])
    expect(await taken({ ofDeveloper: 3, held })).toEqual([])
    expect(await taken({ ofDeveloper: 4, held })).toEqual([2])
  })

  test('a developer has so many webhooks and no more; disabling gives up what waits, once', async () => {
    const scene = await aScene(store())
    const webhook = await added(store(), scene)
    const another = aWebhook(webhook.developer_id)
    expect(await store().webhooks.add(another, aSecretOf(another.id), 1)).toBe(false)
    const waiting = aDelivery(webhook.id)
    await store().webhooks.addDelivery(waiting)
    expect(await store().webhooks.disable(webhook.id, 'gone', now)).toBe(true)
    expect(await store().webhooks.disable(webhook.id, 'failing', now)).toBe(false)
    expect(await store().webhooks.findDelivery(waiting)).toMatchObject({ state: 'failed' })
    await store().webhooks.enable(webhook.id, now + 5)
    expect(await store().webhooks.find(webhook.id)).toMatchObject({
      state: 'active',
      listening_since: now + 5,
    })
  })

  test('deliveries go after thirty days, and a list goes on where it ended', async () => {
    const webhook = await added(store(), await aScene(store()))
    const some = [0, 1, 2].map((nr) => aDelivery(webhook.id, { created_at: now + nr }))
    for (const one of some) await store().webhooks.addDelivery(one)
    const [newest, next] = await store().webhooks.deliveries(webhook.id, { limit: 2 })
    expect([newest, next]).toStrictEqual([some[2], some[1]])
    expect(await store().webhooks.deliveries(webhook.id, { limit: 2, after: next })).toStrictEqual([some[0]])
    while ((await store().sweep(now + 1 + 30 * 86_400, 100)) >= 100);
    expect(await store().webhooks.deliveries(webhook.id, { limit: 9 })).toStrictEqual([some[2]])
  })
}

export function webhookRacePromises(store: () => Store, race: Race): void {
  test('of many who take deliveries at once each gets others, and together they get all', async () => {
    const scene = await aScene(store())
    const webhooks = [await added(store(), scene), await added(store(), scene), await added(store(), scene)]
    const all = webhooks.flatMap(({ id }) => Array.from({ length: 20 }, () => aDelivery(id)))
    for (const one of all) await store().webhooks.addDelivery(one)
    const ids = new Set(all.map(({ event_id }) => event_id))
    const taken: string[] = []
    for (let round = 0; round < 10 && taken.length < all.length; round++) {
      const calls = Array.from({ length: 8 }, () => ['claimDeliveries', claim] as const)
      const results = (await race(calls)) as readonly (readonly Claimed[])[]
      const found = results.flat().map(({ delivery }) => delivery.event_id)
      taken.push(...found.filter((event_id) => ids.has(event_id)))
    }
    expect(taken.toSorted()).toEqual([...ids].toSorted())
  })

  test('of many servers one reads what happened', async () => {
    const reader = randomUUID()
    const turns = await race(Array.from({ length: 10 }, () => ['takeTurn', reader] as const))
    expect(turns.filter((turn) => turn !== undefined)).toEqual([now])
  })
}
