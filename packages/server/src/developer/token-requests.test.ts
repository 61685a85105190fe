import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Deps } from '../deps.ts'
import type { NewAuditEvent } from '../domain/audit-event.ts'
import { clientsPath, type Person, signedInAgain, signedInPerson } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { listed, lookUp, tokenRequestsPath, traced } from '../testing/token-requests.ts'

const day = 86_400

let scene: RefusalScene
let other: Person
beforeEach(async () => {
  scene = await refusalScene()
  other = await signedInPerson(scene.deps, 'developer', 'Eve Example')
})
afterEach(() => scene.close())

const forged = 'a key that is no secret of this client'
const wrongKey = async (claims: object = {}) => ({ client_secret: await scene.jwt(claims, forged) })

describe('who may see a token request', () => {
  test('the developer whose client it named sees every step, what was wrong and what to do', async () => {
    const trace_id = await traced(scene, await wrongKey())
    const { status, body, headers } = await lookUp(scene, trace_id)
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
    expect(body).toMatchObject({
      trace_id,
      at: '2026-03-01T12:00:00Z',
      client_id: scene.client.client_id,
      client_name: 'Photos',
      authenticated: false,
      outcome: 'refused',
      reason: 'signature_wrong',
      cause: 'secret_differs',
      status: 401,
      grant_id: null,
      request: {
        content_type: 'application/json',
        parameters: ['client_id', 'client_secret', 'redirect_uri', 'code', 'passphrase'],
      },
      explanation: { first_failure: 'verify_signature' },
    })
    expect(
      body.explanation.steps.map(({ step, result }: { step: string; result: string }) => [step, result]),
    ).toEqual([
      ['parse_jwt', 'passed'],
      ['read_claims', 'passed'],
      ['fetch_client', 'passed'],
      ['verify_signature', 'failed'],
      ['check_expiry', 'would_pass'],
      ['match_client_id', 'would_pass'],
      ['check_jti', 'not_reached'],
      ['find_code', 'would_fail'],
      ['check_not_spent', 'not_reached'],
      ['check_code_expiry', 'not_reached'],
      ['match_redirect_uri', 'not_reached'],
      ['prove_possession', 'not_reached'],
      ['find_project', 'not_reached'],
      ['derive_root_key', 'not_reached'],
      ['spend_code', 'not_reached'],
    ])
  })

  test('a granted one names its grant and passes every step', async () => {
    const trace_id = await traced(scene, { code: await scene.code() })
    const { body } = await lookUp(scene, trace_id)
    expect(body).toMatchObject({
      authenticated: true,
      outcome: 'granted',
      reason: null,
      cause: null,
      means: null,
      status: 200,
      grant_id: expect.any(String),
      explanation: { first_failure: null },
    })
    for (const { result } of body.explanation.steps) expect(['passed', 'not_reached']).toContain(result)
  })

  test("another developer's, an unknown, an expired and a mistyped one get the very same 404", async () => {
    const trace_id = await traced(scene, await wrongKey())
    scene.deps.clock.advance(31 * day)
    const [ada, eve] = await Promise.all(
      [scene.developer, other].map(({ account }) => signedInAgain(scene.deps, 'developer', account)),
    )
    const unswept = await lookUp(scene, trace_id, ada)
    await scene.deps.store.sweep(scene.deps.clock.now())
    const fresh = await traced(scene, await wrongKey())
    expect((await lookUp(scene, fresh, ada)).status).toBe(200)

    const answers = [
      unswept,
      await lookUp(scene, trace_id, ada),
      await lookUp(scene, fresh, eve),
      await lookUp(scene, 'f'.repeat(32), ada),
      await lookUp(scene, fresh.slice(1), ada),
      await lookUp(scene, `${fresh}0`, ada),
      await lookUp(scene, fresh.toUpperCase(), ada),
      await lookUp(scene, `${fresh.slice(1)}g`, ada),
      await lookUp(scene, `${fresh.slice(1)}%0a`, ada),
      await lookUp(scene, 'a'.repeat(256), ada),
    ]
    for (const { status, headers, body } of answers) {
      const { 'x-trace-id': _, date: __, 'content-length': ___, ...others } = headers
      const { trace_id: ____, ...rest } = body
      expect({ status, others, rest }).toEqual({
        status: 404,
        others: {
          'content-type': 'application/json; charset=utf-8',
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          'strict-transport-security': 'max-age=31536000',
          'x-content-type-options': 'nosniff',
          connection: 'keep-alive',
        },
        rest: {
          error: 'not_found',
          error_description: 'There is no token request with this trace_id that you may see.',
          error_uri: 'https://valetkey.test/errors/token_request_not_found',
        },
      })
      expect(headers['content-length']).toBe(answers[0]?.headers['content-length'])
    }
  })

  test('it is there for 30 days to the second', async () => {
    const trace_id = await traced(scene, await wrongKey())
    scene.deps.clock.advance(30 * day)
    const ada = await signedInAgain(scene.deps, 'developer', scene.developer.account)
    expect((await lookUp(scene, trace_id, ada)).status).toBe(200)
    expect((await listed(scene, {}, ada)).body.token_requests).toHaveLength(1)
    scene.deps.clock.advance(1)
    expect((await lookUp(scene, trace_id, ada)).status).toBe(404)
    expect((await listed(scene, {}, ada)).body.token_requests).toEqual([])
  })

  test('nobody without a session does, and no user with one of theirs', async () => {
    const trace_id = await traced(scene, await wrongKey())
    for (const stranger of [undefined, scene.user]) {
      for (const path of ['', `/${trace_id}`, '/tail'])
        expect((await scene.ask(stranger, 'GET', tokenRequestsPath + path)).status, path).toBe(401)
      const pasted = { request: 'client_id=x' }
      expect((await scene.ask(stranger, 'POST', `${tokenRequestsPath}/diagnose`, pasted)).status).toBe(401)
      const health = `${clientsPath}/${scene.client.id}/health`
      expect((await scene.ask(stranger, 'GET', health)).status).toBe(401)
    }
  })

  test('a deleted client is still its developer’s, and nobody else’s', async () => {
    const trace_id = await traced(scene, { code: await scene.code() })
    await scene.ask(scene.developer, 'DELETE', `${clientsPath}/${scene.client.id}`)
    const after = await traced(scene)
    expect((await lookUp(scene, trace_id)).body.client_name).toBe('Photos')
    expect((await lookUp(scene, after)).body).toMatchObject({
      client_name: 'Photos',
      reason: 'client_unknown',
      cause: 'client_deleted',
    })
    expect((await listed(scene)).body.token_requests).toHaveLength(2)
    for (const id of [trace_id, after]) expect((await lookUp(scene, id, other)).status).toBe(404)
    expect((await listed(scene, {}, other)).body.token_requests).toEqual([])
  })
})

describe('limits and audit', () => {
  test('60 look-ups an hour for an account, failing ones included; then 429 and when to come again', async () => {
    const trace_id = await traced(scene, await wrongKey())
    for (let i = 0; i < 60; i++)
      expect((await lookUp(scene, i % 2 === 0 ? trace_id : 'nothing')).status).toBe(i % 2 === 0 ? 200 : 404)
    const { status, headers } = await lookUp(scene, trace_id)
    expect([status, headers['retry-after']]).toEqual([429, '3600'])
    expect((await lookUp(scene, 'nothing')).status).toBe(429)
    expect((await lookUp(scene, trace_id, other)).status).toBe(404)
    expect((await listed(scene)).status).toBe(200)
    scene.deps.clock.advance(3600)
    expect((await lookUp(scene, trace_id)).status).toBe(200)
  })

  test('each look-up is on record, with nothing of a mistyped id', async () => {
    const trace_id = await traced(scene, await wrongKey())
    const { watched, events } = await watchedScene()
    const hostile = encodeURIComponent('\u001b[31m<script>\u202e')
    for (const id of [trace_id, 'f'.repeat(32), hostile]) await lookUp(watched, id)
    await lookUp(watched, trace_id, other)
    const event = {
      actor_kind: 'developer',
      actor_id: scene.developer.account.id,
      action: 'token_request.read',
      network: '127.0.0.1',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    }
    expect(events).toEqual([
      { ...event, resource: trace_id, outcome: 'success' },
      { ...event, resource: 'f'.repeat(32), outcome: 'failed' },
      { ...event, resource: 'malformed', outcome: 'failed' },
      { ...event, actor_id: other.account.id, resource: trace_id, outcome: 'failed' },
    ])
  })
})

/** The same place, with its audit events laid open. */
async function watchedScene(): Promise<{ watched: RefusalScene; events: NewAuditEvent[] }> {
  const events: NewAuditEvent[] = []
  const recorder: Deps['recorder'] = { ...scene.deps.recorder, audit: (event) => void events.push(event) }
  return { watched: await scene.where({ recorder }), events }
}
