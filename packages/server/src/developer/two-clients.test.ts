import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newClientId } from '../ids.ts'
import { refusals } from '../refusals.ts'
import { type Answer, clientsPath, type Person, signedInPerson, type TestClient } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { anotherClient, listed, lookUp, traced } from '../testing/token-requests.ts'

let scene: RefusalScene
let victor: Person
let theirs: TestClient
beforeEach(async () => {
  scene = await refusalScene()
  victor = await signedInPerson(scene.deps, 'developer', 'Victor Example')
  theirs = await anotherClient(scene, victor, { name: 'Theirs' })
})
afterEach(() => scene.close())

const forged = 'a key that is no secret of this client'

/** What the client that the JWT names may be, and the key that signs. */
const records: Readonly<Record<string, () => Promise<{ client_id: string; key: string }>>> = {
  'does not exist': async () => ({ client_id: newClientId(scene.deps), key: forged }),
  'exists, and the signature is wrong': async () => ({ client_id: theirs.client_id, key: forged }),
  'exists, and the signature is right': async () => ({
    client_id: theirs.client_id,
    key: theirs.client_secret,
  }),
  'is inactive': async () => {
    await scene.ask(victor, 'PATCH', `${clientsPath}/${theirs.id}/status`, { status: 0 })
    return { client_id: theirs.client_id, key: theirs.client_secret }
  },
  'takes RFC 7523 alone': async () => {
    await scene.deps.store.clients.update(theirs.id, () => ({ storx_profile: false }), scene.deps.clock.now())
    return { client_id: theirs.client_id, key: theirs.client_secret }
  },
  'was signed for with a retired secret': async () => {
    await scene.ask(victor, 'POST', `${clientsPath}/${theirs.id}/regenerate-secret`)
    return { client_id: theirs.client_id, key: theirs.client_secret }
  },
  'used this jti before': async () => {
    const claims = { client_id: theirs.client_id, jti: 'once-and-no-more' }
    const client_secret = await scene.jwt(claims, theirs.client_secret)
    await scene.token({ client_id: theirs.client_id, client_secret })
    return { client_id: theirs.client_id, key: theirs.client_secret }
  },
  'was deleted': async () => {
    await scene.ask(victor, 'DELETE', `${clientsPath}/${theirs.id}`)
    return { client_id: theirs.client_id, key: theirs.client_secret }
  },
}

/** Ways to be wrong beside it, and what is then shown as the reason and the first failure. */
const claims: Readonly<Record<string, readonly [change: () => object, reason: string, step: string]>> = {
  'nothing else': [() => ({}), 'client_id_mismatch', 'match_client_id'],
  'a JWT that expired': [() => ({ exp: scene.deps.clock.now() - 60 }), 'assertion_expired', 'check_expiry'],
  'exp missing': [() => ({ exp: undefined }), 'claims_invalid', 'read_claims'],
  'exp in milliseconds': [
    () => ({ exp: scene.deps.clock.nowMs() + 60_000 }),
    'claims_invalid',
    'read_claims',
  ],
}

/** An answer without what names the very request or client. */
const alike = ({ status, body }: Answer, { client_id }: { client_id: string }) => ({
  status,
  body: JSON.parse(
    JSON.stringify({ ...body, trace_id: '', duration_ms: 0 }).replaceAll(client_id, '<the other client>'),
  ),
})

describe('a JWT that names the client of another developer', () => {
  describe.each(Object.keys(claims))('with %s', (wrong) => {
    const [change, reason, step] = claims[wrong] ?? []
    const sent = async (record: string, named: object) => {
      const { client_id, key } = (await records[record]?.()) ?? { client_id: '', key: '' }
      const jwt = await scene.jwt({ client_id, jti: 'once-and-no-more', ...change?.() }, key)
      return { client_id, trace_id: await traced(scene, { client_secret: jwt, ...named }) }
    }

    test('tells the owner of the client in the request the same, whatever that client’s record says', async () => {
      const seen: unknown[] = []
      for (const record of Object.keys(records)) {
        scene = await anew()
        const code = await scene.code({ client_id: theirs.client_id })
        const request = await sent(record, { code })
        const { status, body } = alike(await lookUp(scene, request.trace_id), request)
        expect(status).toBe(200)
        expect(body).toMatchObject({
          client_id: scene.client.client_id,
          authenticated: false,
          reason,
          explanation: { first_failure: step },
        })
        const withheld = body.explanation.steps.filter(
          ({ note }: { note: string }) => note === 'the JWT names a client that is not yours',
        )
        expect(withheld.map((one: { step: string }) => one.step)).toEqual([
          'fetch_client',
          'verify_signature',
          'check_jti',
          'find_code',
          'check_not_spent',
          'check_code_expiry',
          'match_redirect_uri',
          'prove_possession',
          'find_project',
        ])
        seen.push({ body: without(body), ...(await everywhere(request)) })
      }
      for (const one of seen) expect(one).toEqual(seen[0])
    }, 60_000)

    test('tells whoever holds the trace_id the same when the request names no client there is', async () => {
      for (const named of [{ client_id: 'nobody' }, { client_id: undefined }]) {
        const seen: unknown[] = []
        for (const record of Object.keys(records)) {
          scene = await anew()
          const stranger = await signedInPerson(scene.deps, 'developer', 'Mallory Example')
          const request = await sent(record, named)
          const { status, body } = alike(await lookUp(scene, request.trace_id, stranger), request)
          expect([status, body.reason]).toEqual([
            200,
            named.client_id === undefined ? 'request_malformed' : reason,
          ])
          if (named.client_id === undefined) expect(body.explanation.first_failure).toBe('read_request')
          seen.push(without(body))
        }
        for (const one of seen) expect(one).toEqual(seen[0])
      }
    }, 60_000)
  })

  test('is explained in full to a developer who owns both clients', async () => {
    const second = await anotherClient(scene, scene.developer, { name: 'Second' })
    await scene.ask(scene.developer, 'PATCH', `${clientsPath}/${second.id}/status`, { status: 0 })
    const client_secret = await scene.jwt({ client_id: second.client_id }, second.client_secret)
    const { body } = await lookUp(scene, await traced(scene, { client_secret }))
    expect(body).toMatchObject({ cause: 'client_inactive', explanation: { first_failure: 'fetch_client' } })
    const mismatch = body.explanation.steps.find((one: { step: string }) => one.step === 'match_client_id')
    expect(mismatch.findings[0]).toMatchObject({
      cause: 'client_id_differs',
      seen: `in the JWT ${second.client_id} (Second)`,
      expected: `in the request ${scene.client.client_id} (Photos)`,
    })
  })
})

describe('a request that names the client of another developer, with a JWT that names mine', () => {
  test('is theirs, and tells them nothing of mine', async () => {
    const trace_id = await traced(scene, { client_id: theirs.client_id })
    expect((await lookUp(scene, trace_id)).status).toBe(404)
    expect((await listed(scene)).body.token_requests).toEqual([])
    const { status, body, text } = await lookUp(scene, trace_id, victor)
    expect([status, body.reason, body.client_name]).toEqual([200, 'client_id_mismatch', 'Theirs'])
    expect(text).not.toContain('Photos')
  })
})

/** A fresh place for one more variant, so that limits and earlier requests play no part. */
async function anew(): Promise<RefusalScene> {
  await scene.close()
  const fresh = await refusalScene()
  victor = await signedInPerson(fresh.deps, 'developer', 'Victor Example')
  theirs = await anotherClient(fresh, victor, { name: 'Theirs' })
  return fresh
}

/** Whether the list shows it under each reason, and what the client's health counts. */
async function everywhere(request: { client_id: string; trace_id: string }) {
  const found: string[] = []
  for (const reason of Object.keys(refusals)) {
    const { body } = await listed(scene, { reason })
    if (body.token_requests.length > 0) found.push(reason)
  }
  const summary = (await listed(scene)).body.token_requests[0]
  const health = await scene.ask(scene.developer, 'GET', `${clientsPath}/${scene.client.id}/health`)
  const { failures, hints } = health.body
  const { cause, means, reason, status } = summary
  expect(summary.trace_id).toBe(request.trace_id)
  return { found, cause, means, reason, status, failures, hints }
}

/** A fresh scene's own client has another id each time. */
function without(body: object): unknown {
  return JSON.parse(JSON.stringify(body).replaceAll(scene.client.client_id, '<my client>'))
}
