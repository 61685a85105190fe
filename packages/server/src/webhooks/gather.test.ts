/** What is found keeps being found, whatever else there is much of, or goes wrong. */
import { expect, test } from 'vitest'
import { refusalScene } from '../testing/refusal-scene.ts'
import { aWebhook, nowhere } from '../testing/webhooks.ts'
import { gather } from './gather.ts'

test('where grants cannot be read, failures are told all the same', async () => {
  const scene = await refusalScene({ poster: nowhere })
  try {
    const { deps } = scene
    const { id } = await aWebhook(scene, { url: 'https://app.example/' })
    expect((await scene.token({ code: 'nobody made this one' })).status).toBe(400)
    await deps.recorder.flush()
    deps.clock.advance(2)
    const broken = new Error('out of time')
    const webhooks = { ...deps.store.webhooks, tellApproved: () => Promise.reject(broken) }
    await expect(gather({ ...deps, store: { ...deps.store, webhooks } })).rejects.toBe(broken)
    const types = (await deps.store.webhooks.deliveries(id, { limit: 9 })).map(({ type }) => type)
    expect(types).toEqual(['token_request.failed'])
  } finally {
    await scene.close()
  }
})

test('more grants than one bite holds are all told, in one turn', async () => {
  const scene = await refusalScene({ poster: nowhere })
  try {
    const { deps, token, code } = scene
    const { id } = await aWebhook(scene, { url: 'https://app.example/', events: ['grant.approved'] })
    const { webhooks } = deps.store
    for (let grants = 0; grants < 6; grants++) {
      expect((await token({ code: await code() })).status).toBe(200)
      if (grants % 2 === 1) deps.clock.advance(1)
    }
    deps.clock.advance(2)
    const ends: number[] = []
    const small: typeof webhooks = {
      ...webhooks,
      biteEnd: async (from, to) => {
        const end = await webhooks.biteEnd(from, to, 2)
        ends.push(end - from)
        return end
      },
      tellApproved: (from, to, form) => webhooks.tellApproved(from, to, { ...form, atOnce: 1 }),
    }
    await gather({ ...deps, store: { ...deps.store, webhooks: small } })
    expect(ends.length).toBeGreaterThan(2)
    expect(await webhooks.deliveries(id, { limit: 9 })).toHaveLength(6)
  } finally {
    await scene.close()
  }
})
