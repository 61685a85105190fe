/** What clients are counted by: what they prove, and what is refused. */
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { limits } from '../http/limit-table.ts'
import { createRateCounters } from '../rates/create-rate-counters.ts'
import { sentOnly } from '../testing/authorization-parameters.ts'
import { type Answer, aClient, ask, parsed, redirectUri } from '../testing/people.ts'
import { type Form, type StandardScene, standardScene } from '../testing/standard-scene.ts'
import type { TestOverrides } from '../testing/test-deps.ts'

let scene: StandardScene
let app: StandardScene['app']
beforeEach(async () => {
  scene = await standardScene()
  app = scene.app
})
afterEach(() => scene.close())

const withSettings = async (settings: TestOverrides['settings']): Promise<void> => {
  app = await buildApp({ ...scene.deps, settings: { ...scene.deps.settings, ...settings } })
}

/** A request from this network. */
async function from(remoteAddress: string, url: string, payload: string, type: string): Promise<Answer> {
  const {
    statusCode,
    headers,
    payload: text,
  } = await app.inject({
    method: 'POST',
    url,
    remoteAddress,
    headers: { 'content-type': type },
    payload,
  })
  return { status: statusCode, headers, text, body: parsed(text) }
}

const standard = (network: string, path: string, form: Form): Promise<Answer> =>
  from(
    network,
    `/oauth2/${path}`,
    new URLSearchParams(sentOnly(form)).toString(),
    'application/x-www-form-urlencoded',
  )

/** A token request of the StorX dialect, with a JWT that is good unless it is changed. */
const storx = async (network: string, change: object = {}): Promise<Answer> =>
  from(
    network,
    '/api/v0/oauth2/token',
    JSON.stringify({
      client_id: scene.client.client_id,
      client_secret: await jwt(),
      redirect_uri: redirectUri,
      code: 'x'.repeat(43),
      passphrase: '',
      ...change,
    }),
    'application/json',
  )

const jwt = (claims: object = {}, { client_id, client_secret } = scene.client): Promise<string> =>
  new SignJWT({ client_id, exp: scene.deps.clock.now() + 300, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(Buffer.from(client_secret))

const introspect = async (network: string, client_secret: string, { client_id } = scene.client) =>
  standard(network, 'introspect', { token: 'x', client_id, client_secret })

const inTurn = async (count: number, work: (at: number) => Promise<Answer>): Promise<readonly number[]> => {
  const statuses: number[] = []
  for (let at = 0; at < count; at++) statuses.push((await work(at)).status)
  return statuses
}

const here = '203.0.113.9'
const elsewhere = '198.51.100.4'

describe('who proves who it is', () => {
  test('counts for its client, wherever it asks from, and is told what is left', async () => {
    await withSettings({ introspection_limit: 3 })
    const answers = []
    for (let at = 0; at < 4; at++) answers.push(await introspect(`203.0.113.${at}`, await scene.assertion()))
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
    const other = await aClient(app, scene.developer)
    expect((await introspect(here, await scene.assertion({}, {}, other), other)).status).toBe(200)
    const { client_id } = scene.client
    const revoked = { token: 'x', client_id, client_secret: await scene.assertion() }
    expect((await standard(here, 'revoke', revoked)).status).toBe(200)
    scene.deps.clock.advance(60)
    expect((await introspect(here, await scene.assertion())).status).toBe(200)
  })

  test('counts for its network where the proof may be a copy: whoever saw one locks nobody out with it', async () => {
    await withSettings({ introspection_limit: 3 })
    const seen = await jwt()
    expect(await inTurn(6, () => introspect(elsewhere, seen))).toEqual([200, 200, 200, 429, 429, 429])
    expect((await introspect(here, await jwt())).status).toBe(200)
    expect((await introspect(elsewhere, await scene.assertion())).status).toBe(200)
  })

  test('counts nothing with a copy of what counts once', async () => {
    await withSettings({ introspection_limit: 2 })
    const once = await scene.assertion()
    expect(await inTurn(5, () => introspect(here, once))).toEqual([200, 401, 401, 401, 401])
    expect((await introspect(here, await scene.assertion())).status).toBe(200)
  })

  test('is refused before anything is written, and its code and jti are good for later', async () => {
    await withSettings({ token_limit: 1 })
    const form = await scene.redeemable()
    const send = async (client_secret: string) =>
      standard(here, 'token', { ...form, client_id: scene.client.client_id, client_secret })
    await send(await scene.assertion({ jti: 'spends the only one there is' }))
    const late = await scene.redeemable()
    const proof = await scene.assertion({ exp: scene.deps.clock.now() + 120 })
    const redeem = () =>
      standard(here, 'token', {
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
    const wrong = await jwt({}, { ...scene.client, client_secret: 'a guess that is long enough, but none' })
    const most = limits.failed_proof.hits
    expect(await inTurn(most, () => storx(here, { client_secret: wrong }))).toEqual(Array(most).fill(401))
    const { status, headers, body } = await storx(here, { client_secret: wrong })
    expect([status, body.error]).toEqual([429, 'temporarily_unavailable'])
    expect(headers).toMatchObject({ 'retry-after': '60', 'ratelimit-policy': '"failed_proof";q=30;w=60' })
    // The code is unknown, but the client is not.
    expect((await storx(here)).body.error).toBe('invalid_code')
    expect((await storx(elsewhere, { client_secret: wrong })).status).toBe(401)
  })

  test('a client that exists and one that does not wait alike, to the byte', async () => {
    const told = async (client_id: string) => {
      const answers: Answer[] = []
      for (let at = 0; at <= limits.failed_proof.hits; at++) {
        const client_secret = await jwt({ client_id }, { ...scene.client, client_secret: 'x'.repeat(40) })
        answers.push(await storx(here, { client_id, client_secret }))
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
    const wrong = await jwt({}, { ...scene.client, client_secret: 'a guess that is long enough, but none' })
    for (let at = 0; at < limits.failed_proof.hits; at++) await storx(here, { client_secret: wrong })
    const { headers } = await storx(here, { client_secret: wrong })
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
    const asked = await ask(app, scene.user, 'POST', '/api/v0/oauth2/request', request)
    const decision = { request_id: asked.body.request_id, approve: true, approved_scopes: scope }
    const { headers: decided, body } = await ask(app, scene.user, 'POST', '/api/v0/oauth2/consent', decision)
    const granted = await storx(here, { code: body.code })
    expect(granted.status).toBe(200)
    for (const headers of [asked.headers, decided, granted.headers])
      expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([])
  })
})

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
    app = await buildApp({ ...scene.deps, rates })
    const wrong = await jwt({}, { ...scene.client, client_secret: 'x'.repeat(40) })
    expect(await inTurn(5, () => storx(here, { client_secret: wrong }))).toEqual(Array(5).fill(401))
    expect(asked).toEqual([])
    await rates.flush()
    expect(asked).toEqual(['addMany'])
  })

  test('at the address of the consent page counts as well: a guess there is a guess', async () => {
    const wrong = await jwt({}, { ...scene.client, client_secret: 'x'.repeat(40) })
    const { client_id } = scene.client
    const url = `/oauth2-integration?${new URLSearchParams({ client_id, client_secret: wrong, redirect_uri: redirectUri, scope: 'read' })}`
    const visit = async () => (await app.inject({ url, remoteAddress: here })).statusCode
    for (let at = 0; at < limits.failed_proof.hits; at++) expect(await visit()).toBe(401)
    expect(await visit()).toBe(429)
    expect((await storx(here, { client_secret: wrong })).status).toBe(429)
    expect((await storx(here)).status).toBe(400)
  })

  test('has an end for a network that thinks of names, and does not touch those who are clients', async () => {
    const client_secret = await jwt({}, { ...scene.client, client_secret: 'x'.repeat(40) })
    const statuses = await inTurn(limits.failed_proofs.hits + 5, (at) =>
      standard(here, 'introspect', { token: 'x', client_id: `name ${at}`, client_secret }),
    )
    expect(statuses.slice(0, 60)).toEqual(Array(60).fill(401))
    expect(statuses.slice(-5)).toEqual(Array(5).fill(429))
    expect((await introspect(here, await scene.assertion())).status).toBe(200)
    const fresh = { token: 'x', client_id: 'a name', client_secret }
    expect((await standard(elsewhere, 'introspect', fresh)).status).toBe(401)
  })

  test('of a device that waits for its user counts for nothing', async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const begun = await scene.post('/oauth2/device_authorization', { scope: 'read bucket:photos' })
    const { client_id } = scene.client
    const poll = async () =>
      standard(here, 'token', {
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
    const made = await app.inject({
      method: 'POST',
      url: '/oauth2/register',
      headers: { authorization: `Bearer ${scene.developer.token}`, 'content-type': 'application/json' },
      payload: { client_name: 'By program', redirect_uris: ['https://program.example/cb'] },
    })
    const { client_id, registration_access_token } = made.json()
    const read = async (token: string) =>
      (
        await app.inject({
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

describe('a public client', () => {
  test('is counted by what it was granted, for the network it asks from', async () => {
    const page = await aClient(app, scene.developer, {
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/cb'],
    })
    await withSettings({ token_limit: 2 })
    const redirect_uri = 'http://127.0.0.1/cb'
    const redeem = async (network: string) =>
      standard(network, 'token', {
        ...(await scene.redeemable(page, { redirect_uri, scope: 'read bucket:photos' })),
        client_id: page.client_id,
      })
    const guess = (network: string) =>
      standard(network, 'token', {
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
