/** Endpoints that answer just quickly enough, with long lists, beside one that has a single event. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Poster } from '../outbound-post.ts'
import { signedInPerson } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { aWebhook, nowhere, waitingFor, webhooksPath } from '../testing/webhooks.ts'
import { createDispatcher, type Dispatcher } from './dispatcher.ts'

let scene: RefusalScene
let posted: string[]
/** What dawdlers were sent and have not answered. */
let dawdling: (() => void)[]
beforeEach(async () => {
  posted = []
  dawdling = []
  const post: Poster['post'] = async (url) => {
    posted.push(new URL(url).hostname)
    if (url.includes('dawdle')) await new Promise<void>((answered) => dawdling.push(answered))
    return 200
  }
  scene = await refusalScene({ poster: { ...nowhere, post } })
})
afterEach(() => scene.close())

/** They answer once, so they are in the room of quick ones. */
async function aQuickWebhook(developer: RefusalScene['developer'], url: string): Promise<string> {
  const { id } = await aWebhook({ ask: scene.ask, developer }, { url })
  const tested = scene.ask(developer, 'POST', `${webhooksPath}/${id}/test`)
  await answerAll(() => posted.length > 0)
  expect((await tested).body).toMatchObject({ state: 'delivered' })
  posted.length = 0
  return id
}

async function answerAll(arrived: () => boolean): Promise<void> {
  await expect.poll(arrived, { interval: 1 }).toBe(true)
  for (const answered of dawdling.splice(0)) answered()
}

async function dawdlers(count: number): Promise<void> {
  for (let nr = 0; nr < count; nr++) {
    const id = await aQuickWebhook(scene.developer, `https://dawdle.example/${nr}`)
    for (let event = 0; event < 30; event++) await waitingFor(scene.deps, id)
  }
  scene.deps.clock.advance(1)
}

async function ended(dispatcher: Dispatcher): Promise<void> {
  for (const answered of dawdling.splice(0)) answered()
  await dispatcher.settled()
}

test('one developer’s endpoints never take all places: another’s event leaves at once', async () => {
  await dawdlers(8)
  const other = await signedInPerson(scene.deps, 'developer')
  const honest = await aQuickWebhook(other, 'https://honest.example/')
  const dispatcher = createDispatcher(scene.deps)
  while ((await dispatcher.deliver()) > 0);
  await expect.poll(() => dawdling.length).toBe(24)
  await waitingFor(scene.deps, honest)
  expect(await dispatcher.deliver()).toBe(1)
  await expect.poll(() => posted).toContain('honest.example')
  await ended(dispatcher)
})

test('of one developer the endpoint served longest ago is next, however old and long the lists of others', async () => {
  const honest = await aQuickWebhook(scene.developer, 'https://honest.example/')
  scene.deps.clock.advance(1)
  await dawdlers(8)
  await waitingFor(scene.deps, honest)
  const dispatcher = createDispatcher(scene.deps)
  expect(await dispatcher.deliver()).toBe(24)
  await expect.poll(() => posted).toHaveLength(24)
  expect(posted).toContain('honest.example')
  await ended(dispatcher)
})
