import { expect, test } from 'vitest'
import { createMetrics } from '../observe/metrics.ts'
import { noTracing } from '../observe/tracing.ts'
import { watchedStore } from '../observe/watched-store.ts'
import { refusalScene } from '../testing/refusal-scene.ts'
import { aReceiver, aWebhook, tell } from '../testing/webhooks.ts'

test('attempts are counted by what became of them, and so is what waits, at the end of a sweep', async () => {
  const metrics = await createMetrics()
  const receiver = await aReceiver()
  const scene = await refusalScene({ poster: receiver.poster, metrics })
  const { deps } = scene
  const store = watchedStore(deps.store, metrics, noTracing)
  await aWebhook(scene, { url: receiver.url })
  const figures = async () => {
    const { text } = await metrics.page()
    return [...text.matchAll(/^valetkey_webhook_deliveries_\w+\{\w+="(\w+)"\} (\d+)$/gm)].map(
      ([, label, figure]) => [label, Number(figure)],
    )
  }
  const grant = async () => expect((await scene.token({ code: await scene.code() })).status).toBe(200)

  await grant()
  await tell(deps)
  receiver.answer(503)
  await grant()
  await tell(deps)
  await store.sweep(deps.clock.now())
  const seen = Object.fromEntries(await figures())
  expect(seen).toEqual({ delivered: 1, failed: 1, due: 0, later: 1 })

  deps.clock.advance(100)
  receiver.answer(410)
  await store.sweep(deps.clock.now(), 1000)
  expect(Object.fromEntries(await figures())).toMatchObject({ due: 1, later: 0 })
  await tell(deps)
  expect(Object.fromEntries(await figures())).toEqual({
    delivered: 1,
    failed: 1,
    given_up: 1,
    due: 1,
    later: 0,
  })

  await scene.close()
  await receiver.close()
})
