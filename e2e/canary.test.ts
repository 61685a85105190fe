/**
 * F40, security LG-2: whatever must stay secret is sent through every door in good and bad requests, and then looked for
 * in everything the server leaves behind, as it is and in the encodings it could hide in. The same search ends the life
 * of every server of these tests: see `stop` in `testing/story.ts`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDatabase } from './testing/database.ts'
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
  password,
  redeem,
  redirectUri,
  startServer,
  type TestServer,
} from './testing/story.ts'

const passphrase = 'canary-passphrase-7f3a9c'

test.each<[string, () => Promise<{ database_url?: string }>]>([
  ['SQLite', async () => ({})],
  ['PostgreSQL', async () => ({ database_url: await createDatabase() })],
])(
  'no secret is left in logs, database, mails, error bodies, lists, CSV or OpenAPI (%s)',
  async (_name, settings) => {
    const server = await startServer(await settings())
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
        server.deps.log.info('registered', { secret: Buffer.from(client_secret).toString('base64') })
      },
    ],
    [
      'a JWT in the log',
      'signature of a JWT is in the log',
      async (server) => {
        const client = await aClient(server)
        const jwt = await jwtSecret(client)
        await redeem(server, client, 'nobody issued this', { client_secret: jwt })
        server.deps.log.info('token', { signature: jwt.split('.')[2] })
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
      'the master key in the log',
      'a master key is in the log',
      async (server) => {
        const key = readFileSync(join(server.data, 'master.key'), 'utf8').trim()
        server.deps.log.info('started', { key })
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
        server.deps.log.info('mail_sent', { token })
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
    { code_verifier: 'canary-verifier-0123456789-0123456789-0123456789' },
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
