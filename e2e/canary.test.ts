/**
 * F40, security LG-2: whatever must stay secret is marked, sent through every door in good and bad requests, and then
 * looked for in everything the server leaves behind, as it is and in the encodings it could hide in.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAccessGrant } from '@valetkey/access-grant'
import { expect, test } from 'vitest'
import { createDatabase } from './testing/database.ts'
import { rowsOf } from './testing/rows.ts'
import {
  type Answer,
  aClient,
  aCode,
  aUser,
  call,
  clientsPath,
  jwtSecret,
  password,
  redeem,
  redirectUri,
  startServer,
  type TestServer,
} from './testing/story.ts'

const passphrase = 'canary-passphrase-7f3a9c'

test('no secret is left in logs, database files, mails of others, error bodies, CSV or OpenAPI (SQLite)', async () => {
  const server = await startServer()
  const { secrets, answers } = await liveThrough(server)
  await server.deps.recorder.flush()
  const files = readdirSync(server.data)
    .filter((name) => name.startsWith('valetkey.db'))
    .map((name) => readFileSync(join(server.data, name)))
  expect(files.length).toBeGreaterThan(0)
  await server.stop()
  expectNoneOf(
    secrets,
    Buffer.concat([
      ...files,
      Buffer.from(server.logLines.join('')),
      ...answers.map(({ text }) => Buffer.from(text)),
    ]),
  )
})

test('no secret is left in a PostgreSQL database', async () => {
  const database_url = await createDatabase()
  const server = await startServer({ database_url })
  const { secrets } = await liveThrough(server)
  await server.stop()
  const where = { data: '', database_url }
  const tables = await rowsOf(
    where,
    "select table_name from information_schema.tables where table_schema = 'public'",
  )
  const dump: string[] = []
  for (const { table_name } of tables)
    dump.push(JSON.stringify(await rowsOf(where, `select * from "${table_name}"`)))
  expect(dump.join('')).toContain('Photos')
  expectNoneOf(secrets, Buffer.from(dump.join('')))
})

/** Good and bad requests with everything secret in them; returns the secrets and every answer that must not show one. */
async function liveThrough(server: TestServer): Promise<{ secrets: string[]; answers: Answer[] }> {
  const client = await aClient(server)
  const user = await aUser(server)
  const answers: Answer[] = []
  const secrets = [client.client_secret, client.developer.token, user.token, passphrase, password]
  const keep = async (answer: Promise<Answer>): Promise<Answer> => {
    answers.push(await answer)
    return answer
  }

  const { code } = await aCode(server, client, user)
  const jwt = await jwtSecret(client)
  const wrong = await jwtSecret({ ...client, client_secret: 'canary-wrong-secret-0123456789abcdef' })
  secrets.push(code, jwt, wrong, 'canary-wrong-secret-0123456789abcdef')
  const bad: object[] = [
    { client_secret: client.client_secret },
    { client_secret: wrong },
    { client_secret: `Bearer ${jwt}` },
    { client_secret: await jwtSecret(client, { expiresIn: -600 }) },
    { redirect_uri: `${redirectUri}/` },
    { code: 'canary-code-that-nobody-issued' },
    { code_verifier: 'canary-verifier-0123456789-0123456789-0123456789' },
    { client_id: 17 },
  ]
  for (const change of bad)
    await keep(redeem(server, client, code, { client_secret: jwt, passphrase, ...change }))
  for (const body of [
    `{"client_secret":"${jwt}","passphrase":"${passphrase}",`,
    `{"__proto__":{"x":"${jwt}"}}`,
  ]) {
    await keep(call(server, 'POST', '/api/v0/oauth2/token', { body }))
  }
  await keep(call(server, 'POST', `/api/v0/oauth2/token?client_secret=${jwt}&code=${code}`, { body: {} }))
  await keep(call(server, 'GET', `/oauth2-integration?client_secret=${jwt}`))
  secrets.push('canary-code-that-nobody-issued', 'canary-verifier-0123456789-0123456789-0123456789')

  const granted = await redeem(server, client, code, { client_secret: jwt, passphrase })
  expect(granted.status).toBe(200)
  const { access_grant } = granted.body
  const grant = parseAccessGrant(access_grant)
  secrets.push(access_grant, Buffer.from(grant.api_key.tail).toString('latin1'))
  await keep(redeem(server, client, code, { client_secret: jwt, passphrase }))
  await keep(
    call(server, 'POST', '/api/v0/auth/token', { body: { email: user.email, password: `${password}!` } }),
  )
  await keep(call(server, 'GET', '/api/v0/auth/account', { token: access_grant }))
  const { token } = client.developer
  await keep(call(server, 'GET', clientsPath, { token }))
  await keep(call(server, 'GET', `${clientsPath}/${client.id}`, { token }))
  await keep(call(server, 'GET', '/api/v0/developer/auth/access-logs', { token }))
  await keep(call(server, 'GET', '/api/v0/developer/auth/access-logs/export', { token }))
  await keep(call(server, 'GET', '/openapi.json'))
  await keep(call(server, 'GET', '/api/v0/auth/developer-access', { token: user.token }))
  const renewed = await call(server, 'POST', `${clientsPath}/${client.id}/regenerate-secret`, { token })
  secrets.push(renewed.body.client_secret)
  await keep(call(server, 'DELETE', `${clientsPath}/${client.id}`, { token }))
  return { secrets, answers }
}

function expectNoneOf(secrets: readonly string[], haystack: Buffer): void {
  for (const secret of secrets) {
    const bytes = Buffer.from(secret, 'latin1')
    const forms = {
      plain: bytes,
      hex: bytes.toString('hex'),
      HEX: bytes.toString('hex').toUpperCase(),
      base64: bytes.toString('base64').replace(/=+$/, ''),
      base64url: bytes.toString('base64url'),
      url: encodeURIComponent(secret),
      json: JSON.stringify(secret).slice(1, -1),
    }
    for (const [form, needle] of Object.entries(forms)) {
      expect(haystack.includes(needle), `${form} of ${secret.slice(0, 12)}…`).toBe(false)
    }
  }
}
