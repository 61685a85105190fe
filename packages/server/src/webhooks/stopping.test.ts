/** Endpoints that try to hold a server up: in its work, and when it leaves. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { createPoster, type Poster } from '../outbound-post.ts'
import { selfSigned } from '../testing/certificate.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { aReceiver, aWebhook, nowhere, waitingFor, webhooksPath } from '../testing/webhooks.ts'
import { createDispatcher } from './dispatcher.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function sceneWith(poster: Poster): Promise<RefusalScene> {
  const scene = await refusalScene({ poster })
  open.push(scene)
  return scene
}

test('endpoints that answer with a change of protocol hold up nobody else, and no stop', async () => {
  const certificate = selfSigned('DNS:app.test')
  const changing = createServer(certificate, (socket) => {
    const said = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
    socket.on('error', () => {}).once('data', () => socket.write(said))
  }).listen(0, '127.0.0.1')
  await once(changing, 'listening')
  const good = await aReceiver(certificate)
  open.push(changing, good)
  const net = { ca: certificate.cert, mayReach: () => true, lookup: async () => ['127.0.0.1'] }
  const scene = await sceneWith(createPoster({ ...net, timeoutMs: 1000 }))
  const { port } = changing.address() as AddressInfo
  const dispatcher = createDispatcher(scene.deps)
  const ids: string[] = []
  for (let nr = 0; nr < 16; nr++)
    ids.push((await aWebhook(scene, { url: `https://app.test:${port}/${nr}` })).id)
  for (const id of ids) await waitingFor(scene.deps, id)
  while ((await dispatcher.deliver()) > 0) await dispatcher.settled()
  const [id = ''] = ids
  const { body } = await scene.ask(scene.developer, 'GET', `${webhooksPath}/${id}/deliveries`)
  expect(body.deliveries).toMatchObject([{ state: 'waiting', status: 101, problem: 'status_wrong' }])

  await waitingFor(scene.deps, (await aWebhook(scene, { url: good.url })).id)
  await dispatcher.deliver()
  await dispatcher.stop()
  expect(good.received).toHaveLength(1)
})

test('a stop waits for what is under way, and leaves what does not end', async () => {
  const scene = await sceneWith({ ...nowhere, post: () => new Promise(() => {}) })
  await waitingFor(scene.deps, (await aWebhook(scene, { url: 'https://app.example/' })).id)
  const dispatcher = createDispatcher(scene.deps, { stopWithinMs: 200 })
  expect(await dispatcher.deliver()).toBe(1)
  const begun = performance.now()
  await dispatcher.stop()
  expect(performance.now() - begun).toBeGreaterThan(190)
  expect(await dispatcher.deliver()).toBe(0)
  expect(scene.deps.logLines.join('')).toContain('webhook_attempts_left')
})
