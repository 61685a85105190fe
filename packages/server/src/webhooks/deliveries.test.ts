/** What becomes of a delivery: tried again, given up, an endpoint switched off, and nobody held up by another. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { retryPauses } from '../domain/webhook.ts'
import { OutboundRefused } from '../outbound.ts'
import type { Poster } from '../outbound-post.ts'
import { signedInAgain } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { aReceiver, aWebhook, nowhere, type Receiver, tell, webhooksPath } from '../testing/webhooks.ts'
import { createDispatcher } from './dispatcher.ts'

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

const grant = async () => {
  const { status } = await scene.token({ code: await scene.code() })
  expect(status).toBe(200)
}
/** Sessions last a day here, and some of these stories longer. */
const ask = async (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) => {
  const developer = await signedInAgain(scene.deps, 'developer', scene.developer.account)
  return (await scene.ask(developer, method, `${webhooksPath}/${path}`, body)).body
}
const webhook = (id: string) => ask('GET', id)
const deliveries = async (id: string) => (await ask('GET', `${id}/deliveries`)).deliveries
const days = 86_400

describe('a delivery that fails', () => {
  test('is tried ten times in about three days with the same body, then given up with a mail', async () => {
    const { deps, developer } = scene
    receiver.answer(503)
    const { id } = await aWebhook(scene, { url: receiver.url })
    await grant()
    await tell(deps)
    expect(await webhook(id)).toMatchObject({ state: 'failing', failing_since: '2026-03-01T12:00:02Z' })
    for (const [at, pause] of retryPauses.entries()) {
      const [delivery] = await deliveries(id)
      expect(delivery).toMatchObject({
        state: 'waiting',
        attempts: at + 1,
        status: 503,
        problem: 'status_wrong',
      })
      const wait = (Date.parse(delivery.next_attempt_at) - Date.parse(delivery.last_attempt_at)) / 1000
      expect(wait).toBeGreaterThanOrEqual(pause * 0.8 - 1)
      expect(wait).toBeLessThanOrEqual(pause * 1.2 + 1)
      deps.clock.advance(wait - 10)
      await tell(deps)
      expect(receiver.received).toHaveLength(at + 1)
      deps.clock.advance(10)
      await tell(deps)
      expect(receiver.received).toHaveLength(at + 2)
    }
    expect(retryPauses.reduce((sum, pause) => sum + pause, 0) / days).toBeCloseTo(3, 0)
    expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(await deliveries(id)).toMatchObject([{ state: 'failed', attempts: 10, next_attempt_at: null }])
    expect(deps.mails).toMatchObject([
      { to: developer.account.email, subject: 'A Valetkey webhook is failing' },
    ])
    expect(deps.mails[0]?.text).toContain(`/console/webhooks/${id}`)
  })

  test('gets through when the endpoint is back, which clears its name', async () => {
    const { deps } = scene
    receiver.answer(500)
    const { id } = await aWebhook(scene, { url: receiver.url })
    await grant()
    await tell(deps)
    receiver.answer(204)
    deps.clock.advance(100)
    await tell(deps)
    expect(await deliveries(id)).toMatchObject([
      { state: 'delivered', attempts: 2, status: 204, problem: null },
    ])
    expect(await webhook(id)).toMatchObject({ state: 'active', failing_since: null })
  })

  test('for five days switches the endpoint off, with a mail; switched on again it hears of what comes then', async () => {
    const { deps } = scene
    receiver.answer(500)
    const { id } = await aWebhook(scene, { url: receiver.url })
    await grant()
    await tell(deps)
    deps.clock.advance(5 * days)
    await tell(deps)
    expect(await webhook(id)).toMatchObject({ state: 'disabled', disabled_because: 'failing' })
    expect(await deliveries(id)).toMatchObject([{ state: 'failed' }])
    expect(deps.mails.map(({ subject }) => subject)).toEqual(['A Valetkey webhook was switched off'])
    receiver.answer(200)
    const seen = receiver.received.length
    await tell(deps)
    expect(receiver.received).toHaveLength(seen)

    const on = await ask('PATCH', id, { state: 'active' })
    expect(on).toMatchObject({ state: 'active', disabled_because: null, failing_since: null })
    await tell(deps)
    expect(receiver.received).toHaveLength(seen)
  })

  test('with 410 switches the endpoint off at once, and what waited for it is given up', async () => {
    const { deps } = scene
    receiver.answer(410)
    const { id } = await aWebhook(scene, { url: receiver.url })
    await grant()
    await tell(deps)
    expect(await webhook(id)).toMatchObject({ state: 'disabled', disabled_because: 'gone' })
    expect(await deliveries(id)).toMatchObject([
      { state: 'failed', status: 410, problem: 'gone', attempts: 1 },
    ])
    expect(deps.mails).toHaveLength(1)
    await grant()
    await tell(deps)
    expect(receiver.received).toHaveLength(1)
  })

  test('with a redirect is not followed', async () => {
    const { deps } = scene
    receiver.answer(307, { location: receiver.url.replace('/hooks', '/elsewhere') })
    const { id } = await aWebhook(scene, { url: receiver.url })
    await grant()
    await tell(deps)
    expect(await deliveries(id)).toMatchObject([{ state: 'waiting', status: 307, problem: 'redirected' }])
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hooks?of=valetkey'])
  })
})

test('what was given up or delivered can be delivered again', async () => {
  const { deps } = scene
  const { id } = await aWebhook(scene, { url: receiver.url })
  await grant()
  await tell(deps)
  const [{ id: event_id }] = await deliveries(id)
  const again = await ask('POST', `${id}/deliveries/${event_id}/redeliver`)
  expect(again).toMatchObject({ id: event_id, state: 'waiting', attempts: 0 })
  await tell(deps)
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([event_id, event_id])
})

test('an attempt that never came to an end is made again, and its late word changes nothing', async () => {
  const { deps } = scene
  const { id } = await aWebhook(scene, { url: receiver.url })
  await grant()
  await deps.recorder.flush()
  deps.clock.advance(2)
  await createDispatcher(deps).gather()
  // A server takes it and dies.
  const form = {
    now: deps.clock.now(),
    until: deps.clock.now() + 60,
    slow: true,
    ofEach: 4,
    ofDeveloper: 4,
    limit: 10,
    held: {},
    except: [],
  }
  const [lost] = await deps.store.webhooks.claim(form)
  await tell(deps)
  expect(receiver.received).toHaveLength(0)
  deps.clock.advance(60)
  await tell(deps)
  expect(receiver.received).toHaveLength(1)
  const outcome = {
    state: 'failed',
    due_at: 0,
    status: null,
    problem: 'too_slow',
    duration_ms: 1,
    slow: true,
  } as const
  if (lost === undefined) throw new Error('nothing was taken')
  expect(await deps.store.webhooks.settle(lost.delivery, outcome, deps.clock.now())).toBe(false)
  expect(await deliveries(id)).toMatchObject([{ state: 'delivered', attempts: 2 }])
})

test('endpoints that never answer hold up nobody else, however many they are', async () => {
  const { deps } = scene
  const dead = 'https://dead.test/hooks?nr='
  const givenUp = Promise.withResolvers<never>()
  let [underWay, most] = [0, 0]
  const post: Poster['post'] = async (url, ...sent) => {
    if (!url.startsWith(dead)) return receiver.poster.post(url, ...sent)
    most = Math.max(most, ++underWay)
    return givenUp.promise.finally(() => underWay--)
  }
  const both = await scene.where({ poster: { ...nowhere, post } })
  // More than all rooms hold, and the first in every list.
  for (let made = 0; made < 19; made++) await aWebhook(both, { url: `${dead}${made}` })
  const { id } = await aWebhook(both, { url: receiver.url })
  await both.ask(both.developer, 'POST', `${webhooksPath}/${id}/test`)
  for (let grants = 0; grants < 4; grants++) await grant()
  const dispatcher = createDispatcher(both.deps)
  for (let round = 0; round < 3; round++) {
    await grant()
    deps.clock.advance(2)
    await dispatcher.gather()
    await dispatcher.deliver()
    await expect.poll(() => receiver.received.length).toBeGreaterThan(round + 1)
  }
  // Each is asked one thing at a time, and all of them together in the half of the room that one developer has.
  expect([most, underWay]).toEqual([8, 8])
  givenUp.reject(new OutboundRefused('too_slow'))
  await dispatcher.settled()
})
