/** What is counted of requests that are refused, and whom it holds up. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../http/limit-table.ts'
import { createRateCounters } from '../rates/create-rate-counters.ts'
import { elsewhere, here, inTurn, type LimitedScene, limitedScene } from '../testing/limited-scene.ts'
import { redirectUri } from '../testing/people.ts'

let scene: LimitedScene
beforeEach(async () => {
  scene = await limitedScene()
})
afterEach(() => scene.close())

describe('what is refused', () => {
  test('is counted without a word to the database before its answer', async () => {
    const asked: string[] = []
    const { store } = scene.deps
    const counted = {
      ...store.limits,
      hit: (...given: Parameters<typeof store.limits.hit>) => {
        asked.push('hit')
        return store.limits.hit(...given)
      },
      addMany: (...given: Parameters<typeof store.limits.addMany>) => {
        asked.push('addMany')
        return store.limits.addMany(...given)
      },
    }
    const rates = createRateCounters({ ...scene.deps, store: { ...store, limits: counted } })
    await scene.with({ rates })
    const wrong = await scene.jwt({}, { ...scene.client, client_secret: 'x'.repeat(40) })
    expect(await inTurn(5, () => scene.storx(here, { client_secret: wrong }))).toEqual(Array(5).fill(401))
    expect(asked).toEqual([])
    await rates.flush()
    expect(asked).toEqual(['addMany'])
  })

  test('at the address of the consent page counts as well: a guess there is a guess', async () => {
    const wrong = await scene.jwt({}, { ...scene.client, client_secret: 'x'.repeat(40) })
    const { client_id } = scene.client
    const url = `/oauth2-integration?${new URLSearchParams({ client_id, client_secret: wrong, redirect_uri: redirectUri, scope: 'read' })}`
    const visit = async () => (await scene.app().inject({ url, remoteAddress: here })).statusCode
    for (let at = 0; at < limits.failed_proof.hits; at++) expect(await visit()).toBe(401)
    expect(await visit()).toBe(429)
    expect((await scene.storx(here, { client_secret: wrong })).status).toBe(429)
    expect((await scene.storx(here)).status).toBe(400)
  })

  test('has an end for a network that thinks of names, and does not touch those who are clients', async () => {
    const client_secret = await scene.jwt({}, { ...scene.client, client_secret: 'x'.repeat(40) })
    const statuses = await inTurn(limits.failed_proofs.hits + 5, (at) =>
      scene.standard(here, 'introspect', { token: 'x', client_id: `name ${at}`, client_secret }),
    )
    expect(statuses.slice(0, 60)).toEqual(Array(60).fill(401))
    expect(statuses.slice(-5)).toEqual(Array(5).fill(429))
    expect((await scene.introspect(here, await scene.assertion())).status).toBe(200)
    const fresh = { token: 'x', client_id: 'a name', client_secret }
    expect((await scene.standard(elsewhere, 'introspect', fresh)).status).toBe(401)
  })

  test('of a device that waits for its user counts for nothing', async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const begun = await scene.post('/oauth2/device_authorization', { scope: 'read bucket:photos' })
    const { client_id } = scene.client
    const poll = async () =>
      scene.standard(here, 'token', {
        grant_type,
        device_code: begun.body.device_code,
        client_id,
        client_secret: await scene.assertion(),
      })
    const before = scene.deps.rates
    for (let at = 0; at < 5; at++) {
      expect((await poll()).body.error).toMatch(/^(?:authorization_pending|slow_down)$/)
    }
    const named = {
      pool: 'refused_request',
      key: JSON.stringify([here, client_id]),
      windowSeconds: 60,
      toldFrom: 1,
    }
    expect(before.look(named, scene.deps.clock.now())).toBeUndefined()
  })

  test('of a registration access token waits as well, and the one that is right is taken', async () => {
    const made = await scene.app().inject({
      method: 'POST',
      url: '/oauth2/register',
      headers: { authorization: `Bearer ${scene.developer.token}`, 'content-type': 'application/json' },
      payload: { client_name: 'By program', redirect_uris: ['https://program.example/cb'] },
    })
    const { client_id, registration_access_token } = made.json()
    const read = async (token: string) =>
      (
        await scene.app().inject({
          url: `/oauth2/register/${client_id}`,
          remoteAddress: here,
          headers: { authorization: `Bearer ${token}` },
        })
      ).statusCode
    for (let at = 0; at < limits.failed_proof.hits; at++) expect(await read('x'.repeat(43))).toBe(401)
    expect(await read('x'.repeat(43))).toBe(429)
    expect(await read(registration_access_token)).toBe(200)
  })
})
