import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clientsPath, type Person, signedInPerson, type TestClient } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import {
  anotherClient,
  causesIn,
  listed,
  lookUp,
  textsIn,
  traced,
  withOtherCharacter,
} from '../testing/token-requests.ts'

const printable = /^[\x20-\x7e]*$/

let scene: RefusalScene
let other: Person
beforeEach(async () => {
  scene = await refusalScene()
  other = await signedInPerson(scene.deps, 'developer', 'Eve Example')
})
afterEach(() => scene.close())

const clientOf = (developer: Person, form?: object) => anotherClient(scene, developer, form)
const forged = 'a key that is no secret of this client'
const wrongKey = async (claims: object = {}) => ({ client_secret: await scene.jwt(claims, forged) })
/** A request whose JWT and parameter name this client, which nobody has. */
const naming = async (client_id: string) => ({ client_id, ...(await wrongKey({ client_id })) })

describe('a request that named no client there is', () => {
  const swapped = (text: string) => {
    const at = [...text].findIndex((character, i) => i > 0 && character !== text[i - 1])
    return `${text.slice(0, at - 1)}${text[at]}${text[at - 1]}${text.slice(at + 1)}`
  }
  test.each<[string, string, (client: TestClient) => string]>([
    ['a character changed', 'client_id_nearly_yours', ({ client_id }) => withOtherCharacter(client_id, 20)],
    [
      'the first character changed',
      'client_id_nearly_yours',
      ({ client_id }) => withOtherCharacter(client_id, 0),
    ],
    [
      'a character added',
      'client_id_nearly_yours',
      ({ client_id }) => `${client_id.slice(0, 9)}7${client_id.slice(9)}`,
    ],
    ['a character lost', 'client_id_nearly_yours', ({ client_id }) => client_id.slice(0, -1)],
    ['two characters swapped', 'client_id_nearly_yours', ({ client_id }) => swapped(client_id)],
    ['other letter case', 'client_id_nearly_yours', ({ client_id }) => client_id.toUpperCase()],
    ['spaces around it', 'client_id_nearly_yours', ({ client_id }) => ` ${client_id}\n`],
    ['quotes around it', 'client_id_nearly_yours', ({ client_id }) => `"${client_id}"`],
    ['no hyphens', 'client_id_nearly_yours', ({ client_id }) => client_id.replaceAll('-', '')],
    ['the row id', 'client_id_is_row_id', ({ id }) => id],
    ['the name', 'client_id_is_name', () => 'Photos'],
    ['the name in other case', 'client_id_is_name', () => ' photos '],
    ['another text altogether', 'client_unknown', () => 'nobody'],
    [
      'two characters changed',
      'client_unknown',
      ({ client_id }) => withOtherCharacter(withOtherCharacter(client_id, 3), 30),
    ],
  ])(
    'is seen by whoever holds its trace_id, compared with their own clients only: %s',
    async (_how, cause, slip) => {
      const sent = slip(scene.client)
      const trace_id = await traced(scene, await naming(sent))
      const mine = (await lookUp(scene, trace_id)).body
      expect(mine).toMatchObject({ client_name: null, reason: 'client_unknown', cause })
      expect(JSON.stringify(mine.explanation).includes('Photos')).toBe(true)

      const theirs = await clientOf(other, { name: 'Theirs' })
      const seen = await lookUp(scene, trace_id, other)
      expect(seen.body).toMatchObject({
        client_name: null,
        reason: 'client_unknown',
        cause: 'client_unknown',
      })
      expect(seen.body.explanation.steps[2].findings[0].expected).toBe(
        `one of yours: ${theirs.client_id} (Theirs)`,
      )
      for (const mine of [scene.client.id, scene.client.client_id, '(Photos)'])
        expect(sent.includes(mine) || !seen.text.includes(mine)).toBe(true)
      for (const who of [scene.developer, other])
        expect((await listed(scene, {}, who)).body.token_requests).toEqual([])
    },
  )

  test('is seen by a developer without clients, who is not told of any', async () => {
    const trace_id = await traced(scene, { client_id: undefined })
    const { status, body } = await lookUp(scene, trace_id, other)
    expect(status).toBe(200)
    expect(body).toMatchObject({ client_id: null, reason: 'request_malformed', cause: 'parameter_missing' })
  })

  test('of one deleted client and one living that nearly match, the deleted one is named when it is exactly that', async () => {
    await scene.ask(scene.developer, 'DELETE', `${clientsPath}/${scene.client.id}`)
    const trace_id = await traced(scene, await naming(scene.client.client_id))
    expect((await lookUp(scene, trace_id)).body.cause).toBe('client_deleted')
    expect((await lookUp(scene, trace_id, other)).status).toBe(404)
  })
})

describe('what belongs to somebody else', () => {
  test("a code of another developer's client is never said to be whose", async () => {
    const theirs = await clientOf(other, { name: 'Theirs' })
    const trace_id = await traced(scene, { code: await scene.code({ client_id: theirs.client_id }) })
    const { body, text } = await lookUp(scene, trace_id)
    expect(body).toMatchObject({
      authenticated: true,
      reason: 'code_unknown',
      cause: 'code_unknown',
    })
    for (const secret of [theirs.client_id, theirs.id, 'Theirs', other.account.id])
      expect(text).not.toContain(secret)
  })

  test('a code of another client of mine names it', async () => {
    const second = await clientOf(scene.developer, { name: 'Second' })
    const trace_id = await traced(scene, { code: await scene.code({ client_id: second.client_id }) })
    const { body } = await lookUp(scene, trace_id)
    expect(body.cause).toBe('code_of_your_other_client')
    const [finding] = body.explanation.steps.find(
      ({ step }: { step: string }) => step === 'find_code',
    ).findings
    expect(finding).toMatchObject({
      seen: `a code of ${second.client_id} (Second)`,
      expected: `a code of ${scene.client.client_id} (Photos)`,
    })
  })

  test("a signature made with another developer's secret is not named; one with my other client's is", async () => {
    const theirs = await clientOf(other, { name: 'Theirs' })
    const second = await clientOf(scene.developer, { name: 'Second' })
    const byThem = await traced(scene, { client_secret: await scene.jwt({}, theirs.client_secret) })
    const unnamed = await lookUp(scene, byThem)
    expect(unnamed.body.cause).toBe('secret_differs')
    for (const secret of [theirs.client_id, theirs.id, 'Theirs']) expect(unnamed.text).not.toContain(secret)

    const bySecond = await traced(scene, { client_secret: await scene.jwt({}, second.client_secret) })
    const { body, text } = await lookUp(scene, bySecond)
    expect(body.cause).toBe('secret_of_another_client')
    expect(text).toContain(`of ${second.client_id} (Second)`)
  })
})

describe('hostile text', () => {
  const nasty = '\u001b[31m<script>alert(1)</script>\u0000\u0007\u202e\u2066\u200b\u2028é💥\r\n'
  const flood = nasty.repeat(300)
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jwtOf = (header: object, payload: object) =>
    `${encoded(header)}.${encoded(payload)}.${'A'.repeat(43)}`

  test.each<[string, (client_id: string) => object]>([
    ['a client_id', () => ({ client_id: nasty })],
    ['a long client_id', () => ({ client_id: flood })],
    [
      'a client_id in the JWT',
      (client_id) => ({ client_id, client_secret: jwtOf({ alg: 'HS256' }, { client_id: nasty, exp: 1 }) }),
    ],
    [
      'both',
      () => ({ client_id: nasty, client_secret: jwtOf({ alg: 'HS256' }, { client_id: nasty, exp: 1 }) }),
    ],
    [
      'a header',
      (client_id) => ({
        client_id,
        client_secret: jwtOf({ alg: nasty, typ: nasty, kid: nasty, [nasty]: 1 }, { client_id, exp: 1 }),
      }),
    ],
    [
      'a typ',
      (client_id) => ({
        client_id,
        client_secret: jwtOf({ alg: 'HS256', typ: nasty }, { client_id, exp: 1 }),
      }),
    ],
    [
      'claims',
      (client_id) => ({
        client_id,
        client_secret: jwtOf({ alg: 'HS256' }, { client_id, exp: nasty, [nasty]: nasty }),
      }),
    ],
    [
      'an algorithm as long as it may be',
      (client_id) => ({ client_id, client_secret: jwtOf({ alg: flood.slice(0, 2000) }, { client_id }) }),
    ],
    ['what is no JWT', (client_id) => ({ client_id, client_secret: nasty })],
    [
      'names of parameters',
      (client_id) => ({ client_id, client_secret: undefined, [nasty]: nasty, 'Client-Secret': nasty }),
    ],
    ['a code', (client_id) => ({ client_id, code: nasty, redirect_uri: nasty, code_verifier: nasty })],
  ])('in %s comes out cut and printable, marked as not authenticated', async (_where, change) => {
    const request = {
      redirect_uri: 'https://photos.example/callback',
      code: 'x'.repeat(43),
      client_secret: 'x',
    }
    const { headers } = await scene.send({
      method: 'POST',
      url: '/api/v0/oauth2/token',
      headers: { 'user-agent': flood, 'content-type': 'application/json', date: nasty },
      payload: { ...request, ...change(scene.client.client_id) },
    })
    await scene.deps.recorder.flush()
    const found = await lookUp(scene, String(headers['x-trace-id']))
    expect([found.status, found.body.authenticated]).toEqual([200, false])
    const { body } = await listed(scene)
    for (const text of textsIn([found.body, body])) {
      expect(text).toMatch(printable)
      expect(text.length).toBeLessThan(600)
    }
    expect(found.body.user_agent).toHaveLength(256)
  })

  test('a redirect_uri that an authenticated client sent is shown as a difference, printable', async () => {
    const trace_id = await traced(scene, { code: await scene.code(), redirect_uri: flood.slice(0, 2000) })
    const { body } = await lookUp(scene, trace_id)
    expect(causesIn(body, 'match_redirect_uri')).toHaveLength(1)
    for (const text of textsIn(body)) {
      expect(text).toMatch(printable)
      expect(text.length).toBeLessThan(600)
    }
  })

  test('a content type is shown printable, and a body that is no JSON names nobody', async () => {
    for (const type of [`application/${'x'.repeat(5000)}`, 'application/x-www-form-urlencoded']) {
      const { headers } = await scene.send({
        method: 'POST',
        url: '/api/v0/oauth2/token',
        headers: { 'content-type': type },
        payload: `client_id=${encodeURIComponent(nasty)}`,
      })
      await scene.deps.recorder.flush()
      const { status, body } = await lookUp(scene, String(headers['x-trace-id']))
      expect([status, body.reason]).toEqual([200, 'content_type_unsupported'])
      expect(body.request.content_type.length).toBeLessThanOrEqual(103)
      for (const text of textsIn(body)) expect(text).toMatch(printable)
    }
  })
})

describe('a stranger who sends something in the name of a client', () => {
  test.each([
    ['64 hex digits', '0'.repeat(64)],
    ['a bcrypt hash', '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['a forged signature', undefined],
  ])('does not make its developer throw a working secret away: %s', async (_what, client_secret) => {
    const forged = client_secret ?? (await scene.jwt({}, 'a key of the stranger'))
    const { body } = await lookUp(scene, await traced(scene, { client_secret: forged }))
    expect(body.authenticated).toBe(false)
    const told = JSON.stringify(body)
    expect(told).not.toContain('rotate-secret')
    expect(told).not.toContain('exposed')
  })

  test('but the secret itself, once sent, is told to be lost', async () => {
    const { body } = await lookUp(scene, await traced(scene, { client_secret: scene.client.client_secret }))
    expect(body.cause).toBe('secret_sent_raw')
    expect(JSON.stringify(body)).toContain(`valetkey client rotate-secret ${scene.client.client_id}`)
  })
})
