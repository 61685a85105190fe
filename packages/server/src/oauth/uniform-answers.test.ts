import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { clientsPath } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'

const nobody = '01890000-0000-4000-8000-000000000000'
const forged = 'a key that is no secret of this client'

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

/** What an answer shows a stranger: everything but what names the very request and the time of day. */
interface Seen {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/** Ways to fail that only the client's record tells apart, each as the form of a token request. */
const causes: Readonly<Record<string, () => Promise<object>>> = {
  'unknown client': async () => ({
    client_id: nobody,
    client_secret: await scene.jwt({ client_id: nobody }),
  }),
  'wrong secret': async () => ({ client_secret: await scene.jwt({}, forged) }),
  'unknown kid': async () => ({
    client_secret: await new SignJWT({ client_id: scene.client.client_id, exp: scene.deps.clock.now() + 300 })
      .setProtectedHeader({ alg: 'HS256', kid: 'nobody-knows' })
      .sign(Buffer.from(forged)),
  }),
  'replayed jti': async () => {
    const client_secret = await scene.jwt({ jti: 'the-very-same-twice' })
    await scene.token({ client_secret })
    return { client_secret }
  },
  'retired secret': async () => {
    const client_secret = await scene.jwt()
    await scene.ask(scene.developer, 'POST', `${clientsPath}/${scene.client.id}/regenerate-secret`)
    return { client_secret }
  },
  'secret of another client of the same developer': async () => {
    const other = await scene.ask(scene.developer, 'POST', clientsPath, {
      name: 'Other',
      redirect_uris: ['https://other.example/cb'],
    })
    return { client_secret: await scene.jwt({}, other.body.client_secret) }
  },
  'inactive client': async () => {
    await scene.ask(scene.developer, 'PATCH', `${clientsPath}/${scene.client.id}/status`, { status: 0 })
    return { client_secret: await scene.jwt() }
  },
}

/** Over a socket, as a stranger sees it. */
async function answersOf(signature_forensics: boolean): Promise<ReadonlyMap<string, Seen>> {
  const { deps } = scene
  const app = await buildApp({ ...deps, settings: { ...deps.settings, signature_forensics } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const seen = new Map<string, Seen>()
  for (const [cause, form] of Object.entries(causes)) {
    const response = await fetch(`${url}/api/v0/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_id: scene.client.client_id,
        redirect_uri: 'https://photos.example/callback',
        code: 'x'.repeat(43),
        ...(await form()),
      }),
    })
    const body = await response.text()
    const { trace_id } = JSON.parse(body)
    seen.set(cause, {
      status: response.status,
      headers: [...response.headers].filter(([name]) => name !== 'date' && name !== 'x-trace-id'),
      body: body.replace(trace_id, ''),
    })
    await deps.recorder.flush()
    expect(response.headers.get('x-trace-id')).toBe(trace_id)
  }
  await app.close()
  return seen
}

describe('what depends on the record of the client alone is one answer', () => {
  test.each([
    ['with a second look behind it', true],
    ['without', false],
  ])('status, headers and bytes, %s', async (_what, forensics) => {
    const answers = await answersOf(forensics)
    const unknown = answers.get('unknown client')
    expect(unknown?.status).toBe(401)
    for (const [cause, answer] of answers) expect(answer, cause).toEqual(unknown)
  })

  test('and the traces know the difference', async () => {
    await answersOf(true)
    const { client_id } = scene.client
    const traces = await scene.deps.store.traces.list({ filed_under: [client_id], since: 0 }, { limit: 20 })
    const told = traces.map(({ steps }) => steps.find(({ result }) => result === 'failed')?.evidence.cause)
    expect(told.filter((cause) => cause !== 'code_unknown').sort()).toEqual([
      'client_inactive',
      'jti_replayed',
      'secret_differs',
      'secret_differs',
      'secret_of_another_client',
      'secret_retired',
    ])
  })
})

describe('with --dev', () => {
  const inDevelopment = async () => scene.where({ settings: { ...scene.deps.settings, dev: true } })

  test('the answer carries the whole explanation, as the owner of the client would see it', async () => {
    const { token } = await inDevelopment()
    const { status, body } = await token({
      client_secret: await scene.jwt({}, `${scene.client.client_secret}\n`),
    })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    const { first_failure, steps } = body.explanation
    expect(first_failure).toBe('verify_signature')
    const [step] = steps.filter((one: { step: string }) => one.step === first_failure)
    expect(step.findings[0]).toMatchObject({ cause: 'secret_with_whitespace' })
  })

  test('a request that is refused before its first step is explained as well', async () => {
    const { token } = await inDevelopment()
    const { body } = await token({ code: undefined, authCode: 'x' })
    expect(body.explanation.first_failure).toBe('read_request')
    expect(JSON.stringify(body.explanation)).toContain('authCode for code')
  })

  test('a granted request is answered as ever', async () => {
    const { token } = await inDevelopment()
    const { status, body } = await token({ code: await scene.code() })
    expect(status).toBe(200)
    expect(Object.keys(body).sort()).toEqual(['access_grant', 'expires_in', 'scopes'])
  })

  test.each([
    [{ host: 'evil.example' }],
    [{ host: 'localhost.evil.example' }],
    [{ host: 'localhost:10002', 'x-forwarded-for': '203.0.113.9' }],
    [{ host: 'localhost:10002', via: '1.1 proxy' }],
    [{ host: 'localhost:10002', forwarded: 'for=203.0.113.9' }],
  ])('what comes through a proxy or under another name is answered as ever: %o', async (headers) => {
    const { send } = await inDevelopment()
    const answer = await send({
      method: 'POST',
      url: '/api/v0/oauth2/token',
      headers,
      payload: { code: 'x' },
    })
    expect(Object.keys(answer.body)).not.toContain('explanation')
  })

  test('without it no answer has an explanation', async () => {
    const { body } = await scene.token({ client_secret: 'x' })
    expect(Object.keys(body).sort()).toEqual(['error', 'error_description', 'error_uri', 'trace_id'])
  })
})
