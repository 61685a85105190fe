import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import { aClient, ask, type Person, redirectUri, signedInPerson, type TestClient } from './people.ts'
import { acceptDecisions, decisionPath, sealInBrowser } from './sealing-browser.ts'
import { type TestDeps, testApp } from './test-deps.ts'

/** One request of the StorX dialect and all that came back. */
export interface Exchange {
  readonly name: string
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/**
 * A conversation in the StorX dialect that is the same each time, to the byte: the clock stands still, and what is random
 * is counted. What a client can do wrong is in it as well as what it does right.
 */
export async function storxTranscript(): Promise<readonly Exchange[]> {
  const { app, deps } = await testApp({ random: countedRandom() })
  await acceptDecisions(app, deps)
  const developer = await signedInPerson(deps, 'developer')
  const user = await signedInPerson(deps, 'user')
  await deps.network.createProject(user.account.id, 'First')
  const client = await aClient(app, developer)
  const other = await aClient(app, developer, { name: 'Other' })
  const scene: Scene = { deps, user, client, other, jwt: jwtOf(deps, client) }
  const exchanges: Exchange[] = []
  const send = async (name: string, request: Sent): Promise<string> => {
    const { method = 'POST', url, payload, headers = {} } = request
    const answer = await app.inject({
      method,
      url,
      headers: { 'content-type': 'application/json', ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
    const { date: _, ...told } = answer.headers
    exchanges.push({ name, status: answer.statusCode, headers: told, body: withoutSeal(answer.payload) })
    return answer.payload
  }
  const asUser = { authorization: `Bearer ${user.token}` }
  const asked = async (name: string, change: object = {}) => {
    const form = {
      client_id: client.client_id,
      redirect_uri: redirectUri,
      scope: ['read', 'list'],
      ...change,
    }
    const text = await send(name, {
      url: '/api/v0/oauth2/request',
      headers: asUser,
      payload: JSON.stringify(form),
    })
    return JSON.parse(text).request_id as string
  }
  const consented = async (name: string, request_id: string, change: object = {}) => {
    const form = { request_id, approve: true, approved_scopes: ['read', 'list'], ...change }
    const text = await send(name, {
      url: '/api/v0/oauth2/consent',
      headers: asUser,
      payload: JSON.stringify(form),
    })
    return JSON.parse(text).code as string
  }
  const token = async (name: string, change: object = {}) => {
    const form = {
      client_id: client.client_id,
      client_secret: await scene.jwt(),
      redirect_uri: redirectUri,
      code: 'x'.repeat(43),
      passphrase: '',
      ...change,
    }
    await send(name, { url: '/api/v0/oauth2/token', payload: JSON.stringify(form) })
  }

  const code = await consented('consent', await asked('request', { state: 'the state' }))
  await token('token', { code })
  await token('token: the code once more', { code })
  const places = ['read', 'write', 'bucket:photos;2026/', 'bucket:music']
  const restricted = await consented('consent to places', await asked('request places', { scope: places }), {
    approved_scopes: places,
    not_after: deps.clock.now() + 3600,
  })
  await token('token with a passphrase', { code: restricted, passphrase: 'a passphrase' })
  await consented('consent denied', await asked('request to be denied'), { approve: false })
  await consented('consent to more', await asked('request for less', { scope: ['read'] }))
  const sealed = await sealedCode(scene, await asked('request for sealed keys'), send)
  await token('token with a passphrase beside sealed keys', { code: sealed.server_half })
  await token('token with half a code', { code: sealed.server_half, passphrase: undefined })
  const whole = await sealedCode(scene, await asked('request for sealed keys again'), send)
  await token('token with a whole code', {
    code: `${whole.server_half}.${whole.browser_half}`,
    passphrase: undefined,
  })

  const challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url')
  const proven = async (name: string, change: object) =>
    token(name, {
      code: await consented(
        `${name}: consent`,
        await asked(`${name}: request`, { code_challenge: challenge }),
      ),
      ...change,
    })
  await proven('token with a verifier', { code_verifier: 'v'.repeat(43) })
  await proven('token with another verifier', { code_verifier: 'w'.repeat(43) })
  await proven('token without the verifier', {})
  const begun = await consented('consent without a challenge', await asked('request without a challenge'))
  await token('token with a verifier nobody asked for', { code: begun, code_verifier: 'v'.repeat(43) })
  await token('token: and still without it', { code: begun })
  for (const uri of [`${redirectUri}/`, redirectUri.toUpperCase(), 'https://evil.example/cb'])
    await token(`token for ${uri}`, {
      code: await consented(`consent for ${uri}`, await asked(`request for ${uri}`)),
      redirect_uri: uri,
    })
  const late = await consented('consent, too late', await asked('request, too late'))
  deps.clock.advance(61)
  await token('token for an expired code', { code: late })

  const now = deps.clock.now()
  const of = (claims: object, key = client.client_secret, alg = 'HS256') =>
    new SignJWT({ client_id: client.client_id, exp: now + 300, ...claims })
      .setProtectedHeader({ alg, typ: 'JWT' })
      .sign(Buffer.from(key))
  const jwts: Readonly<Record<string, string | Promise<string>>> = {
    'no JWT': 'not a JWT',
    'the raw secret': client.client_secret,
    'two parts': 'a.b',
    'an empty signature': `${(await of({})).split('.').slice(0, 2).join('.')}.`,
    'alg none': `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
    'alg RS256': `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30.${'A'.repeat(342)}`,
    'alg ES256': `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.e30.${'A'.repeat(86)}`,
    HS384: of({}, client.client_secret, 'HS384'),
    HS512: of({}, client.client_secret, 'HS512'),
    'another key': of({}, 'another key of some length, not the secret'),
    'no exp': of({ exp: undefined }),
    'exp in milliseconds': of({ exp: now * 1000 }),
    'exp too far': of({ exp: now + 4000 }),
    'exp passed': of({ exp: now - 100 }),
    'nbf ahead': of({ nbf: now + 100 }),
    'no client_id': of({ client_id: undefined }),
    'an unknown client': of({ client_id: '01890000-0000-7000-8000-000000000000' }),
    'another client': of({ client_id: other.client_id }, other.client_secret),
    'sub alone': of({ sub: client.client_id }),
    'aud of another server': of({
      sub: client.client_id,
      iss: client.client_id,
      aud: 'https://evil.example',
    }),
    'RFC 7523': of({
      iss: client.client_id,
      sub: client.client_id,
      aud: deps.settings.public_url,
      iat: now,
      exp: now + 60,
      jti: 'a jti of 16 characters',
    }),
    'RFC 7523 once more': of({
      iss: client.client_id,
      sub: client.client_id,
      aud: deps.settings.public_url,
      iat: now,
      exp: now + 60,
      jti: 'a jti of 16 characters',
    }),
  }
  for (const [name, jwt] of Object.entries(jwts)) await token(`token: ${name}`, { client_secret: await jwt })

  const good = JSON.stringify({
    client_id: client.client_id,
    client_secret: await scene.jwt(),
    redirect_uri: redirectUri,
  })
  const url = '/api/v0/oauth2/token'
  await send('token without a code', { url, payload: good })
  await send('token: broken JSON', { url, payload: '{"client_id":' })
  await send('token: an array', { url, payload: '[]' })
  await send('token: __proto__', { url, payload: '{"__proto__":{"a":1}}' })
  await send('token in the query', { url: `${url}?code=x`, payload: good })
  await send('token as a form', {
    url,
    payload: 'a=b',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  await send('token as text', { url, payload: 'a=b', headers: { 'content-type': 'text/plain' } })
  await send('token: too large', { url, payload: JSON.stringify({ code: 'x'.repeat(20_000) }) })
  await send('GET token', { method: 'GET', url })
  await send('OPTIONS token', { method: 'OPTIONS', url, headers: { origin: 'https://app.example' } })
  for (const change of [
    { client_id: 'x' },
    { redirect_uri: 'https://evil.example' },
    { scope: ['admin'] },
    { scope: [] },
    { scope: ['offline_access'] },
    { scope: ['bucket:photos'] },
    { more: 1 },
    { code_challenge: 'short' },
  ])
    await send(`request with ${JSON.stringify(change)}`, {
      url: '/api/v0/oauth2/request',
      headers: asUser,
      payload: JSON.stringify({
        client_id: client.client_id,
        redirect_uri: redirectUri,
        scope: ['read'],
        ...change,
      }),
    })
  await send('request of nobody', { url: '/api/v0/oauth2/request', payload: '{}' })
  const apps = '/api/v0/auth/developer-access'
  await send('revoke', { method: 'DELETE', url: `${apps}/${client.client_id}/revoke`, headers: asUser })
  await send('revoke again', { method: 'DELETE', url: `${apps}/${client.client_id}/revoke`, headers: asUser })
  await ask(app, developer, 'GET', '/healthz')
  await deps.store.close()
  return exchanges
}

interface Scene {
  readonly deps: TestDeps
  readonly user: Person
  readonly client: TestClient
  readonly other: TestClient
  readonly jwt: () => Promise<string>
}

interface Sent {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'OPTIONS'
  readonly url: string
  readonly payload?: string
  readonly headers?: Readonly<Record<string, string>>
}

const jwtOf =
  (deps: TestDeps, { client_id, client_secret }: TestClient) =>
  () =>
    new SignJWT({ client_id, exp: deps.clock.now() + 300 })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(Buffer.from(client_secret))

/** Sealed by a browser that makes the same keys each time. */
async function sealedCode(
  { deps, user, client }: Scene,
  request_id: string,
  send: (name: string, request: Sent) => Promise<string>,
): Promise<{ server_half: string; browser_half: string }> {
  const [project] = await deps.network.projectsOf(user.account.id)
  const by = { passphrase: 'a passphrase', salt: project?.salt ?? '', client_id: client.client_id }
  const { form, browser_half } = await sealInBrowser(deps, by, ['read', 'list'])
  const decision = {
    request_id,
    csrf_token: 'none',
    approve: true,
    approved_scopes: ['read', 'list'],
    ...form,
  }
  const payload = JSON.stringify(decision)
  const headers = { authorization: `Bearer ${user.token}` }
  const text = await send(`decision for ${request_id}`, { url: decisionPath, headers, payload })
  return { server_half: JSON.parse(text).code, browser_half }
}

/** What a browser sealed is never the same twice. */
const withoutSeal = (text: string): string =>
  text.replace(
    /("sealed_encryption_access":")([\w-]+)/,
    (_, name, sealed) => `${name}${sealed.length} characters`,
  )

/** Bytes that nobody has seen before, and everybody next time. */
function countedRandom(): (length: number) => Buffer {
  let drawn = 0
  return (length) => {
    drawn++
    const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
      createHash('sha256').update(`${drawn}.${at}`).digest(),
    )
    return Buffer.concat(blocks).subarray(0, length)
  }
}
