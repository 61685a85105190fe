/** Whoever guesses waits, and nobody else does. */

import { SignJWT } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Answer,
  aClient,
  ask,
  type Person,
  parsed,
  redirectUri,
  signedInPerson,
  type TestClient,
} from '../../packages/server/src/testing/people.ts'
import {
  everyGrantType,
  type Form,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

/** A form from this network. */
async function from(
  remoteAddress: string,
  url: string,
  form: Form,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const sent = Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  const {
    statusCode,
    headers: answered,
    payload,
  } = await scene.app.inject({
    method: 'POST',
    url,
    remoteAddress,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(sent).toString(),
  })
  return { status: statusCode, headers: answered, text: payload, body: parsed(payload) }
}

/** A guess at the secret of this client. */
async function guess(
  client: TestClient,
  network: string,
  headers?: Readonly<Record<string, string>>,
): Promise<Answer> {
  const client_secret = await scene.assertion(
    {},
    {},
    { ...client, client_secret: 'a guess that is long enough, but none' },
  )
  const form = {
    grant_type: 'refresh_token',
    refresh_token: 'x'.repeat(43),
    client_id: client.client_id,
    client_secret,
  }
  return from(network, '/oauth2/token', form, headers)
}

/** The client itself, from the same network as everybody else. */
const redeemedFrom = async (network: string, client = scene.client): Promise<number> => {
  const form = await scene.redeemable(client)
  const client_secret = await scene.assertion({}, {}, client)
  return (await from(network, '/oauth2/token', { ...form, client_id: client.client_id, client_secret }))
    .status
}

/** How often each status came; whoever has to wait is told for how long. */
function tally(answers: readonly Answer[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (const { status, headers, body } of answers) {
    counts[status] = (counts[status] ?? 0) + 1
    if (status !== 429) continue
    expect(body.error).toBe('temporarily_unavailable')
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60)
  }
  return counts
}

async function inTurn<T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> {
  const done: T[] = []
  for (let at = 0; at < count; at++) done.push(await work(at))
  return done
}

test('attack 51: brute force of secrets, codes, user codes: of 1,000 guesses from one network 30 a minute are heard, and the client beside them is served', async () => {
  expect(tally(await inTurn(1000, () => guess(scene.client, '203.0.113.9')))).toEqual({ 401: 30, 429: 970 })
  expect(await redeemedFrom('203.0.113.9')).toBe(200)
  scene.deps.clock.advance(60)
  expect((await guess(scene.client, '203.0.113.9')).status).toBe(401)
})

test('attack 51: brute force of secrets, codes, user codes: 1,000 guesses from ten networks wait in each of them, and the client is served', async () => {
  const answers = await inTurn(1000, (at) => guess(scene.client, `203.0.113.${at % 10}`))
  expect(tally(answers)).toEqual({ 401: 300, 429: 700 })
  // All the addresses of one subscriber are one network.
  const subscriber = await inTurn(100, (at) => guess(scene.client, `2001:db8:1:2::${at.toString(16)}`))
  expect(tally(subscriber)).toEqual({ 401: 30, 429: 70 })
  expect(await redeemedFrom('203.0.113.1')).toBe(200)
})

test('attack 51: brute force of secrets, codes, user codes: none of 1,000 guesses at a code opens anything, not even beside a code that is good', async () => {
  const form = await scene.redeemable()
  const { code } = form
  const [server = ''] = code.split('.')
  const client_id = scene.client.client_id
  const guesses = await inTurn(1000, async (at) => {
    // One character of the real one each time, which is nearer than chance ever gets.
    const place = at % server.length
    const other = server[place] === 'A' ? 'B' : 'A'
    const guessed = `${server.slice(0, place)}${other}${server.slice(place + 1)}`
    const client_secret = await scene.assertion()
    return from('203.0.113.9', '/oauth2/token', { ...form, code: guessed, client_id, client_secret })
  })
  for (const { status, body } of guesses) expect([status, body.error]).toEqual([400, 'invalid_grant'])
  // Codes have 256 random bits: what bounds the tries is their number, not a count of ours.
  expect(Buffer.from(server, 'base64url')).toHaveLength(32)
  const own = { ...form, client_id, client_secret: await scene.assertion() }
  expect((await from('203.0.113.9', '/oauth2/token', own)).status).toBe(200)
})

test('attack 51: brute force of secrets, codes, user codes: a person has five tries in ten minutes, a network sixty an hour, however many people it has', async () => {
  const enter = (who: Person, user_code: string, remoteAddress = '203.0.113.9') =>
    scene.app.inject({
      method: 'POST',
      url: '/device',
      remoteAddress,
      headers: { authorization: `Bearer ${who.token}` },
      payload: { user_code },
    })
  const letters = 'BCDFGHJKLMNPQRSTVWXZ'
  const wrong = (at: number) => `ZZZZZZ${letters[at % 20]}${letters[Math.floor(at / 20) % 20]}`
  const tries: number[] = []
  for (let people = 0; people < 20; people++) {
    const who = await signedInPerson(scene.deps, 'user')
    for (let at = 0; at < 50; at++) {
      const { statusCode, headers } = await enter(who, wrong(people * 50 + at))
      tries.push(statusCode)
      if (statusCode === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    }
  }
  expect(tries.filter((status) => status === 400)).toHaveLength(60)
  expect(tries.filter((status) => status === 429)).toHaveLength(940)
  // Elsewhere a device is connected as ever.
  const asked = await scene.post('/oauth2/device_authorization', { scope: 'read bucket:photos' })
  expect((await enter(scene.user, asked.body.user_code, '198.51.100.4')).statusCode).toBe(200)
})

test('attack 51: brute force of secrets, codes, user codes: in the StorX dialect as well, and what was tried in one counts in the other', async () => {
  const { client_id } = scene.client
  const url = '/api/v0/oauth2/token'
  const tryStorx = async (remoteAddress: string): Promise<Answer> => {
    const client_secret = await scene.assertion({}, {}, { client_id, client_secret: 'x'.repeat(40) })
    const payload = { client_id, client_secret, redirect_uri: redirectUri, code: 'x'.repeat(43) }
    const {
      statusCode,
      headers,
      payload: text,
    } = await scene.app.inject({
      method: 'POST',
      url,
      remoteAddress,
      payload,
    })
    return { status: statusCode, headers, text, body: parsed(text) }
  }
  expect(tally(await inTurn(20, () => guess(scene.client, '203.0.113.9')))).toEqual({ 401: 20 })
  expect(tally(await inTurn(100, () => tryStorx('203.0.113.9')))).toEqual({ 401: 10, 429: 90 })
  expect(tally(await inTurn(5, () => guess(scene.client, '203.0.113.9')))).toEqual({ 429: 5 })
  expect((await tryStorx('198.51.100.4')).status).toBe(401)
  expect(await redeemedFrom('203.0.113.9')).toBe(200)
})

test('attack 52: lockout as a weapon: whoever saw a JWT of a client uses up nothing but what their own network has', async () => {
  await scene.close()
  scene = await standardScene({ settings: { token_limit: 20 } })
  const { client_id, client_secret: secret } = scene.client
  // One of the StorX profile, as it stands in the address of the consent page, can be sent again until it expires.
  const seen = await new SignJWT({ client_id, exp: scene.deps.clock.now() + 300 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(secret))
  const form = { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43), client_id, client_secret: seen }
  const sent = await inTurn(100, () => from('203.0.113.9', '/oauth2/token', form))
  expect(tally(sent)).toEqual({ 400: 20, 429: 80 })
  // One that counts once is worth nothing the second time.
  const once = { ...form, client_secret: await scene.assertion() }
  await inTurn(25, () => from('203.0.113.9', '/oauth2/token', once))
  expect(await redeemedFrom('198.51.100.4')).toBe(200)
  expect(await redeemedFrom('203.0.113.9')).toBe(200)
})

test('attack 52: lockout as a weapon: 3,000 failures in the name of a client, from its own network and many others, cost it nothing', {
  timeout: 60_000,
}, async () => {
  const others = await aClient(scene.app, scene.developer, { grant_types: everyGrantType })
  await inTurn(1000, () => guess(scene.client, '203.0.113.9'))
  await inTurn(1000, (at) => guess(scene.client, `10.${at % 250}.${Math.floor(at / 250)}.1`))
  // With nothing but its name, too, and with assertions that cannot even be read.
  const { client_id } = scene.client
  await inTurn(500, () =>
    from('203.0.113.9', '/oauth2/token', { grant_type: 'refresh_token', refresh_token: 'x', client_id }),
  )
  await inTurn(500, () =>
    from('203.0.113.9', '/oauth2/introspect', { token: 'x', client_id, client_secret: 'a.b.c' }),
  )
  for (const client of [scene.client, others]) {
    expect(await redeemedFrom('203.0.113.9', client)).toBe(200)
    expect(await redeemedFrom('198.51.100.4', client)).toBe(200)
  }
  // In the StorX dialect as well.
  const { token } = scene.user
  const scope = ['read']
  const person = { ...scene.user, token }
  const asked = await ask(scene.app, person, 'POST', '/api/v0/oauth2/request', {
    client_id,
    redirect_uri: redirectUri,
    scope,
  })
  const { request_id } = asked.body
  const decision = { request_id, approve: true, approved_scopes: scope, rejected_scopes: [] }
  const { code } = (await ask(scene.app, person, 'POST', '/api/v0/oauth2/consent', decision)).body
  const client_secret = await scene.assertion({ aud: scene.deps.settings.public_url })
  const form = { client_id, client_secret, redirect_uri: redirectUri, code, passphrase: '' }
  expect((await ask(scene.app, undefined, 'POST', '/api/v0/oauth2/token', form)).status).toBe(200)
})

test('attack 61: IP spoofing for limits: whoever makes up an X-Forwarded-For for each try is counted by the address they have', async () => {
  const answers = await inTurn(100, (at) =>
    guess(scene.client, '203.0.113.9', {
      'x-forwarded-for': `198.51.100.${at}, 10.0.0.${at}`,
      'x-real-ip': `198.51.100.${at}`,
      forwarded: `for=198.51.100.${at}`,
      'x-client-ip': `198.51.100.${at}`,
      'true-client-ip': `198.51.100.${at}`,
    }),
  )
  expect(tally(answers)).toEqual({ 401: 30, 429: 70 })
})

test('attack 61: IP spoofing for limits: behind a trusted proxy the address that it saw counts, whatever was written before it', async () => {
  await scene.close()
  scene = await standardScene({ settings: { trusted_proxies: ['10.0.0.1'] } })
  const throughProxy = (forged: string, seen: string) =>
    guess(scene.client, '10.0.0.1', { 'x-forwarded-for': forged === '' ? seen : `${forged}, ${seen}` })
  const one = await inTurn(100, (at) => throughProxy(`198.51.100.${at}, 192.0.2.${at}`, '203.0.113.9'))
  expect(tally(one)).toEqual({ 401: 30, 429: 70 })
  // A forged name of the proxy itself is one hop, and no way to be nobody.
  const asProxy = await inTurn(40, (at) => throughProxy(`198.51.100.${at}, 10.0.0.2`, '203.0.113.9'))
  expect(tally(asProxy)).toEqual({ 429: 40 })
  // Another customer of the same proxy has tries of its own.
  expect((await throughProxy('', '203.0.113.10')).status).toBe(401)
  // Whoever reaches the server past the proxy is believed nothing.
  const past = await inTurn(40, (at) =>
    guess(scene.client, '203.0.113.77', { 'x-forwarded-for': `198.51.100.${at}` }),
  )
  expect(tally(past)).toEqual({ 401: 30, 429: 10 })
})
