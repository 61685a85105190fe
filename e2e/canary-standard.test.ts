/**
 * F40, security LG-2, for the standard dialect: whatever must stay secret goes through every endpoint, where it belongs
 * and where it does not, and then it is looked for in everything that the server leaves behind. See `canary.test.ts`.
 */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { overHttp, type ScriptedUser, scriptedUser } from '../packages/server/src/testing/scripted-user.ts'
import { createDatabase } from './testing/database.ts'
import { createSecrets } from './testing/secrets.ts'
import {
  type Answer,
  aClient,
  aUser,
  call,
  callForm,
  clientsPath,
  type Form,
  formType,
  jwtSecret,
  mailsOf,
  type Person,
  placesOf,
  type RegisteredClient,
  redirectUri,
  startServer,
  type TestServer,
} from './testing/story.ts'

const passphrase = 'canary-passphrase-7f3a9c'
const state = 'canary-state-of-the-app-4e1b'
const needle = 'canary-needle/1.0'
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
const scope = 'read list bucket:photos offline_access'

test.each<[string, () => Promise<{ database_url?: string }>]>([
  ['SQLite', async () => ({})],
  ['PostgreSQL', async () => ({ database_url: await createDatabase() })],
])(
  'no secret of the standard dialect is left anywhere, and what may be found is found (%s)',
  async (_name, settings) => {
    const server = await startServer(await settings())
    const scene = await openScene(server)
    const spare = await liveWell(scene)
    const trace_id = await misplace(scene, spare)
    await lookAround(scene)
    await endAll(scene)

    await server.deps.background.flush()
    const places = { ...(await placesOf(server)), 'a mail': Buffer.from(mailsOf(server.data).join('\n')) }
    for (const [place, text] of [
      ['the log', trace_id],
      ['an answer', needle],
      ['the database', needle],
      ['a mail', scene.user.email],
    ] as const) {
      const needles = createSecrets()
      needles.add('needle', text)
      expect(needles.findIn({ [place]: places[place] })).toBe(`a needle is in ${place} (plain)`)
    }
    await server.stop()
  },
)

describe('the search knows', () => {
  const kinds: readonly (readonly [kind: string, secretOf: (spare: Spare) => string | Uint8Array])[] = [
    ['refresh token', ({ refresh_token }) => refresh_token],
    ['first half of a refresh token', ({ refresh_server_half }) => refresh_server_half],
    ['second half of a refresh token', ({ refresh_browser_half }) => refresh_browser_half],
    [
      'second half of a refresh token',
      ({ refresh_browser_half }) => Buffer.from(refresh_browser_half, 'base64url'),
    ],
    ['second half of a code', ({ code_browser_half }) => code_browser_half],
    ['device code', ({ device_code }) => device_code],
    ['user code', ({ user_code }) => user_code.replace('-', '')],
    ['request_uri', ({ request_uri }) => request_uri.slice(-43)],
    ['registration access token', ({ registration_access_token }) => registration_access_token],
    ['signature of a JWT', ({ assertion }) => assertion.split('.')[2] ?? ''],
    ['signature of a JWT', ({ key_assertion }) => key_assertion.split('.')[2] ?? ''],
    ['Basic header', ({ basic }) => basic],
    ['code verifier', ({ code_verifier: verifier }) => verifier],
    ['access grant', ({ access_grant }) => access_grant],
    ['state', ({ state: sent }) => sent],
    ['sealed half', ({ sealed_half }) => sealed_half],
    ['sealed encryption access', ({ sealed_encryption_access: sealed }) => sealed],
  ]
  test('each of them in the log, in whatever encoding', async () => {
    const server = await startServer()
    const spare = await liveWell(await openScene(server))
    for (const [kind, secretOf] of kinds)
      for (const encoding of ['latin1', 'hex', 'base64', 'base64url'] as const) {
        const text = Buffer.from(secretOf(spare)).toString(encoding)
        const found = server.secrets.findIn({ 'the log': Buffer.from(text, 'latin1') })
        expect(found, `${kind}, ${encoding}`).toContain(`${kind} is in the log`)
      }
    await server.stop()
  })

  test.each<[string, string, (spare: Spare) => string]>([
    ['a user code', 'a user code is in the database', ({ user_code }) => user_code.replace('-', '')],
    [
      'a hash of a user code that anybody can compute',
      'a user code, hashed without a key is in the database',
      ({ user_code }) => createHash('sha256').update(user_code.replace('-', '')).digest('base64url'),
    ],
    ['a refresh token', 'a refresh token is in the database', ({ refresh_token }) => refresh_token],
    ['a device code', 'a device code is in the database', ({ device_code }) => device_code],
  ])('in the database: %s, removed again', async (_what, leak, secretOf) => {
    const server = await startServer()
    const scene = await openScene(server)
    const secret = secretOf(await liveWell(scene))
    const { users } = server.deps.store
    const account = await users.findByEmail(scene.user.email)
    await users.rename(account?.id ?? '', secret)
    await users.rename(account?.id ?? '', 'Ada')
    await expect(server.stop()).rejects.toThrow(leak)
  })
})

interface Scene {
  readonly server: TestServer
  readonly client: RegisteredClient
  /** Proves itself with a private key. */
  readonly keyed: RegisteredClient
  readonly user: Person
  readonly browser: ScriptedUser
  /** What the browser sealed last. */
  readonly sealed: Pick<Spare, 'sealed_half' | 'sealed_encryption_access'>
  /** A JWT of RFC 7523, of this client. */
  assertion(of: RegisteredClient): Promise<string>
  /** What the client posts to an endpoint, with its proof. */
  post(path: string, form: Form, as?: RegisteredClient): Promise<Answer>
}

async function openScene(server: TestServer): Promise<Scene> {
  const grant_types = ['authorization_code', 'refresh_token', deviceGrant]
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] }
  const client = await aClient(server, { grant_types })
  const kind = { grant_types, token_endpoint_auth_method: 'private_key_jwt', jwks }
  const keyed = await aClient(server, kind, client.developer)
  const user = await aUser(server)
  server.secrets.addRemembered('state', state)
  server.secrets.add('passphrase', passphrase)
  const send = overHttp(server.url)
  const sealed = { sealed_half: '', sealed_encryption_access: '' }
  const browser = scriptedUser(async (request) => {
    const answer = await send(request)
    if (request.body === undefined) return answer
    const sent = JSON.parse(request.body)
    server.secrets.addExchange(sent, JSON.parse(answer.text))
    sealed.sealed_half = sent.sealed_half ?? sealed.sealed_half
    sealed.sealed_encryption_access = sent.sealed_encryption_access ?? sealed.sealed_encryption_access
    return answer
  }, user.token)

  const scene: Scene = {
    server,
    client,
    keyed,
    user,
    browser,
    sealed,
    async assertion({ client_id, client_secret }) {
      const jwt = new SignJWT({ jti: randomBytes(16).toString('hex') })
        .setIssuer(client_id)
        .setSubject(client_id)
        .setAudience(server.deps.settings.public_url)
        .setIssuedAt()
        .setExpirationTime('2 minutes')
      const byKey = client_id === keyed.client_id
      return byKey
        ? jwt.setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(privateKey)
        : jwt.setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(client_secret))
    },
    async post(path, form, as = client) {
      return callForm(server, path, {
        client_id: as.client_id,
        client_assertion: await scene.assertion(as),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        ...form,
      })
    },
  }
  return scene
}

interface Code {
  readonly code: string
  readonly code_verifier: string
}

/** What has not served yet, so that it is worth something to whoever finds it. */
interface Spare extends Code {
  readonly refresh_token: string
  readonly refresh_server_half: string
  readonly refresh_browser_half: string
  readonly code_browser_half: string
  readonly device_code: string
  readonly user_code: string
  readonly request_uri: string
  readonly registration_access_token: string
  readonly client_secret: string
  readonly assertion: string
  readonly key_assertion: string
  readonly basic: string
  readonly passphrase: string
  readonly access_grant: string
  readonly state: string
  readonly sealed_half: string
  readonly sealed_encryption_access: string
}

/** Every flow as it should be. */
async function liveWell(scene: Scene): Promise<Spare> {
  const { server, client, keyed, browser } = scene
  const codeOf = async (change: Form = {}, of = client): Promise<Code> => {
    const { url, code_verifier } = await anAuthorization(scene, change, of)
    const { parameters } = await browser.decide(url, { passphrase })
    expect(parameters).toMatchObject({ state, code: expect.stringMatching(/^[\w-]{43}\.[\w-]{43}$/) })
    server.secrets.addExchange(undefined, parameters)
    return { code: parameters.code ?? '', code_verifier }
  }
  const whole = await ok(exchange(scene, await codeOf()))
  const again = await ok(refresh(scene, whole.refresh_token))
  const half = await ok(refresh(scene, again.refresh_token.slice(0, 43)))
  expect(half.refresh_token).toHaveLength(43)
  const byKey = await codeOf({ response_mode: 'form_post' }, keyed)
  await ok(exchange(scene, { ...byKey, code: byKey.code.slice(0, 43) }, {}, keyed))

  const derived = await ok(exchange(scene, await unsealedCode(scene), { passphrase }))
  const renewed = await ok(refresh(scene, derived.refresh_token, { access_grant: derived.access_grant }))
  await ok(refresh(scene, renewed.refresh_token, { passphrase }))

  const device = await aDevice(scene)
  await browser.decideForDevice(device.user_code, { passphrase })
  const byDevice = await ok(
    scene.post('/oauth2/token', { grant_type: deviceGrant, device_code: device.device_code }),
  )
  await ok(scene.post('/oauth2/introspect', { token: byDevice.access_token }))
  await ok(scene.post('/oauth2/introspect', { token: byDevice.refresh_token }))
  await ok(scene.post('/oauth2/revoke', { token: byDevice.refresh_token }))
  await ok(scene.post('/oauth2/revoke', { token: byDevice.access_token }))

  const basic = Buffer.from(`${client.client_id}:${await scene.assertion(client)}`).toString('base64')
  await ok(
    callForm(
      server,
      '/oauth2/introspect',
      { token: again.access_token },
      { authorization: `Basic ${basic}` },
    ),
  )
  const unused = Buffer.from(`${client.client_id}:${await scene.assertion(client)}`).toString('base64')
  server.secrets.add('Basic header', unused)
  const assertions = { assertion: await scene.assertion(client), key_assertion: await scene.assertion(keyed) }
  for (const client_assertion of Object.values(assertions))
    server.secrets.addExchange({ client_assertion }, undefined)

  const { refresh_token } = await ok(exchange(scene, await codeOf()))
  const { code, code_verifier } = await codeOf()
  const { device_code, user_code } = await aDevice(scene)
  const { request_uri } = await pushed(scene)
  const { registration_access_token } = await registered(scene)
  return {
    refresh_token,
    refresh_server_half: refresh_token.slice(0, 43),
    refresh_browser_half: refresh_token.slice(44),
    code,
    code_browser_half: code.slice(44),
    code_verifier,
    device_code,
    user_code,
    request_uri,
    registration_access_token,
    client_secret: client.client_secret,
    ...assertions,
    basic: unused,
    passphrase,
    access_grant: whole.access_grant,
    state,
    ...scene.sealed,
  }
}

async function ok(answering: Promise<Answer>) {
  const { status, body, text } = await answering
  expect(status, text).toBeLessThan(300)
  return body
}

const exchange = (scene: Scene, code: Code, change: Form = {}, of = scene.client): Promise<Answer> => {
  const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, ...code, ...change }
  return scene.post('/oauth2/token', form, of)
}

const refresh = (scene: Scene, refresh_token: string, change: Form = {}): Promise<Answer> =>
  scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token, ...change })

async function pushed(scene: Scene, change: Form = {}, of = scene.client) {
  const code_verifier = `canary-verifier-${randomBytes(24).toString('base64url')}`
  scene.server.secrets.add('code verifier', code_verifier)
  const form = {
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  }
  const { request_uri } = await ok(scene.post('/oauth2/par', form, of))
  return { request_uri, code_verifier }
}

/** The address where the app sends its user. */
async function anAuthorization(scene: Scene, change: Form = {}, { client_id, ...of } = scene.client) {
  const { request_uri, code_verifier } = await pushed(scene, change, { client_id, ...of })
  const url = `${scene.server.url}/oauth2/authorize?${new URLSearchParams({ client_id, request_uri })}`
  return { url, code_verifier }
}

const aDevice = (scene: Scene) => ok(scene.post('/oauth2/device_authorization', { scope }))

/** A code of a decision without a browser that seals: the keys come from the passphrase. */
async function unsealedCode(scene: Scene): Promise<Code> {
  const { server, user } = scene
  const { token } = user
  const { url, code_verifier } = await anAuthorization(scene)
  const to = await fetch(url, {
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}` },
  })
  const request_id = to.headers.get('location')?.split('/').at(-1)
  const approved_scopes = scope.split(' ').filter((one) => one !== 'offline_access')
  const body = { request_id, approve: true, approved_scopes, rejected_scopes: [] }
  const { code } = await ok(call(server, 'POST', '/api/v0/oauth2/consent', { token, body }))
  return { code, code_verifier }
}

/** A client that was registered by program, changed, and read back by the token that manages it. */
async function registered({ server, client }: Scene) {
  const metadata = { client_name: 'Photos', redirect_uris: [redirectUri] }
  const { token } = client.developer
  const made = await ok(call(server, 'POST', '/oauth2/register', { token, body: metadata }))
  const path = `/oauth2/register/${made.client_id}`
  const own = { token: made.registration_access_token }
  const { client_id, client_secret } = made
  await ok(call(server, 'PUT', path, { ...own, body: { ...metadata, client_id, client_secret } }))
  // Whoever has the token may read it back: not an answer that must have none.
  const read = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${own.token}` } })
  expect(await read.json()).toMatchObject(made.client_secret === undefined ? {} : { client_id })
  return made
}

/** Where forms go, with the parameters that they may have. */
const formsOf: Readonly<Record<string, readonly string[]>> = {
  '/oauth2/token': [
    ...['grant_type', 'code', 'redirect_uri', 'code_verifier', 'passphrase', 'refresh_token', 'access_grant'],
    ...['device_code', 'scope', 'authorization_details', 'resource'],
  ],
  '/oauth2/par': [
    ...['response_type', 'redirect_uri', 'state', 'code_challenge', 'code_challenge_method', 'response_mode'],
    ...['prompt', 'request_uri', 'request', 'scope', 'authorization_details', 'resource'],
  ],
  '/oauth2/device_authorization': ['scope', 'authorization_details', 'resource'],
  '/oauth2/revoke': ['token', 'token_type_hint'],
  '/oauth2/introspect': ['token', 'token_type_hint'],
  '/oauth2/authorize': ['response_type', 'redirect_uri', 'scope', 'response_mode', 'prompt', 'request_uri'],
}
const proofs = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type']

/** Every secret in every wrong place of every endpoint. @returns the trace of a request that was refused */
async function misplace(scene: Scene, spare: Spare): Promise<string> {
  const { server, client } = scene
  const secrets = Object.entries(spare)
  const one = `/oauth2/register/${client.client_id}`
  const all = { ...Object.fromEntries(secrets), nonsense: Object.values(spare).join(' ') }
  const headers = { 'user-agent': needle }
  const seen = new Set<number>()
  const refused = async (answering: Promise<Answer>): Promise<Answer> => {
    const answer = await answering
    expect(answer.status, answer.text).toBeLessThan(500)
    seen.add(answer.status)
    return answer
  }
  const everywhere = [
    ...Object.keys(formsOf).map((path) => ['POST', path] as const),
    ...['/oauth2/authorize', '/device', '/oauth2-integration', one].map((path) => ['GET', path] as const),
    ...['/.well-known/oauth-authorization-server', '/openapi.json'].map((path) => ['GET', path] as const),
    ...[['POST', '/oauth2/register'] as const, ['PUT', one] as const, ['DELETE', one] as const],
    ...[['POST', '/device'] as const, ['POST', '/api/v0/oauth2/token'] as const],
  ]
  const form = `${new URLSearchParams(all)}`
  const json = JSON.stringify(all)
  const cookie = secrets.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; ')
  const sessions = [spare.refresh_token, spare.registration_access_token, spare.device_code]
  for (const [method, path] of everywhere) {
    const bodies = method === 'GET' ? [undefined] : [form, json, json.slice(0, -9)]
    // In the address, in cookies, and where one came from; whatever the body is said to be.
    await refused(call(server, method, `${path}?${form}`, { headers }))
    for (const session of sessions) {
      const cookies = `${cookie}; _tokenKey=${session}; _developer_tokenKey=${session}`
      await refused(call(server, method, path, { headers: { ...headers, cookie: cookies } }))
    }
    for (const [, value] of secrets) {
      const referer = `${redirectUri}?code=${encodeURIComponent(value)}`
      for (const authorization of [
        `Bearer ${value}`,
        `Basic ${value}`,
        value,
        `Basic ${basic(client, value)}`,
      ]) {
        if (path === one && value === spare.registration_access_token) continue
        await refused(call(server, method, path, { headers: { ...headers, authorization, referer } }))
      }
    }
    for (const body of bodies)
      for (const type of [formType, 'application/json', 'text/plain', 'multipart/form-data; boundary=x'])
        if (body !== undefined)
          await refused(call(server, method, path, { body, headers: { ...headers, 'content-type': type } }))
  }

  // In the place of another parameter, by a stranger and by the client; under a name nobody knows, and as a name.
  for (const [path, parameters] of Object.entries(formsOf))
    for (const [kind, value] of secrets) {
      const good: Record<string, string> =
        path === '/oauth2/authorize'
          ? { client_id: client.client_id, redirect_uri: redirectUri }
          : { grant_type: 'refresh_token', client_id: client.client_id, token: 'x' }
      for (const name of [...parameters, ...proofs]) {
        if (!looksLikeSecret(kind) && proofs.includes(name)) continue
        const form = { ...good, [name]: value }
        // What a browser posts is kept until its user is here, to be checked then: what it asks is read from the address.
        const isKept = path === '/oauth2/authorize' && parameters.includes(name)
        await refused(
          isKept
            ? call(server, 'GET', `${path}?${new URLSearchParams(form)}`, { headers })
            : callForm(server, path, form, headers),
        )
      }
      await refused(callForm(server, path, { ...good, nonsense: value, [value]: 'x' }, headers))
      if (path === '/oauth2/authorize') continue
      await refused(scene.post(path, { ...unknownToken, nonsense: value, [value]: 'x' }))
      await refused(scene.post(path, { ...unknownToken, scope: value }))
    }
  await misregister(scene, spare, refused)
  const last = { ...unknownToken, client_id: client.client_id, client_secret: await jwtSecret(client) }
  const { headers: answered } = await refused(callForm(server, '/oauth2/token', last, headers))
  expect([...seen].sort()).toEqual(expect.arrayContaining([200, 400, 401]))
  return answered.get('x-trace-id') ?? ''
}

const unknownToken: Form = { grant_type: 'refresh_token', refresh_token: 'x' }

const basic = ({ client_id }: RegisteredClient, password: string): string =>
  Buffer.from(`${client_id}:${encodeURIComponent(password)}`).toString('base64')

/** A name that is no client's is told to nobody, and kept as it came where it looks like none of the secrets. */
const looksLikeSecret = (kind: string): boolean => !['passphrase', 'state', 'user_code'].includes(kind)

/** In JSON, as every member that is registered and as some that are not. */
async function misregister(
  { server, client }: Scene,
  spare: Spare,
  refused: (answering: Promise<Answer>) => Promise<Answer>,
): Promise<void> {
  const { token } = client.developer
  for (const [kind, value] of Object.entries(spare))
    for (const body of [
      { redirect_uris: [redirectUri], [kind]: value, [value]: 'x', nonsense: value },
      { redirect_uris: [value] },
      { redirect_uris: [`javascript:${value}`] },
      { redirect_uris: [redirectUri], scope: value },
      { redirect_uris: [redirectUri], jwks: { keys: [{ kty: 'oct', k: value, kid: value }] } },
      { redirect_uris: [redirectUri], jwks_uri: `http://photos.example/${value}` },
      { redirect_uris: [redirectUri], grant_types: [value] },
      { redirect_uris: [redirectUri], application_type: value },
      { redirect_uris: [redirectUri], token_endpoint_auth_method: value },
      { redirect_uris: [redirectUri], [value]: { [value]: value } },
    ])
      await refused(call(server, 'POST', '/oauth2/register', { token, body }))
}

/** Reads what the developer and the user are told of all this. */
async function lookAround({ server, client, user }: Scene): Promise<void> {
  await server.deps.recorder.flush()
  const { token } = client.developer
  const list = await call(server, 'GET', '/api/v0/developer/auth/token-requests?limit=100', { token })
  expect(list.body.token_requests.length).toBeGreaterThan(50)
  for (const { trace_id } of list.body.token_requests) {
    const path = `/api/v0/developer/auth/token-requests/${trace_id}`
    expect((await call(server, 'GET', path, { token })).status).toBe(200)
  }
  for (const path of [
    clientsPath,
    `${clientsPath}/${client.id}`,
    `${clientsPath}/${client.id}/health`,
    '/api/v0/developer/auth/access-logs',
    '/openapi.json',
  ])
    expect((await call(server, 'GET', path, { token })).status, path).toBe(200)
  for (const path of ['/api/v0/auth/developer-access', '/api/v0/audit-logs', '/api/v0/audit-logs/export'])
    expect((await call(server, 'GET', path, { token: user.token })).status, path).toBe(200)
  await call(server, 'POST', '/api/v0/auth/forgot-password', { body: { email: user.email } })
}

async function endAll(scene: Scene): Promise<void> {
  const { client_id, registration_access_token: token } = await registered(scene)
  await ok(call(scene.server, 'DELETE', `/oauth2/register/${client_id}`, { token }))
}
