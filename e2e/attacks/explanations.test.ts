/** Explanations help the owner of a client, and nobody else. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../../packages/server/src/app.ts'
import type { Deps } from '../../packages/server/src/deps.ts'
import { createRecorder } from '../../packages/server/src/recorder.ts'
import { secondLookLimits, withSecondLook } from '../../packages/server/src/second-look.ts'
import { openSqlite } from '../../packages/server/src/store/sqlite.ts'
import {
  type Answer,
  ask,
  type Person,
  parsed,
  signedInPerson,
  type TestClient,
} from '../../packages/server/src/testing/people.ts'
import {
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { tokenRequestsPath, withOtherCharacter } from '../../packages/server/src/testing/token-requests.ts'
import { traceLimits } from '../../packages/server/src/trace-rooms.ts'
import { seen } from './testing/seen.ts'
import { watched } from './testing/watched-store.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const refresh = { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) }
const wrong = (change: Partial<TestClient> = {}): TestClient => ({
  ...scene.client,
  client_secret: 'a guess that is long enough, but none',
  ...change,
})
const look = async (who: Person, trace_id: string): Promise<Answer> =>
  ask(scene.app, who, 'GET', `${tokenRequestsPath}/${trace_id}`)

describe('attack 72: trace id misuse', () => {
  test('attack 72: trace id misuse: the trace of another developer\u2019s client is as unknown as one that never was', async () => {
    const { body } = await scene.post('/oauth2/token', refresh, wrong())
    await scene.deps.recorder.flush()
    const stranger = await signedInPerson(scene.deps, 'developer')
    const foreign = await look(stranger, body.trace_id)
    const never = await look(stranger, 'ab'.repeat(16))
    const mistyped = await look(stranger, 'not-a-trace')
    expect([foreign.status, foreign.body.error]).toEqual([404, 'not_found'])
    for (const other of [never, mistyped]) expect(seen(other)).toEqual(seen(foreign))
    expect((await look(scene.developer, body.trace_id)).status).toBe(200)
    expect((await ask(scene.app, undefined, 'GET', `${tokenRequestsPath}/${body.trace_id}`)).status).toBe(401)
    expect((await ask(scene.app, scene.user, 'GET', `${tokenRequestsPath}/${body.trace_id}`)).status).toBe(
      401,
    )
    expect((await ask(scene.app, stranger, 'GET', tokenRequestsPath)).body.token_requests).toEqual([])
  })

  test('attack 72: trace id misuse: of 10,000 guesses at a trace id 60 an hour are looked at', {
    timeout: 60_000,
  }, async () => {
    const stranger = await signedInPerson(scene.deps, 'developer')
    const statuses: Record<number, number> = {}
    for (let at = 0; at < 10_000; at++) {
      const { status, headers } = await look(stranger, at.toString(16).padStart(32, '0'))
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    }
    expect(statuses).toEqual({ 404: 60, 429: 9940 })
  })

  test('attack 72: trace id misuse: a client_id that nobody has is compared with the reader\u2019s own clients alone', async () => {
    const client_id = withOtherCharacter(scene.client.client_id, 3)
    const { body } = await scene.post('/oauth2/token', refresh, wrong({ client_id }))
    await scene.deps.recorder.flush()
    const owner = await look(scene.developer, body.trace_id)
    expect(owner.text).toContain(scene.client.client_id)
    const stranger = await look(await signedInPerson(scene.deps, 'developer'), body.trace_id)
    expect(stranger.text).not.toContain(scene.client.client_id)
    expect(stranger.text).not.toContain('"Photos"')
  })
})

describe('attack 73: explanation oracle', () => {
  /** The same server, where refusals are looked at in another way. */
  const where = (parts: Partial<Deps>) => buildApp({ ...scene.deps, ...parts })

  test('attack 73: explanation oracle: an answer is the same with a second look, without one, and while no more are taken', async () => {
    const secret = scene.client.client_secret
    const nearMisses = [
      'a guess that is long enough, but none',
      `${secret}\n`,
      `"${secret}"`,
      secret.toLowerCase(),
      Buffer.from(secret).toString('base64'),
      secret.slice(1),
    ]
    const full = withSecondLook(createRecorder(scene.deps), scene.deps.log, {
      ...secondLookLimits,
      waiting: 0,
      waitingOfOneNetwork: 0,
    })
    const { settings } = scene.deps
    const places = {
      'with a second look': await where({
        settings: { ...settings, signature_forensics: true, rate_limits: false },
      }),
      'without one': await where({
        settings: { ...settings, signature_forensics: false, rate_limits: false },
      }),
      'with a full queue': await where({ recorder: full, settings: { ...settings, rate_limits: false } }),
    }
    for (const client_secret of nearMisses) {
      const answers = new Map<string, unknown>()
      for (const [how, app] of Object.entries(places)) {
        const client_assertion = await scene.assertion({}, {}, wrong({ client_secret }))
        const form = { ...refresh, client_assertion, client_assertion_type: jwtBearer }
        answers.set(how, seen(await posted(app, '/oauth2/token', form)))
      }
      const [first] = answers.values()
      expect(first).toMatchObject({ status: 401 })
      for (const [how, answer] of answers) expect(answer, `${client_secret}: ${how}`).toEqual(first)
    }
    for (const app of Object.values(places)) await app.close()
  })

  test('attack 73: explanation oracle: before the answer the same is done for a near miss as for any guess, whether it will be looked at or not', async () => {
    const store = watched(await openSqlite(':memory:'))
    await scene.close()
    scene = await standardScene({ store: store.it })
    const { settings } = scene.deps
    const costs: string[][] = []
    for (const signature_forensics of [true, false]) {
      // The look itself comes later, and nothing of it is written.
      const recorder = withSecondLook({ ...scene.deps.recorder, trace: () => undefined }, scene.deps.log, {
        ...secondLookLimits,
        pauseMs: 60_000,
      })
      const app = await where({
        recorder,
        settings: { ...settings, signature_forensics, rate_limits: false },
      })
      for (const client_secret of [
        'a guess that is long enough, but none',
        `${scene.client.client_secret}\n`,
      ]) {
        const client_assertion = await scene.assertion({}, {}, wrong({ client_secret }))
        store.taken()
        const { status } = await posted(app, '/oauth2/token', {
          ...refresh,
          client_assertion,
          client_assertion_type: jwtBearer,
        })
        expect(status).toBe(401)
        costs.push(store.taken())
      }
    }
    expect(costs).toEqual(Array.from({ length: 4 }, () => ['clients.toAuthenticate']))
  })
})

describe('attack 74: noise flooding', () => {
  test('attack 74: noise flooding: 2,000 forged failures from as many networks leave bounded rows, all counted, and the real failures (npm run bench:flood sends a million)', {
    timeout: 60_000,
  }, async () => {
    const limits = { ...traceLimits, roomRows: 200, trimEvery: 50 }
    const recorder = withSecondLook(createRecorder(scene.deps, limits), scene.deps.log)
    const app = await buildApp({ ...scene.deps, recorder })
    const { client_id } = scene.client
    const send = async (remoteAddress: string, form: Record<string, string>) => {
      const { statusCode, headers, payload } = await app.inject({
        method: 'POST',
        url: '/oauth2/token',
        remoteAddress,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams(form).toString(),
      })
      return { status: statusCode, body: parsed(payload) as { trace_id: string }, headers }
    }
    const proven = async (as: TestClient) => ({
      client_id,
      client_assertion: await scene.assertion({}, {}, as),
      client_assertion_type: jwtBearer,
    })
    const own: string[] = []
    const failByItself = async () =>
      own.push((await send('203.0.113.9', { ...refresh, ...(await proven(scene.client)) })).body.trace_id)

    await failByItself()
    for (let at = 0; at < 2000; at++) {
      const { status } = await send(`10.${at % 200}.${Math.floor(at / 200)}.1`, {
        ...refresh,
        ...(await proven(wrong())),
      })
      expect(status).toBe(401)
      if (at % 500 === 499) await recorder.flush()
      if (at % 700 === 0) await failByItself()
    }
    await failByItself()
    await recorder.flush()

    const { traces } = scene.deps.store
    const rows = await traces.list({ filed_under: [client_id], since: 0 }, { limit: 10_000 })
    const forged = rows.filter(({ authenticated }) => !authenticated)
    expect(forged.length).toBeGreaterThan(100)
    expect(forged.length).toBeLessThanOrEqual(limits.roomRows + limits.trimEvery)
    expect(
      rows
        .filter(({ authenticated }) => authenticated)
        .map(({ trace_id }) => trace_id)
        .sort(),
    ).toEqual(own.toSorted())
    const counts = await traces.counts(client_id, 0)
    expect(counts.reduce((sum, { requests }) => sum + requests, 0)).toBe(2000 + own.length)
    for (const trace_id of own)
      expect((await look(scene.developer, trace_id)).body.reason).toBe('refresh_token_unknown')
    await app.close()
  })

  test('attack 74: noise flooding: one network that forges 2,000 failures gets a few rows a minute, and the client is served meanwhile', async () => {
    const { client_id } = scene.client
    for (let at = 0; at < 2000; at++) await scene.post('/oauth2/token', { ...refresh, client_id }, wrong())
    expect((await scene.post('/oauth2/token', await scene.redeemable())).status).toBe(200)
    await scene.deps.recorder.flush()
    const rows = await scene.deps.store.traces.list({ filed_under: [client_id], since: 0 }, { limit: 10_000 })
    expect(rows.filter(({ authenticated }) => !authenticated).length).toBeLessThanOrEqual(
      traceLimits.rowsPerMinuteOfNetwork,
    )
    expect(rows.filter(({ outcome }) => outcome === 'granted')).toHaveLength(1)
  })
})
