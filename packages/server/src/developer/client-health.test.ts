import { rfc3339 } from '@valetkey/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TokenRequest } from '../domain/token-request.ts'
import { aFiledTrace } from '../store/testing/scene.ts'
import type { FiledTokenRequest } from '../store/traces.ts'
import { clientsPath, type Person, redirectUri, signedInAgain, signedInPerson } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { traced } from '../testing/token-requests.ts'

const hour = 3600
const day = 86_400

let scene: RefusalScene
let ada: Person
beforeEach(async () => {
  scene = await refusalScene()
  ada = scene.developer
})
afterEach(() => scene.close())

const health = async (id = scene.client.id, who = ada) => scene.ask(who, 'GET', `${clientsPath}/${id}/health`)
const now = () => scene.deps.clock.now()

/** Lets time pass, and the developer sign in again. */
async function pass(seconds: number): Promise<void> {
  scene.deps.clock.advance(seconds)
  ada = await signedInAgain(scene.deps, 'developer', scene.developer.account)
}

/** A request that was granted now, as its trace would be. */
async function granted(change: Partial<TokenRequest> & { iat?: number | string } = {}): Promise<void> {
  const { iat, ...over } = change
  const evidence = { ...(iat === undefined ? {} : { iat }) }
  await add({
    authenticated: true,
    outcome: 'granted',
    reason: null,
    status: 200,
    steps: [{ step: 'read_claims', result: 'passed', evidence }],
    ...over,
  })
}
const add = (over: Partial<FiledTokenRequest>) =>
  scene.deps.store.traces.addMany([aFiledTrace({ filed_under: scene.client.client_id, at: now(), ...over })])

test('a fresh client has nothing to tell', async () => {
  const { status, body } = await health()
  expect(status).toBe(200)
  expect(body).toEqual({
    client_id: scene.client.client_id,
    last_success_at: null,
    granted: 0,
    failures: [],
    clock_skew: null,
    secrets: [
      {
        id: expect.any(String),
        created_at: rfc3339(now()),
        retires_at: null,
        last_used_at: null,
        means: 'the newest, never used',
      },
    ],
    hints: [],
  })
})

test('a success shows, with the last use of the secret, for 30 days', async () => {
  await traced(scene, { code: await scene.code() })
  scene.deps.clock.advance(60)
  await traced(scene, { code: await scene.code() })
  const at = rfc3339(now())
  await pass(hour)
  const { body } = await health(scene.client.client_id)
  expect(body).toMatchObject({ last_success_at: at, granted: 2, failures: [], hints: [] })
  expect(body.secrets).toMatchObject([{ last_used_at: at, means: 'the newest, last used 60 min ago' }])
  await pass(29 * day)
  expect((await health()).body).toMatchObject({ last_success_at: at, granted: 0 })
  await pass(day)
  expect((await health()).body.last_success_at).toBe(null)
})

test('failures of the last day are counted by reason, most frequent first, each with what to do', async () => {
  const forged = await scene.jwt({}, 'a key that is no secret of this client')
  await traced(scene, { client_secret: await scene.jwt({ exp: now() - 60 }) })
  await pass(25 * hour)
  for (let i = 0; i < 3; i++) await traced(scene, { client_secret: await scene.jwt({}, forged) })
  for (let i = 0; i < 2; i++) await traced(scene)
  const { failures } = (await health()).body
  expect(failures).toEqual([
    {
      reason: 'signature_wrong',
      requests: 3,
      means: expect.stringMatching(/secret/),
      fix: expect.stringMatching(/\.$/),
    },
    {
      reason: 'code_unknown',
      requests: 2,
      means: expect.any(String),
      fix: expect.stringMatching(/\.$/),
    },
  ])
  await pass(25 * hour)
  expect((await health()).body.failures).toEqual([])
})

test('failures are counted though most of a flood gets no row', async () => {
  for (let i = 0; i < 100; i++)
    scene.deps.recorder.trace(
      aFiledTrace({ client_id: scene.client.client_id, at: now(), reason: 'signature_wrong' }),
    )
  await scene.deps.recorder.flush()
  expect((await health()).body.failures).toMatchObject([{ reason: 'signature_wrong', requests: 100 }])
})

describe("the app's clock", () => {
  test('is the median of what iat says', async () => {
    for (const apart of [-300, 2, 3, 4, 300]) await granted({ iat: now() + apart })
    expect((await health()).body).toMatchObject({ clock_skew: { seconds: 3, samples: 5 }, hints: [] })
  })

  test('is told by a Date header before iat, which a JWT made some time ago has old', async () => {
    const { headers } = await scene.send({
      method: 'POST',
      url: '/api/v0/oauth2/token',
      headers: { date: new Date((now() + 17) * 1000).toUTCString() },
      payload: {
        client_id: scene.client.client_id,
        client_secret: await scene.jwt({ iat: now() - 200 }),
        redirect_uri: redirectUri,
        code: await scene.code(),
      },
    })
    expect(headers['x-trace-id']).toBeTypeOf('string')
    await scene.deps.recorder.flush()
    expect((await health()).body).toMatchObject({
      clock_skew: { seconds: 17, samples: 1 },
      hints: ["The app's clock is 17 s ahead of ours: set it by NTP."],
    })
  })

  test.each([
    [-10, ["The app's clock is 10 s behind ours: set it by NTP."]],
    [-9, []],
    [9, []],
    [10, ["The app's clock is 10 s ahead of ours: set it by NTP."]],
  ])('%d s apart is told like this: %j', async (apart, hints) => {
    await granted({ iat: now() + apart })
    expect((await health()).body).toMatchObject({ clock_skew: { seconds: apart, samples: 1 }, hints })
  })

  test('is told by those alone who proved who they are, however many forge', async () => {
    await granted({ iat: now() - 20 })
    await granted({ iat: 'number' })
    await granted()
    const forged = Array.from({ length: 300 }, () =>
      aFiledTrace({
        filed_under: scene.client.client_id,
        at: now() + 1,
        request: { date: now() + 9_000 },
        steps: [{ step: 'read_claims', result: 'passed', evidence: { iat: now() + 9_000 } }],
      }),
    )
    await scene.deps.store.traces.addMany(forged)
    expect((await health()).body.clock_skew).toEqual({ seconds: -20, samples: 1 })
  })
})

describe('an older secret that still works', () => {
  /** The newer secret's text; the older one is the scene's, used `older` and the newer `newer` days ago, if at all. */
  async function rotated({ older, newer }: { older?: number; newer?: number }): Promise<void> {
    scene.deps.clock.advance(1)
    const form = { keep_previous_for: 30 * day }
    const { body } = await scene.ask(ada, 'POST', `${clientsPath}/${scene.client.id}/regenerate-secret`, form)
    const uses = [
      { key: scene.client.client_secret, ago: older },
      { key: String(body.client_secret), ago: newer },
    ].flatMap(({ key, ago }) => (ago === undefined ? [] : [{ key, ago }]))
    let passed = 20
    for (const { key, ago } of uses.toSorted((one, other) => other.ago - one.ago)) {
      await pass((passed - ago) * day)
      passed = ago
      await traced(scene, { client_secret: await scene.jwt({}, key) })
    }
    await pass(passed * day)
  }

  test.each<[{ older?: number; newer?: number }, string]>([
    [{ older: 9, newer: 0 }, 'last used 9 days ago: safe to retire'],
    [{ older: 7, newer: 6 }, 'last used 7 days ago: safe to retire'],
    [{ newer: 0 }, 'never used: safe to retire'],
    [{ older: 6, newer: 0 }, 'last used 6 days ago: something still signs with it'],
    [{ older: 0, newer: 9 }, 'last used 0 s ago: the newer one is not in use'],
    [{ older: 9, newer: 8 }, 'last used 9 days ago: the newer one is not in use'],
    [{ older: 8, newer: 15 }, 'last used 8 days ago: the newer one is not in use'],
    [{ older: 9 }, 'last used 9 days ago: the newer one is not in use yet'],
    [{ older: 0 }, 'last used 0 s ago: the newer one is not in use yet'],
    [{}, 'never used: the newer one is not in use yet'],
  ])('last used so many days ago, %j: %s', async (uses, means) => {
    await rotated(uses)
    const { secrets, hints } = (await health()).body
    expect(secrets).toHaveLength(2)
    expect(secrets[0].means).toMatch(/^the newest, /)
    expect([secrets[1].means, secrets[1].retires_at]).toEqual([means, expect.any(String)])
    expect(hints).toEqual([`The secret of ${secrets[1].created_at} was ${means}.`])
  })

  test('a secret that never was replaced is never said to be safe to retire, however long it was unused', async () => {
    await traced(scene, { code: await scene.code() })
    await pass(29 * day)
    const { secrets, hints } = (await health()).body
    expect(secrets).toMatchObject([{ means: 'the newest, last used 29 days ago' }])
    expect(hints).toEqual([])
  })

  test('one that works no more is not shown', async () => {
    await scene.ask(ada, 'POST', `${clientsPath}/${scene.client.id}/regenerate-secret`)
    expect((await health()).body.secrets).toMatchObject([{ means: 'the newest, never used' }])
  })
})

test('a deactivated client is told to be', async () => {
  await scene.ask(ada, 'PATCH', `${clientsPath}/${scene.client.id}/status`, { status: 0 })
  expect((await health()).body.hints).toEqual(['The client is deactivated: every token request is refused.'])
})

test('of a suspended client is told what that means, and whom to ask', async () => {
  const { deps, client } = scene
  await deps.store.administration.suspendClient(client.id, { end_access: false }, deps.clock.now())
  expect((await health()).body.hints).toEqual([
    expect.stringMatching(/operator .*suspended.*before works until.*ask/),
  ])
})

test("another developer's, a deleted and an unknown client get the very same 404", async () => {
  const eve = await signedInPerson(scene.deps, 'developer')
  const answers = [
    await health(scene.client.id, eve),
    await health(scene.client.client_id, eve),
    await health('nobody'),
  ]
  await scene.ask(ada, 'DELETE', `${clientsPath}/${scene.client.id}`)
  answers.push(await health())
  for (const { status, body } of answers) {
    expect(status).toBe(404)
    expect({ ...body, trace_id: '' }).toEqual({ ...answers[0]?.body, trace_id: '' })
  }
})
