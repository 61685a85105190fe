/**
 * F40, security LG-2: whatever must stay secret is sent through every door in good and bad requests, and then looked for
 * in everything the server leaves behind, as it is and in the encodings it could hide in. The same search ends the life
 * of every server of these tests: see `stop` in `testing/story.ts`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDatabase } from './testing/database.ts'
import { aSealedCode, type SealedCode } from './testing/sealed-code.ts'
import { createSecrets } from './testing/secrets.ts'
import {
  aClient,
  aCode,
  aUser,
  call,
  clientsPath,
  jwtSecret,
  mailedTokens,
  mailsOf,
  type Person,
  password,
  type RegisteredClient,
  redeem,
  redirectUri,
  startServer,
  type TestServer,
} from './testing/story.ts'

const passphrase = 'canary-passphrase-7f3a9c'
const tokenRequestsPath = '/api/v0/developer/auth/token-requests'
const verifier = 'canary-verifier-0123456789-0123456789-0123456789'

test.each<[string, () => Promise<{ database_url?: string }>]>([
  ['SQLite', async () => ({})],
  ['PostgreSQL', async () => ({ database_url: await createDatabase() })],
])(
  'no secret is left in logs, metrics, database, mails, error bodies, lists, CSV or OpenAPI (%s)',
  async (_name, settings) => {
    const server = await startServer({ ...(await settings()), metrics_token: 'a-token-for-prometheus' })
    await liveThrough(server)
    expect(server.logLines.length).toBeGreaterThan(20)
    expect(server.shown.length).toBeGreaterThan(20)
    await server.stop()
  },
)

test('a mail that resets a password has its token, and neither log nor database nor any answer has', async () => {
  const server = await startServer()
  const user = await aUser(server)
  await call(server, 'POST', '/api/v0/auth/forgot-password', { body: { email: user.email } })
  await server.deps.background.flush()
  const [mail = ''] = mailsOf(server.data)
  const [token = ''] = mailedTokens(mail)
  expect(token).toHaveLength(43)
  const known = await call(server, 'GET', `/api/v0/auth/verify-reset-token?token=${token}`)
  expect([known.status, known.body.email]).toEqual([200, user.email])
  const reset = { token, newPassword: 'another correct horse' }
  for (const status of [200, 401]) {
    const answer = await call(server, 'POST', '/api/v0/auth/reset-password-with-token', { body: reset })
    expect(answer.status).toBe(status)
  }
  await server.stop()
})

describe('the search finds', () => {
  const secret = 'vks_a+b/c d-0123456789?~é'
  test.each<[string, (bytes: Buffer) => string | Buffer]>([
    ['the secret as it is', (bytes) => bytes],
    ['hex', (bytes) => bytes.toString('hex')],
    ['HEX', (bytes) => bytes.toString('hex').toUpperCase()],
    ['base64', (bytes) => bytes.toString('base64')],
    ['base64url', (bytes) => bytes.toString('base64url')],
    ['base64 of a text that contains it', (bytes) => Buffer.from(`{"x":"${bytes}"}`).toString('base64')],
    ['base64 with two bytes before it', (bytes) => Buffer.from(`ab${bytes}cd`).toString('base64')],
    ['URL encoding', (bytes) => encodeURIComponent(bytes.toString())],
    ['form encoding', (bytes) => new URLSearchParams({ x: bytes.toString() }).toString()],
  ])('%s, and says which secret it is and where', (_form, hidden) => {
    const secrets = createSecrets()
    secrets.add('client secret', secret)
    const around = (middle: string | Buffer) =>
      Buffer.concat([Buffer.from('{"event":"x","y":"'), Buffer.from(middle), Buffer.from('"}')])
    expect(secrets.findIn({ 'the log': around(hidden(Buffer.from(secret))) })).toContain(
      'a client secret is in the log',
    )
    expect(secrets.findIn({ 'the log': around(hidden(Buffer.from(secret.replace('5', '6')))) })).toBe(
      undefined,
    )
  })
})

describe('a server of these tests that leaks cannot be stopped without a failure', () => {
  test.each<[string, string, (server: TestServer) => Promise<void>]>([
    [
      'a client secret in the log',
      'a client secret is in the log',
      async (server) => {
        const { client_secret } = await aClient(server)
        server.logLines.push(JSON.stringify({ secret: Buffer.from(client_secret).toString('base64') }))
      },
    ],
    [
      'a JWT in the log',
      'signature of a JWT is in the log',
      async (server) => {
        const client = await aClient(server)
        const jwt = await jwtSecret(client)
        await redeem(server, client, 'nobody issued this', { client_secret: jwt })
        server.logLines.push(JSON.stringify({ signature: jwt.split('.')[2] }))
      },
    ],
    [
      'a code in the database, removed again',
      'a code is in the database',
      async (server) => {
        const user = await aUser(server)
        const { code } = await aCode(server, await aClient(server), user)
        const account = await server.deps.store.users.findByEmail(user.email)
        await server.deps.store.users.rename(account?.id ?? '', code)
        await server.deps.store.users.rename(account?.id ?? '', 'Ada')
      },
    ],
    [
      'the second half of a code in the log',
      'a second half of a code is in the log',
      async (server) => {
        const { browser_half } = await aSealedCode(server, await aClient(server), await aUser(server))
        server.logLines.push(JSON.stringify({ half: browser_half }))
      },
    ],
    [
      'keys that a browser had sealed in the database',
      'a key of a prefix is in the database',
      async (server) => {
        const user = await aUser(server)
        const scope = ['read', 'bucket:photos']
        const { encryption_access } = await aSealedCode(server, await aClient(server), user, { scope })
        const account = await server.deps.store.users.findByEmail(user.email)
        const key = Buffer.from(encryption_access.store_entries[0]?.key ?? []).toString('hex')
        await server.deps.store.users.rename(account?.id ?? '', key)
      },
    ],
    [
      'the master key in the log',
      'a master key is in the log',
      async (server) => {
        const key = readFileSync(join(server.data, 'master.key'), 'utf8').trim()
        server.logLines.push(JSON.stringify({ key }))
      },
    ],
    [
      'a password in a mail',
      'a password is in a mail',
      async (server) => {
        const { email } = await aUser(server)
        await server.deps.mailer.send({ to: email, subject: 'Welcome', text: `It is ${password}.` })
      },
    ],
    [
      'a mailed token in the log',
      'a mailed token is in the log',
      async (server) => {
        const token = 'a-mailed-token-'.repeat(3).slice(0, 43)
        await server.deps.mailer.send({
          to: 'x@example.org',
          subject: 'Reset',
          text: `Your token:\n${token}\n`,
        })
        server.logLines.push(JSON.stringify({ token }))
      },
    ],
    [
      'a session token in an answer to GET',
      'a session token is in an answer',
      async (server) => {
        const { token } = await aUser(server)
        server.shown.push(JSON.stringify([{ token }]))
      },
    ],
  ])('%s', async (_what, leak, leaking) => {
    const server = await startServer()
    await leaking(server)
    await expect(server.stop()).rejects.toThrow(leak)
  })
})

/** Good and bad requests through every door, with everything secret in them. */
async function liveThrough(server: TestServer): Promise<void> {
  const client = await aClient(server)
  const user = await aUser(server)
  const { code } = await aCode(server, client, user)
  const jwt = await jwtSecret(client)
  const wrong = await jwtSecret({ ...client, client_secret: 'canary-wrong-secret-0123456789abcdef' })
  const unknown = 'canary-code-that-nobody-issued'
  server.secrets.add('code nobody issued', unknown)
  const bad: object[] = [
    { client_secret: client.client_secret },
    { client_secret: wrong },
    { client_secret: `Bearer ${jwt}` },
    { client_secret: await jwtSecret(client, { expiresIn: -600 }) },
    { redirect_uri: `${redirectUri}/` },
    { code: unknown },
    { code_verifier: verifier },
    { client_id: 17 },
  ]
  for (const change of bad) {
    const refused = await redeem(server, client, code, { client_secret: jwt, passphrase, ...change })
    expect(refused.status, JSON.stringify(change)).toBeGreaterThanOrEqual(400)
  }
  for (const body of [
    `{"client_secret":"${jwt}","passphrase":"${passphrase}",`,
    `{"__proto__":{"x":"${jwt}"}}`,
  ]) {
    await call(server, 'POST', '/api/v0/oauth2/token', { body })
  }
  await call(server, 'POST', `/api/v0/oauth2/token?client_secret=${jwt}&code=${code}`, { body: {} })
  await call(server, 'GET', `/oauth2-integration?client_secret=${jwt}`)

  const granted = await redeem(server, client, code, { client_secret: jwt, passphrase })
  expect(granted.status).toBe(200)
  await redeem(server, client, code, { client_secret: jwt, passphrase })
  await call(server, 'POST', '/api/v0/auth/token', { body: { email: user.email, password: `${password}!` } })
  await call(server, 'GET', '/api/v0/auth/account', { token: granted.body.access_grant })
  await mistake(server, client, jwt, code)
  await mistakeHalves(server, client, user, jwt)
  await explainAll(server, client, [
    { client_secret: jwt, code, passphrase, code_verifier: verifier },
    { client_secret: wrong, code: unknown, passphrase, code_verifier: verifier },
    { client_secret: client.client_secret, code: `code=${code}&state=1`, passphrase },
  ])
  const { token } = client.developer
  for (const path of [
    clientsPath,
    `${clientsPath}/${client.id}`,
    '/api/v0/developer/auth/access-logs',
    '/api/v0/developer/auth/access-logs/export',
    '/openapi.json',
  ]) {
    expect((await call(server, 'GET', path, { token })).status, path).toBe(200)
  }
  for (const path of [
    '/api/v0/auth/developer-access',
    `/api/v0/auth/developer-access/${client.client_id}/history`,
    '/api/v0/projects',
    '/api/v0/audit-logs',
    '/api/v0/audit-logs/export',
  ]) {
    expect((await call(server, 'GET', path, { token: user.token })).status, path).toBe(200)
  }
  await call(server, 'POST', `${clientsPath}/${client.id}/regenerate-secret`, { token })
  await call(server, 'DELETE', `${clientsPath}/${client.id}`, { token })
}

/** What people make of a JWT, a code and a body on their way. */
async function mistake(
  server: TestServer,
  client: RegisteredClient,
  jwt: string,
  code: string,
): Promise<void> {
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const changes: object[] = [
    { client_secret: `"${jwt}"` },
    { client_secret: `${jwt}\n` },
    { client_secret: Buffer.from(jwt).toString('base64') },
    { client_secret: jwt.replaceAll('.', '%2E') },
    { client_secret: jwt.slice(0, -9) },
    { client_secret: `${header}.${payload}` },
    { client_secret: [signature, payload, header].join('.') },
    {
      client_secret: await jwtSecret(client, { claims: { jti: 'canary-jti-of-some-length' }, alg: 'HS512' }),
    },
    { client_secret: await jwtSecret({ ...client, client_secret: `${client.client_secret}\n` }) },
    { client_secret: ` ${client.client_secret} ` },
    { client_id: client.client_id.toUpperCase() },
    { client_id: client.client_secret, client_secret: 'swapped' },
    { client_id: jwt, client_secret: 'swapped' },
    { client_id: code, code: client.client_id },
    { client_secret: await jwtSecret({ ...client, client_id: client.client_secret }) },
    {
      client_secret: await jwtSecret(client, { header: { kid: client.client_secret } }),
      client_id: `id ${jwt}`,
    },
    { redirect_uri: `${redirectUri}?code=${code}&state=1` },
    { redirect_uri: encodeURIComponent(`${redirectUri}?state=1&code=${code}`) },
    { redirect_uri: code, code: redirectUri },
    { code: ` ${code}\n` },
    { code: `"${code}"` },
    { code: `${redirectUri}?code=${code}&state=1` },
    { code: encodeURIComponent(`${code}=`) },
    { code: [code] },
    { code_verifier: `${verifier}\u0000` },
  ]
  for (const change of changes) {
    const refused = await redeem(server, client, code, { client_secret: jwt, passphrase, ...change })
    expect(refused.status, JSON.stringify(change)).toBeGreaterThanOrEqual(400)
  }
  const form = { client_id: client.client_id, client_secret: jwt, code, passphrase, code_verifier: verifier }
  const misnamed = { clientId: client.client_id, clientSecret: jwt, authcode: code, verifier }
  const bodies: readonly (readonly [type: string, body: string])[] = [
    ['application/x-www-form-urlencoded', `${new URLSearchParams(form)}`],
    ['application/x-www-form-urlencoded', JSON.stringify(form)],
    ['application/json', `${new URLSearchParams(form)}`],
    ['application/json', JSON.stringify(form).replaceAll('"', "'")],
    ['application/json', JSON.stringify(misnamed)],
    ['text/plain', JSON.stringify(form)],
    ['multipart/form-data; boundary=x', JSON.stringify(form)],
  ]
  for (const [type, body] of bodies) {
    const headers = { 'content-type': type }
    const refused = await call(server, 'POST', '/api/v0/oauth2/token', { body, headers })
    expect(refused.status, type).toBeGreaterThanOrEqual(400)
  }
}

/** What people make of a code in two halves, before one is redeemed whole and one by its first half. */
async function mistakeHalves(
  server: TestServer,
  client: RegisteredClient,
  user: Person,
  jwt: string,
): Promise<void> {
  const scope = ['read', 'bucket:photos;2026/', 'bucket:music']
  const sealed = (): Promise<SealedCode> => aSealedCode(server, client, user, { scope, passphrase })
  const [one, other] = [await sealed(), await sealed()]
  const halves = [one.code, one.browser_half, `${one.server_half}.${other.browser_half}`]
  const changes: object[] = [
    ...halves.flatMap((half) => [
      { client_id: half },
      { client_secret: half },
      { client_secret: `${jwt}.${half}` },
      { redirect_uri: `${redirectUri}?code=${half}` },
      { redirect_uri: half },
      { code: `"${half}"` },
      { code: `${redirectUri}?code=${half}&state=1` },
      { code: half, passphrase },
      { code: half, code_verifier: half },
      { code: [half] },
    ]),
    { code: one.code.slice(0, -1) },
    { code: `${one.code}\n` },
    { code: halves[2] },
    { passphrase: one.browser_half },
  ]
  for (const change of changes) {
    const form = { client_secret: jwt, passphrase: undefined, ...change }
    const refused = await redeem(server, client, one.code, form)
    expect(refused.status, JSON.stringify(change)).toBeGreaterThanOrEqual(400)
  }
  await call(server, 'GET', `/api/v0/oauth2/token?code=${one.code}`)
  await explainAll(
    server,
    client,
    halves.map((code) => ({ client_secret: jwt, code })),
  )
  for (const code of [one.code, other.server_half]) {
    const granted = await redeem(server, client, code, { client_secret: jwt, passphrase: undefined })
    expect(granted.status).toBe(200)
  }
}

/** Reads every explanation there is of what was sent, in every way there is, and has more of it explained. */
async function explainAll(
  server: TestServer,
  client: RegisteredClient,
  secrets: readonly object[],
): Promise<void> {
  const { token } = client.developer
  for (const secret of secrets) {
    const form = { client_id: client.client_id, redirect_uri: redirectUri, ...secret }
    const json = JSON.stringify(form)
    server.secrets.addExchange(form, undefined)
    for (const request of [
      json,
      json.slice(0, -20),
      `${new URLSearchParams(form)}`,
      `curl ${server.url}/api/v0/oauth2/token -H 'Content-Type: application/json' -d '${json}'`,
      `curl '${server.url}/api/v0/oauth2/token?${new URLSearchParams(form)}'`,
      `POST /api/v0/oauth2/token HTTP/1.1\nContent-Type: application/json\n\n${json}`,
    ]) {
      const { status, text } = await call(server, 'POST', `${tokenRequestsPath}/diagnose`, {
        token,
        body: { request },
      })
      expect(status).toBe(200)
      server.shown.push(text)
    }
  }
  await server.deps.recorder.flush()
  const list = await call(server, 'GET', `${tokenRequestsPath}?limit=100`, { token })
  expect(list.body.token_requests.length).toBeGreaterThan(20)
  for (const { trace_id } of list.body.token_requests)
    expect((await call(server, 'GET', `${tokenRequestsPath}/${trace_id}`, { token })).status).toBe(200)
  expect((await call(server, 'GET', `${clientsPath}/${client.id}/health`, { token })).status).toBe(200)
  server.shown.push(await eventsOf(server, token, list.body.token_requests.length))
}

/** So many server-sent events, from the beginning of time. */
async function eventsOf(server: TestServer, token: string, count: number): Promise<string> {
  const answer = await fetch(`${server.url}${tokenRequestsPath}/tail`, {
    headers: { authorization: `Bearer ${token}`, 'last-event-id': '0.' },
  })
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    if (text.split('event: token_request').length > count && text.endsWith('\n\n')) break
  }
  expect(text.split('event: token_request')).toHaveLength(count + 1)
  return text
}
