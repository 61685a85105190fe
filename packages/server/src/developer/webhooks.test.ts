import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../ids.ts'
import { createPoster } from '../outbound-post.ts'
import { clientsPath, signedInPerson } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { aReceiver, aWebhook, nowhere, type Receiver, tell, webhooksPath } from '../testing/webhooks.ts'

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

const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) =>
  scene.ask(scene.developer, method, `${webhooksPath}${path}`, body)

test('a webhook is for all clients and kinds unless it says otherwise, and shows no secret again', async () => {
  const { id, secret } = await aWebhook(scene, { url: receiver.url })
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const { body, text } = await ask('GET', `/${id}`)
  expect(body).toMatchObject({ id, url: receiver.url, client_id: null, state: 'active', failing_since: null })
  expect(body.events).toHaveLength(5)
  expect(text + (await ask('GET', '')).text).not.toContain(secret.slice(6))
  expect((await ask('GET', '')).body).toEqual([body])
})

test('what is given is changed, an address inside is not taken later either', async () => {
  const { id } = await aWebhook(scene, { url: receiver.url })
  const { client_id } = scene.client
  const change = {
    client_id: scene.client.id,
    events: ['grant.revoked', 'grant.approved'],
    description: ' Hooks ',
  }
  expect((await ask('PATCH', `/${id}`, change)).body).toMatchObject({
    client_id,
    events: ['grant.approved', 'grant.revoked'],
    description: 'Hooks',
    url: receiver.url,
  })
  const inside = await ask('PATCH', `/${id}`, { url: 'https://10.0.0.1/hook' })
  expect([inside.status, inside.body.error]).toEqual([400, 'invalid_request'])
  expect((await ask('PATCH', `/${id}`, { client_id: null })).body).toMatchObject({
    client_id: null,
    url: receiver.url,
  })
  for (const wrong of [{ events: [] }, { events: ['grant.taken'] }, { urls: 'x' }, { state: 'failing' }])
    expect((await ask('PATCH', `/${id}`, wrong)).status).toBe(400)
})

test('a name that is known inside alone is answered as one that is not there', async () => {
  const inside = new Map([['db.corp.example', ['10.0.0.7']]])
  const poster = createPoster({ lookup: async (name) => inside.get(name) ?? [] })
  const { ask: asked, developer } = await scene.where({ poster })
  const [known, unknown] = await Promise.all(
    ['db.corp.example', 'none.corp.example'].map((host) =>
      asked(developer, 'POST', webhooksPath, { url: `https://${host}/` }),
    ),
  )
  expect([known?.status, known?.body.error_description]).toEqual([
    400,
    'Webhooks are not sent to this address: the host has no address, or one that is not public.',
  ])
  expect({ ...known?.body, trace_id: '' }).toEqual({ ...unknown?.body, trace_id: '' })
})

test('to somebody else a webhook is none, and a client of somebody else is none to a webhook', async () => {
  const { id } = await aWebhook(scene, { url: receiver.url })
  await ask('POST', `/${id}/test`)
  const [{ id: event_id }] = (await ask('GET', `/${id}/deliveries`)).body.deliveries
  const eve = await signedInPerson(scene.deps, 'developer')
  const tries = [
    ['GET', `/${id}`],
    ['PATCH', `/${id}`, {}],
    ['DELETE', `/${id}`],
    ['POST', `/${id}/test`],
    ['POST', `/${id}/rotate-secret`],
    ['GET', `/${id}/deliveries`],
    ['POST', `/${id}/deliveries/${event_id}/redeliver`],
  ] as const
  for (const [method, path, body] of tries) {
    const [hers, none] = [path, path.replace(id, newId(scene.deps))]
    const answers = await Promise.all(
      [hers, none].map((one) => scene.ask(eve, method, `${webhooksPath}${one}`, body)),
    )
    expect(answers.map(({ status, body: { error_description } }) => [status, error_description])).toEqual(
      Array(2).fill([404, 'You have no webhook with this id.']),
    )
  }
  expect((await scene.ask(eve, 'GET', webhooksPath)).body).toEqual([])
  const form = { url: receiver.url, client_id: scene.client.client_id }
  expect((await scene.ask(eve, 'POST', webhooksPath, form)).status).toBe(404)
  expect(receiver.received).toHaveLength(1)
  for (const path of ['', `/${id}`])
    expect((await scene.ask(undefined, 'GET', `${webhooksPath}${path}`)).status).toBe(401)
  expect((await scene.ask(scene.user, 'GET', webhooksPath)).status).toBe(401)
})

test('deliveries are listed page by page, and by their state', async () => {
  const { id } = await aWebhook(scene, { url: receiver.url })
  for (let sent = 0; sent < 5; sent++) {
    receiver.answer(sent === 2 ? 500 : 200)
    await ask('POST', `/${id}/test`)
    scene.deps.clock.advance(1)
  }
  const whole = (await ask('GET', `/${id}/deliveries`)).body
  expect([whole.deliveries.length, whole.next_cursor]).toEqual([5, null])
  const pages = []
  for (let cursor = ''; ; ) {
    const { body } = await ask('GET', `/${id}/deliveries?limit=2&cursor=${cursor}`)
    pages.push(body.deliveries)
    if (body.next_cursor === null) break
    cursor = body.next_cursor
  }
  expect(pages.map(({ length }) => length)).toEqual([2, 2, 1])
  expect(pages.flat()).toEqual(whole.deliveries)
  const failed = (await ask('GET', `/${id}/deliveries?state=failed`)).body.deliveries
  expect(failed).toEqual([whole.deliveries[2]])
  expect((await ask('GET', `/${id}/deliveries?cursor=made-up`)).status).toBe(400)
})

test('two secrets sign during a rotation, one before and after it', async () => {
  const { id } = await aWebhook(scene, { url: receiver.url })
  const signatures = async () => {
    await ask('POST', `/${id}/test`)
    return receiver.received.at(-1)?.headers['webhook-signature']?.split(' ').length
  }
  expect(await signatures()).toBe(1)
  scene.deps.clock.advance(1)
  await ask('POST', `/${id}/rotate-secret`, { keep_previous_for: 60 })
  expect(await signatures()).toBe(2)
  scene.deps.clock.advance(60)
  expect(await signatures()).toBe(1)
  await ask('POST', `/${id}/rotate-secret`, { keep_previous_for: 0 })
  expect(await signatures()).toBe(1)
})

test('what is done to a webhook is an audit event, and a deleted one is told nothing', async () => {
  const { deps, developer } = scene
  const { id } = await aWebhook(scene, { url: receiver.url })
  await ask('PATCH', `/${id}`, { state: 'disabled' })
  await ask('PATCH', `/${id}`, { state: 'active' })
  await ask('POST', `/${id}/rotate-secret`)
  await ask('POST', `/${id}/test`)
  await scene.token({ code: await scene.code() })
  expect((await ask('DELETE', `/${id}`)).status).toBe(204)
  const events: unknown[] = []
  const { recorder } = deps
  const heard = await scene.where({
    recorder: {
      ...recorder,
      audit: ({ action, resource, actor_id, outcome }) =>
        void events.push([action, resource, actor_id, outcome]),
    },
    poster: nowhere,
  })
  const again = await aWebhook(heard, { url: receiver.url })
  const act = (method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) =>
    heard.ask(developer, method, `${webhooksPath}/${again.id}${path}`, body)
  await act('PATCH', '', { description: 'x' })
  await act('POST', '/rotate-secret')
  await act('POST', '/test')
  await act('DELETE', '')
  await heard.ask(developer, 'POST', webhooksPath, { url: 'https://x.example', client_id: newId(deps) })
  const done = ['added', 'changed', 'secret_rotated', 'tested', 'deleted'].map((verb) => [
    `webhook.${verb}`,
    again.id,
    developer.account.id,
    'success',
  ])
  expect(events.slice(0, 5)).toEqual(done)
  expect(events[5]).toMatchObject(['webhook.added', expect.anything(), developer.account.id, 'failed'])
  const before = receiver.received.length
  await tell(deps)
  expect(receiver.received).toHaveLength(before)
})

test('a client that is deleted takes its grants along, and the webhook hears of each', async () => {
  const { id } = await aWebhook(scene, {
    url: receiver.url,
    events: ['grant.revoked'],
    client_id: scene.client.client_id,
  })
  for (let grants = 0; grants < 3; grants++) await scene.token({ code: await scene.code() })
  await scene.ask(scene.developer, 'DELETE', `${clientsPath}/${scene.client.id}`)
  await tell(scene.deps)
  expect(receiver.received.map(({ body }) => [body.type, body.data.revoked_by])).toEqual(
    Array(3).fill(['grant.revoked', 'developer']),
  )
  expect((await ask('GET', `/${id}`)).body.client_id).toBe(scene.client.client_id)
})
