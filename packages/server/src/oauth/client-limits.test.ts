/** What clients are counted by: what they prove, and what they were granted. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../http/limit-table.ts'
import { elsewhere, here, inTurn, type LimitedScene, limitedScene } from '../testing/limited-scene.ts'
import { type Answer, aClient, ask, redirectUri } from '../testing/people.ts'

let scene: LimitedScene
beforeEach(async () => {
  scene = await limitedScene()
})
afterEach(() => scene.close())

describe('who proves who it is', () => {
  test('counts for its client, wherever it asks from, and is told what is left', async () => {
    await scene.with({ settings: { introspection_limit: 3 } })
    const answers = []
    for (let at = 0; at < 4; at++)
      answers.push(await scene.introspect(`203.0.113.${at}`, await scene.assertion()))
    expect(answers.map(({ status, headers }) => [status, headers['ratelimit-remaining']])).toEqual([
      [200, '2'],
      [200, '1'],
      [200, '0'],
      [429, '0'],
    ])
    const [, , , refused] = answers
    expect(refused?.body.error).toBe('temporarily_unavailable')
    expect(refused?.headers).toMatchObject({
      'retry-after': '60',
      'ratelimit-limit': '3',
      'ratelimit-reset': '60',
      'ratelimit-policy': '"introspection";q=3;w=60',
      ratelimit: '"introspection";r=0;t=60',
    })
    // Another client is not touched, nor what this one does elsewhere.
    const other = await aClient(scene.app(), scene.developer)
    expect((await scene.introspect(here, await scene.assertion({}, {}, other), other)).status).toBe(200)
    const { client_id } = scene.client
    const revoked = { token: 'x', client_id, client_secret: await scene.assertion() }
    expect((await scene.standard(here, 'revoke', revoked)).status).toBe(200)
    scene.deps.clock.advance(60)
    expect((await scene.introspect(here, await scene.assertion())).status).toBe(200)
  })

  test('counts for its network where the proof may be a copy: whoever saw one locks nobody out with it', async () => {
    await scene.with({ settings: { introspection_limit: 3 } })
    const seen = await scene.jwt()
    expect(await inTurn(6, () => scene.introspect(elsewhere, seen))).toEqual([200, 200, 200, 429, 429, 429])
    expect((await scene.introspect(here, await scene.jwt())).status).toBe(200)
    expect((await scene.introspect(elsewhere, await scene.assertion())).status).toBe(200)
  })

  test('counts nothing with a copy of what counts once', async () => {
    await scene.with({ settings: { introspection_limit: 2 } })
    const once = await scene.assertion()
    expect(await inTurn(5, () => scene.introspect(here, once))).toEqual([200, 401, 401, 401, 401])
    expect((await scene.introspect(here, await scene.assertion())).status).toBe(200)
  })

  test('is refused before anything is written, and its code and jti are good for later', async () => {
    await scene.with({ settings: { token_limit: 1 } })
    const form = await scene.redeemable()
    const send = async (client_secret: string) =>
      scene.standard(here, 'token', { ...form, client_id: scene.client.client_id, client_secret })
    await send(await scene.assertion({ jti: 'spends the only one there is' }))
    const late = await scene.redeemable()
    const proof = await scene.assertion({ exp: scene.deps.clock.now() + 120 })
    const redeem = () =>
      scene.standard(here, 'token', {
        ...late,
        client_id: scene.client.client_id,
        client_secret: proof,
      })
    expect((await redeem()).status).toBe(429)
    scene.deps.clock.advance(59)
    expect((await redeem()).status).toBe(429)
    scene.deps.clock.advance(1)
    // The code lives for 60 seconds, so it has expired: but the jti was never used up.
    expect((await redeem()).body.error).toBe('invalid_grant')
  })
})

describe('in the StorX dialect', () => {
  test('whoever fails too often waits, in its words, and the client beside them is served', async () => {
    const wrong = await scene.jwt(
      {},
      { ...scene.client, client_secret: 'a guess that is long enough, but none' },
    )
    const most = limits.failed_proof.hits
    expect(await inTurn(most, () => scene.storx(here, { client_secret: wrong }))).toEqual(
      Array(most).fill(401),
    )
    const { status, headers, body } = await scene.storx(here, { client_secret: wrong })
    expect([status, body.error]).toEqual([429, 'temporarily_unavailable'])
    expect(headers).toMatchObject({ 'retry-after': '60', 'ratelimit-policy': '"failed_proof";q=30;w=60' })
    // The code is unknown, but the client is not.
    expect((await scene.storx(here)).body.error).toBe('invalid_code')
    expect((await scene.storx(elsewhere, { client_secret: wrong })).status).toBe(401)
  })

  test('a client that exists and one that does not wait alike, to the byte', async () => {
    const told = async (client_id: string) => {
      const answers: Answer[] = []
      for (let at = 0; at <= limits.failed_proof.hits; at++) {
        const client_secret = await scene.jwt(
          { client_id },
          { ...scene.client, client_secret: 'x'.repeat(40) },
        )
        answers.push(await scene.storx(here, { client_id, client_secret }))
      }
      return answers.map(({ status, headers, text }) => {
        const { date: _, 'x-trace-id': trace_id, ...others } = headers
        return { status, others, text: text.replaceAll(String(trace_id), '') }
      })
    }
    const unknown = await told('01890000-0000-7000-8000-000000000000')
    expect(unknown.at(-1)?.status).toBe(429)
    expect(await told(scene.client.client_id)).toEqual(unknown)
  })

  test('a request that has to wait is written down, with the step that failed', async () => {
    const { client_id } = scene.client
    const wrong = await scene.jwt(
      {},
      { ...scene.client, client_secret: 'a guess that is long enough, but none' },
    )
    for (let at = 0; at < limits.failed_proof.hits; at++) await scene.storx(here, { client_secret: wrong })
    const { headers } = await scene.storx(here, { client_secret: wrong })
    await scene.deps.recorder.flush()
    const limited = await scene.deps.store.traces.find(String(headers['x-trace-id']))
    expect(limited).toMatchObject({ client_id, reason: 'rate_limited', status: 429, outcome: 'refused' })
    const failed = limited?.steps.filter(({ result }) => result === 'failed').map(({ step }) => step)
    expect(failed).toContain('verify_signature')
    const counts = await scene.deps.store.traces.counts(client_id, scene.deps.clock.now())
    expect(counts).toContainEqual({ reason: 'rate_limited', requests: 1 })
  })

  test('a granted request answers with the headers it always had', async () => {
    const { client_id } = scene.client
    const scope = ['read']
    const request = { client_id, redirect_uri: redirectUri, scope }
    const asked = await ask(scene.app(), scene.user, 'POST', '/api/v0/oauth2/request', request)
    const decision = { request_id: asked.body.request_id, approve: true, approved_scopes: scope }
    const { headers: decided, body } = await ask(
      scene.app(),
      scene.user,
      'POST',
      '/api/v0/oauth2/consent',
      decision,
    )
    const granted = await scene.storx(here, { code: body.code })
    expect(granted.status).toBe(200)
    for (const headers of [asked.headers, decided, granted.headers])
      expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([])
  })
})

describe('a public client', () => {
  test('is counted by what it was granted, for the network it asks from', async () => {
    const page = await aClient(scene.app(), scene.developer, {
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/cb'],
    })
    await scene.with({ settings: { token_limit: 2 } })
    const redirect_uri = 'http://127.0.0.1/cb'
    const redeem = async (network: string) =>
      scene.standard(network, 'token', {
        ...(await scene.redeemable(page, { redirect_uri, scope: 'read bucket:photos' })),
        client_id: page.client_id,
      })
    const guess = (network: string) =>
      scene.standard(network, 'token', {
        grant_type: 'authorization_code',
        code: 'x'.repeat(43),
        redirect_uri,
        code_verifier: 'v'.repeat(43),
        client_id: page.client_id,
      })
    // Whoever only guesses takes nothing away.
    expect(await inTurn(10, () => guess(here))).toEqual(Array(10).fill(400))
    expect(await inTurn(3, () => redeem(here))).toEqual([200, 200, 429])
    expect((await redeem(elsewhere)).status).toBe(200)
  })
})
