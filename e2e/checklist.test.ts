/**
 * The contract's checklist against a running server: K rows keep what StorX clients rely on, F rows are better on purpose.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMacaroon, parseAccessGrant, parseCaveat, restrictApiKey } from '@valetkey/access-grant'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase } from './testing/database.ts'
import { countOf, rowsOf } from './testing/rows.ts'
import {
  aClient,
  aCode,
  aDeveloper,
  aUser,
  call,
  clientsPath,
  jwtSecret,
  password,
  type RegisteredClient,
  redeem,
  redirectUri,
  startServer,
  type TestServer,
} from './testing/story.ts'

const databases: [string, () => Promise<{ database_url?: string }>][] = [
  ['SQLite', async () => ({})],
  ['PostgreSQL', async () => ({ database_url: await createDatabase() })],
]

/** What is left lying on each database while the other tests run. */
let lates: Late[]
const lateOn = (at: number): Late => {
  const late = lates[at]
  if (late === undefined) throw new Error('nothing was left lying')
  return late
}
beforeAll(async () => {
  lates = await Promise.all(databases.map(async ([, settings]) => leaveLying(await settings())))
})
afterAll(async () => {
  for (const { server } of lates) await server.stop()
})

const databaseOf = ({ data, deps }: TestServer) => ({ data, database_url: deps.settings.database_url })

describe.each(databases)('on %s', (_name, settings) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(await settings())
  })
  afterAll(() => server.stop())

  const database = () => databaseOf(server)

  const request = (token: string, body: object) =>
    call(server, 'POST', '/api/v0/oauth2/request', { token, body })
  const consent = (token: string, body: object) =>
    call(server, 'POST', '/api/v0/oauth2/consent', { token, body })
  const asking = (client_id: string, scope: string[] = ['read']) => ({
    client_id,
    redirect_uri: redirectUri,
    scope,
  })

  describe('clients', () => {
    test('K1 a developer registers a client and gets a UUID client_id and a client_secret', async () => {
      const developer = await aDeveloper(server)
      const { status, body } = await call(server, 'POST', clientsPath, {
        headers: { cookie: `_developer_tokenKey=${developer.token}` },
        body: { name: 'Photos', redirect_uris: [redirectUri] },
      })
      expect(status).toBe(200)
      expect(Object.keys(body).sort()).toEqual(['client_id', 'client_secret'])
      expect(body.client_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    })

    test('F2 redirect_uris may be one string, as the contract shows it', async () => {
      const { token } = await aDeveloper(server)
      const made = await call(server, 'POST', clientsPath, {
        token,
        body: { name: 'Photos', redirect_uris: redirectUri },
      })
      expect(made.status).toBe(200)
      const { body } = await call(server, 'GET', clientsPath, { token })
      expect(body[0].redirect_uris).toEqual([redirectUri])
    })

    test.each([
      ['a missing name', { redirect_uris: [redirectUri] }],
      ['an empty name', { name: '', redirect_uris: [redirectUri] }],
      ['an empty list', { name: 'Photos', redirect_uris: [] }],
      ['no list', { name: 'Photos' }],
    ])('F3 %s gets 400 invalid_request in JSON', async (_what, body) => {
      const { token } = await aDeveloper(server)
      const answer = await call(server, 'POST', clientsPath, { token, body })
      expect(answer.status).toBe(400)
      expect(answer.body.error).toBe('invalid_request')
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
      expect((await call(server, 'GET', clientsPath, { token })).body).toEqual([])
    })

    test('K4 no list, single client or update ever shows a secret', async () => {
      const client = await aClient(server)
      const { token } = client.developer
      const answers = [
        await call(server, 'GET', clientsPath, { token }),
        await call(server, 'GET', `${clientsPath}/${client.id}`, { token }),
        await call(server, 'PUT', `${clientsPath}/${client.id}`, { token, body: { name: 'Pictures' } }),
      ]
      for (const { status, text } of answers) {
        expect(status).toBe(200)
        expect(text).not.toContain(client.client_secret)
        expect(text).toContain('"client_secret":""')
      }
    })

    test('K5 after regenerate-secret the old secret is dead and the new one works', async () => {
      const client = await aClient(server)
      const user = await aUser(server)
      const { body: renewed } = await call(server, 'POST', `${clientsPath}/${client.id}/regenerate-secret`, {
        token: client.developer.token,
      })
      const { code } = await aCode(server, client, user)
      expect((await redeem(server, client, code)).body.error).toBe('invalid_client')
      expect((await redeem(server, { ...client, ...renewed }, code)).status).toBe(200)
    })

    test('K5 with keep_previous_for both secrets work until then', async () => {
      const client = await aClient(server)
      const user = await aUser(server)
      const { body: renewed } = await call(server, 'POST', `${clientsPath}/${client.id}/regenerate-secret`, {
        token: client.developer.token,
        body: { keep_previous_for: 3600 },
      })
      for (const secret of [client, { ...client, ...renewed }]) {
        const { code } = await aCode(server, client, user)
        expect((await redeem(server, secret, code)).status).toBe(200)
      }
    })

    test("K6/F6 another developer's client is told like one that does not exist, and stays as it is", async () => {
      const client = await aClient(server)
      const { token } = await aDeveloper(server)
      const stranger = (id: string) => [
        call(server, 'GET', `${clientsPath}/${id}`, { token }),
        call(server, 'PUT', `${clientsPath}/${id}`, { token, body: { name: 'Mine now' } }),
        call(server, 'PATCH', `${clientsPath}/${id}/status`, { token, body: { status: 0 } }),
        call(server, 'POST', `${clientsPath}/${id}/regenerate-secret`, { token }),
        call(server, 'DELETE', `${clientsPath}/${id}`, { token }),
      ]
      const withoutTrace = async (answers: ReturnType<typeof stranger>) =>
        (await Promise.all(answers)).map(({ status, body }) => ({
          status,
          error: body.error,
          said: body.error_description,
        }))
      const foreign = await withoutTrace(stranger(client.id))
      expect(foreign).toEqual(await withoutTrace(stranger('01890000-0000-7000-8000-000000000000')))
      expect(foreign.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
      const { body } = await call(server, 'GET', `${clientsPath}/${client.id}`, {
        token: client.developer.token,
      })
      expect(body).toMatchObject({ name: 'Photos', status: 1 })
    })

    test('K7/F7 http is for localhost alone, on every way to write a redirect URI', async () => {
      const client = await aClient(server)
      const { token } = client.developer
      const add = (uri: string) =>
        call(server, 'POST', `${clientsPath}/${client.id}/redirect-uris`, { token, body: { uri } })
      expect((await add('http://example.com/cb')).status).toBe(400)
      expect((await add('http://localhost:3000/cb')).status).toBe(200)
      expect((await add('https://example.com/cb')).status).toBe(200)
      const replace = (old_uri: string, new_uri: string) =>
        call(server, 'PUT', `${clientsPath}/${client.id}/redirect-uris`, {
          token,
          body: { old_uri, new_uri },
        })
      expect((await replace(redirectUri, 'http://example.com/cb')).status).toBe(400)
      const replaced = await replace(redirectUri, 'http://127.0.0.1:8080/cb')
      expect([replaced.status, replaced.body.redirect_uris]).toEqual([
        200,
        ['http://127.0.0.1:8080/cb', 'http://localhost:3000/cb', 'https://example.com/cb'],
      ])
      const bad = ['http://example.com/cb']
      expect(
        (await call(server, 'POST', clientsPath, { token, body: { name: 'X', redirect_uris: bad } })).status,
      ).toBe(400)
      expect(
        (await call(server, 'PUT', `${clientsPath}/${client.id}`, { token, body: { redirect_uris: bad } }))
          .status,
      ).toBe(400)
    })

    test('K8 the last redirect URI stays, and one that differs by letter case alone is a duplicate', async () => {
      const client = await aClient(server)
      const { token } = client.developer
      const path = `${clientsPath}/${client.id}/redirect-uris`
      expect((await call(server, 'DELETE', path, { token, body: { uri: redirectUri } })).status).toBe(400)
      const other = redirectUri.replace('callback', 'CALLBACK')
      expect((await call(server, 'POST', path, { token, body: { uri: other } })).status).toBe(400)
    })

    test('K9 status 0 makes request answer client_inactive, status 1 restores it', async () => {
      const client = await aClient(server)
      const user = await aUser(server)
      const set = (status: number) =>
        call(server, 'PATCH', `${clientsPath}/${client.id}/status`, {
          token: client.developer.token,
          body: { status },
        })
      expect((await set(0)).status).toBe(200)
      const refused = await request(user.token, asking(client.client_id))
      expect([refused.status, refused.body.error]).toEqual([400, 'client_inactive'])
      expect((await set(1)).status).toBe(200)
      expect((await request(user.token, asking(client.client_id))).status).toBe(200)
    })

    test('K10 a deleted client answers 204, and later requests invalid_client_id', async () => {
      const client = await aClient(server)
      const user = await aUser(server)
      const { token } = client.developer
      expect((await call(server, 'DELETE', `${clientsPath}/${client.id}`, { token })).status).toBe(204)
      const refused = await request(user.token, asking(client.client_id))
      expect([refused.status, refused.body.error]).toEqual([400, 'invalid_client_id'])
    })
  })

  describe('request and consent', () => {
    test('K11 request answers request_id, client_name and the four lists, none of them null', async () => {
      const client = await aClient(server)
      const { token } = await aUser(server)
      const { status, body } = await call(server, 'POST', '/api/v0/oauth2/request', {
        headers: { cookie: `_tokenKey=${token}` },
        body: asking(client.client_id, ['read', 'write']),
      })
      expect(status).toBe(200)
      expect(body).toEqual({
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        client_name: 'Photos',
        current_access: [],
        needed_access: ['read', 'write'],
        required_scopes: ['read', 'write'],
        optional_scopes: [],
      })
    })

    test('K12 without a cookie request answers 401 with a JSON error', async () => {
      const client = await aClient(server)
      const answer = await call(server, 'POST', '/api/v0/oauth2/request', { body: asking(client.client_id) })
      expect(answer.status).toBe(401)
      expect(answer.body.error).toBe('unauthorized')
    })

    test('K13 a trailing slash is another redirect URI, and a missing field is an invalid request', async () => {
      const client = await aClient(server)
      const { token } = await aUser(server)
      const slash = await request(token, { ...asking(client.client_id), redirect_uri: `${redirectUri}/` })
      expect([slash.status, slash.body.error]).toEqual([400, 'invalid_redirect_uri'])
      for (const field of ['client_id', 'redirect_uri', 'scope']) {
        const { status, body } = await request(token, { ...asking(client.client_id), [field]: undefined })
        expect([status, body.error]).toEqual([400, 'invalid_request'])
      }
    })

    test.each([['admin'], ['read,write'], ['READ'], ['bucket:'], ['bucket:Photos'], ['bucket:photos;../x']])(
      'F14 the unknown or malformed scope %j is refused',
      async (scope) => {
        const client = await aClient(server)
        const { token } = await aUser(server)
        const { status, body } = await request(token, asking(client.client_id, ['read', scope]))
        expect([status, body.error]).toEqual([400, 'invalid_scope'])
      },
    )

    test('K15 approval answers the code and the bare redirect_uri', async () => {
      const client = await aClient(server)
      const { token } = await aUser(server)
      const { body: asked } = await request(token, asking(client.client_id))
      const { status, body } = await consent(token, {
        request_id: asked.request_id,
        approve: true,
        approved_scopes: ['read'],
      })
      expect(status).toBe(200)
      expect(body).toEqual({ code: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/), redirect_uri: redirectUri })
    })

    test("F16 the contract's form, approved_scopes without approve, is an approval", async () => {
      const client = await aClient(server)
      const { token } = await aUser(server)
      const { body: asked } = await request(token, asking(client.client_id))
      const { body } = await consent(token, {
        request_id: asked.request_id,
        approved_scopes: ['read'],
        rejected_scopes: [],
      })
      expect((await redeem(server, client, body.code)).status).toBe(200)
    })

    test('K17 a denial answers REJECTED, which nobody can redeem', async () => {
      const client = await aClient(server)
      const { token } = await aUser(server)
      const { body: asked } = await request(token, asking(client.client_id))
      const { status, body } = await consent(token, {
        request_id: asked.request_id,
        approve: false,
        approved_scopes: ['read'],
      })
      expect([status, body.code]).toEqual([200, 'REJECTED'])
      const refused = await redeem(server, client, 'REJECTED')
      expect([refused.status, refused.body.error]).toEqual([400, 'invalid_code'])
    })

    test('K18 a second decision is not pending, and another user may not decide', async () => {
      const client = await aClient(server)
      const [user, other] = [await aUser(server), await aUser(server)]
      const { body: asked } = await request(user.token, asking(client.client_id))
      const answer = { request_id: asked.request_id, approve: true, approved_scopes: ['read'] }
      const foreign = await consent(other.token, answer)
      expect([foreign.status, foreign.body.error]).toEqual([403, 'forbidden'])
      expect((await consent(user.token, answer)).status).toBe(200)
      const again = await consent(user.token, answer)
      expect([again.status, again.body.error]).toEqual([400, 'request_not_pending'])
    })

    test.each([
      ['an action that was not asked', ['read'], ['read', 'write']],
      ['another bucket', ['read', 'bucket:photos'], ['read', 'bucket:videos']],
      ['a shorter prefix', ['read', 'bucket:photos;2024/'], ['read', 'bucket:photos']],
      [
        'a prefix that only begins alike',
        ['read', 'bucket:photos;2024'],
        ['read', 'bucket:photos;2024-private'],
      ],
      ['the whole project for one bucket', ['read', 'bucket:photos'], ['read']],
      ['nothing at all', ['read'], []],
    ])('F19 approving %s is refused and decides nothing', async (_what, scope, approved_scopes) => {
      const client = await aClient(server)
      const { token } = await aUser(server)
      const { body: asked } = await request(token, asking(client.client_id, scope))
      const refused = await consent(token, { request_id: asked.request_id, approve: true, approved_scopes })
      expect([refused.status, refused.body.error]).toEqual([400, 'invalid_scope'])
      const narrower = await consent(token, {
        request_id: asked.request_id,
        approve: true,
        approved_scopes: scope,
      })
      expect(narrower.status).toBe(200)
    })
  })

  describe('token', () => {
    test.each(['HS256', 'HS384', 'HS512'])(
      'K20/F21 a JWT signed %s trades the code, without any cookie',
      async (alg) => {
        const client = await aClient(server)
        const { code } = await aCode(server, client, await aUser(server), { scope: ['read', 'list'] })
        const { status, body } = await redeem(server, client, code, {
          client_secret: await jwtSecret(client, { alg }),
        })
        expect(status).toBe(200)
        expect(body).toEqual({
          access_grant: expect.stringMatching(/^1[1-9A-HJ-NP-Za-km-z]{200,}$/),
          scopes: ['read', 'list'],
          expires_in: expect.closeTo(30 * 86_400, -2),
        })
      },
    )

    test('K20 alg none, RS256 and a tampered payload are refused', async () => {
      const client = await aClient(server)
      const { code } = await aCode(server, client, await aUser(server))
      const exp = Math.floor(Date.now() / 1000) + 300
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const claims = { client_id: client.client_id, exp }
      const { privateKey } = await generateKeyPair('RS256')
      const good = await jwtSecret(client)
      const [header, , signature] = good.split('.')
      const bad = [
        `${part({ alg: 'none' })}.${part(claims)}.`,
        `${part({ alg: 'nOnE', typ: 'JWT' })}.${part(claims)}.`,
        await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
        `${header}.${part({ ...claims, exp: exp + 60 })}.${signature}`,
      ]
      for (const client_secret of bad) {
        const { status, body } = await redeem(server, client, code, { client_secret })
        expect([status, body.error]).toEqual([401, 'invalid_client'])
      }
      expect((await redeem(server, client, code)).status).toBe(200)
    })

    test('F22 an unknown client and a bad signature get one and the same 401 invalid_client', async () => {
      const client = await aClient(server)
      const { code } = await aCode(server, client, await aUser(server))
      const stranger = { ...client, client_id: '01890000-0000-7000-8000-000000000000' }
      const unknown = await redeem(server, stranger, code)
      const wrong = await redeem(server, { ...client, client_secret: 'x'.repeat(64) }, code)
      const seen = ({ status, headers, body }: typeof unknown) => ({
        status,
        ...body,
        trace_id: undefined,
        headers: [...headers].filter(([name]) => name !== 'date' && name !== 'x-trace-id'),
      })
      expect(seen(unknown)).toEqual(seen(wrong))
      expect([unknown.status, unknown.body.error]).toEqual([401, 'invalid_client'])
      expect(unknown.body.error_description).toContain('invalid_client_id')
      expect(unknown.body.error_description).toContain('invalid_client_secret')
    })

    test('F23 an expired JWT gets 401 client_secret_expired, told how long ago', async () => {
      const client = await aClient(server)
      const { code } = await aCode(server, client, await aUser(server))
      const { status, body } = await redeem(server, client, code, {
        client_secret: await jwtSecret(client, { expiresIn: -312 }),
      })
      expect([status, body.error]).toEqual([401, 'client_secret_expired'])
      expect(body.error_description).toMatch(/expired 31[2-4] s ago/)
    })

    test('F24 exp may be thirty minutes away, and no further', async () => {
      const client = await aClient(server)
      const user = await aUser(server)
      const near = await aCode(server, client, user)
      expect(
        (
          await redeem(server, client, near.code, {
            client_secret: await jwtSecret(client, { expiresIn: 1800 }),
          })
        ).status,
      ).toBe(200)
      const far = await aCode(server, client, user)
      const refused = await redeem(server, client, far.code, {
        client_secret: await jwtSecret(client, { expiresIn: 3 * 3600 }),
      })
      expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
      expect(refused.body.error_description).toContain('at most 30 min')
    })

    test('K25 another client_id in the JWT than in the body, or no exp, is refused', async () => {
      const client = await aClient(server)
      const other = await aClient(server, { name: 'Other' }, client.developer)
      const { code } = await aCode(server, client, await aUser(server))
      const mismatch = await redeem(server, client, code, { client_secret: await jwtSecret(other) })
      expect([mismatch.status, mismatch.body.error]).toEqual([401, 'invalid_client'])
      const endless = await jwtSecret(client, { claims: { exp: undefined } })
      const missing = await redeem(server, client, code, { client_secret: endless })
      expect([missing.status, missing.body.error]).toEqual([401, 'invalid_client'])
      expect(missing.body.error_description).toContain('exp')
      expect((await redeem(server, client, code)).status).toBe(200)
    })

    test('K26 a used or unknown code is invalid_code, another redirect_uri invalid_redirect_uri', async () => {
      const client = await aClient(server)
      const { code } = await aCode(server, client, await aUser(server))
      const elsewhere = await redeem(server, client, code, { redirect_uri: `${redirectUri}/` })
      expect([elsewhere.status, elsewhere.body.error]).toEqual([400, 'invalid_redirect_uri'])
      expect(elsewhere.body.error_description).toContain('slash')
      expect((await redeem(server, client, code)).status).toBe(200)
      for (const bad of [code, 'x'.repeat(43)]) {
        const { status, body } = await redeem(server, client, bad)
        expect([status, body.error]).toEqual([400, 'invalid_code'])
      }
    })

    test('F27 two exchanges of one code at once: one 200, one invalid_code, one API key', async () => {
      const client = await aClient(server)
      const { code } = await aCode(server, client, await aUser(server))
      const apiKeys = () => countOf(database(), 'select count(*) as n from api_keys')
      const before = await apiKeys()
      const answers = await Promise.all([redeem(server, client, code), redeem(server, client, code)])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
      expect(answers.find(({ status }) => status === 400)?.body.error).toBe('invalid_code')
      expect(await apiKeys()).toBe(before + 1)
    })

    test('F27 every redeemed code has one API key, and no other exchange leaves one', async () => {
      const client = await aClient(server)
      const user = await aUser(server)
      const apiKeys = () => countOf(database(), 'select count(*) as n from api_keys')
      const before = await apiKeys()
      const { code } = await aCode(server, client, user)
      await redeem(server, client, code, { redirect_uri: `${redirectUri}/` })
      await redeem(server, { ...client, client_secret: 'x'.repeat(64) }, code)
      await redeem(server, client, 'x'.repeat(43))
      expect(await apiKeys()).toBe(before)
      for (let n = 0; n < 3; n++) {
        const { code: next } = await aCode(server, client, user)
        const statuses = [await redeem(server, client, next), await redeem(server, client, next)]
        expect(statuses.map(({ status }) => status)).toEqual([200, 400])
      }
      expect(await apiKeys()).toBe(before + 3)
      const perGrant = await rowsOf(
        database(),
        `select g.id, count(k.id) as n from grants g left join api_keys k on k.grant_id = g.id
         where g.client_id = '${client.client_id}' group by g.id`,
      )
      expect(perGrant.map(({ n }) => Number(n))).toEqual([1, 1, 1])
    })

    test('F28 a code of client A is invalid_code for client B, and still good for A', async () => {
      const [a, b] = [await aClient(server), await aClient(server)]
      const { code } = await aCode(server, a, await aUser(server))
      const stolen = await redeem(server, b, code)
      expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_code'])
      expect((await redeem(server, a, code)).status).toBe(200)
    })

    test('K29/F29 the displayed text is the key as it stands, and needs no escaping anywhere', async () => {
      const client = await aClient(server)
      expect(client.client_secret).toMatch(/^vks_[A-Za-z0-9_]+$/)
      const { code } = await aCode(server, client, await aUser(server))
      expect((await redeem(server, client, code)).status).toBe(200)
    })

    test.each<[string, () => string, (text: string) => Buffer]>([
      ['64 hex digits', () => randomBytes(32).toString('hex'), (text) => Buffer.from(text, 'hex')],
      [
        'the text of a bcrypt hash',
        () => `$2a$10$${randomBytes(40).toString('base64').slice(0, 53)}`,
        (text) => Buffer.from(text.slice('$2a$10$'.length), 'base64'),
      ],
    ])(
      'F29 an imported client secret of %s verifies, by its characters and not by what they encode',
      async (_what, made, decode) => {
        const client = await aClient(server)
        const client_secret = made()
        const id = randomUUID()
        const imported = {
          id,
          client_row_id: client.id,
          sealed_secret: server.deps.sealer.seal('client-secret', id, Buffer.from(client_secret)),
          created_at: server.deps.clock.now(),
          retires_at: null,
          retired_by: null,
          last_used_at: null,
        }
        await server.deps.store.clients.rotate(imported, imported.created_at, randomUUID())
        const { code } = await aCode(server, client, await aUser(server))
        const decoded = await jwtSecret(client, { key: decode(client_secret) })
        const refused = await redeem(server, client, code, { client_secret: decoded })
        expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
        expect((await redeem(server, client, code)).body.error).toBe('invalid_client')
        expect((await redeem(server, { ...client, client_secret }, code)).status).toBe(200)
      },
    )

    test('F35 read with a bucket and prefix opens exactly that prefix', async () => {
      const client = await aClient(server)
      const scope = ['read', 'bucket:photos;2024/']
      const { code } = await aCode(server, client, await aUser(server), { scope })
      const { body } = await redeem(server, client, code)
      const grant = parseAccessGrant(body.access_grant)
      const { allowed_paths } = parseCaveat(grant.api_key.caveats[0] ?? new Uint8Array())
      expect(allowed_paths).toHaveLength(1)
      const prefix = allowed_paths[0]?.encrypted_path_prefix ?? new Uint8Array()
      const may = async (op: 'read' | 'write' | 'list', bucket: string, encrypted_path: Uint8Array) =>
        (await server.deps.network.check(grant.api_key, { op, bucket, encrypted_path })).allowed
      const inside = Buffer.concat([prefix, Buffer.from('/x')])
      expect(await may('read', 'photos', inside)).toBe(true)
      expect(await may('read', 'photos', Buffer.from('elsewhere'))).toBe(false)
      expect(await may('read', 'videos', inside)).toBe(false)
      expect(await may('write', 'photos', inside)).toBe(false)
      expect(await may('list', 'photos', prefix)).toBe(false)
    })
  })

  describe('what users and developers see afterwards', () => {
    test('F36/K37/F37 revoking ends the API key, and the app moves from the list to the history', async () => {
      const client = await aClient(server)
      const user = await aUser(server)
      const { code, request_id } = await aCode(server, client, user)
      const { body } = await redeem(server, client, code)
      const { api_key } = parseAccessGrant(body.access_grant)
      const mayRead = async () =>
        (
          await server.deps.network.check(api_key, {
            op: 'read',
            bucket: 'photos',
            encrypted_path: Buffer.from('x'),
          })
        ).allowed

      const { body: apps } = await call(server, 'GET', '/api/v0/auth/developer-access', { token: user.token })
      expect(apps).toHaveLength(1)
      expect(Object.keys(apps[0]).sort()).toEqual(
        [
          'developer_id',
          'developer_name',
          'developer_email',
          'client_id',
          'application_name',
          'application_description',
          'approved_scopes',
          'rejected_scopes',
          'access_granted_date',
          'last_access_date',
          'consent_expires_at',
          'is_active',
          'total_requests',
        ].sort(),
      )
      expect(apps[0]).toMatchObject({
        client_id: client.client_id,
        is_active: true,
        approved_scopes: ['read', 'write', 'list'],
      })
      expect(await mayRead()).toBe(true)

      const path = `/api/v0/auth/developer-access/${client.client_id}`
      const held = await call(server, 'GET', `${path}/history`, { token: user.token })
      expect(held.body).toMatchObject([{ request_id, status: 1, is_active: true }])
      const revoked = await call(server, 'DELETE', `${path}/revoke`, { token: user.token })
      expect([revoked.status, revoked.body]).toEqual([
        200,
        { message: 'Developer access revoked successfully' },
      ])
      expect(await mayRead()).toBe(false)
      expect(
        (await call(server, 'GET', '/api/v0/auth/developer-access', { token: user.token })).body,
      ).toEqual([])
      const { body: history } = await call(server, 'GET', `${path}/history`, { token: user.token })
      expect(history).toMatchObject([
        { request_id, client_id: client.client_id, status: 1, is_active: false },
      ])
    })

    test('F36 a derived key dies with its root: what an app restricted further ends too', async () => {
      const client = await aClient(server)
      const user = await aUser(server)
      const { code } = await aCode(server, client, user)
      const { body } = await redeem(server, client, code)
      const derived = restrictApiKey(
        parseAccessGrant(body.access_grant).api_key,
        parseCaveat(new Uint8Array()),
      )
      const action = { op: 'read', bucket: 'photos', encrypted_path: Buffer.from('x') } as const
      expect((await server.deps.network.check(derived, action)).allowed).toBe(true)
      await call(server, 'DELETE', `/api/v0/auth/developer-access/${client.client_id}/revoke`, {
        token: user.token,
      })
      expect(await server.deps.network.check(derived, action)).toMatchObject({
        allowed: false,
        reason: 'revoked',
      })
      const forged = createMacaroon({ head: derived.head, secret: new Uint8Array(32) })
      expect(await server.deps.network.check(forged, action)).toMatchObject({
        allowed: false,
        reason: 'invalid',
      })
    })

    test('K38/F38 the access log keeps its fields, and a redeemed request counts as approved', async () => {
      const client = await aClient(server)
      const user = await aUser(server)
      const { token } = client.developer
      const { code } = await aCode(server, client, user)
      await redeem(server, client, code)
      const { body: asked } = await request(user.token, asking(client.client_id))
      await consent(user.token, { request_id: asked.request_id, approve: false })
      await request(user.token, asking(client.client_id))

      const logs = await call(server, 'GET', '/api/v0/developer/auth/access-logs?limit=-1', { token })
      expect(logs.status).toBe(200)
      expect(logs.body).toMatchObject({ totalCount: 3, currentPage: 1, hasMore: false })
      expect(Object.keys(logs.body).sort()).toEqual(
        ['logs', 'pageCount', 'currentPage', 'totalCount', 'hasMore', 'limit', 'offset'].sort(),
      )
      expect(logs.body.logs.map((entry: { access_status: string }) => entry.access_status)).toEqual([
        'pending',
        'rejected',
        'approved',
      ])
      const { body: statistics } = await call(
        server,
        'GET',
        '/api/v0/developer/auth/access-logs/statistics',
        {
          token,
        },
      )
      expect(statistics).toEqual({
        total: 3,
        approved: 1,
        pending: 1,
        rejected: 1,
        success_rate: expect.closeTo(33.3, 0),
      })
      const csv = await call(server, 'GET', '/api/v0/developer/auth/access-logs/export', { token })
      expect(csv.text.split(/\r?\n/)[0]).toBe(
        'Timestamp,Client ID,Client Name,Status,Redirect URI,Scopes,Approved Scopes,Rejected Scopes,Rejection Reason',
      )
      expect(csv.headers.get('content-disposition')).toMatch(/access-logs-\d{4}-\d\d-\d\d\.csv/)
    })

    test('K38 the access log is narrowed by status, client and dates, in pages, statistics and CSV alike', async () => {
      const user = await aUser(server)
      const photos = await aClient(server)
      const { developer } = photos
      const films = await aClient(server, { name: 'Films' }, developer)
      const ids = { redeemed: '', rejected: '', waiting: '', ofFilms: '' }
      const { code, request_id } = await aCode(server, photos, user)
      ids.redeemed = request_id
      await redeem(server, photos, code)
      for (const [what, client] of [
        ['rejected', photos],
        ['waiting', photos],
        ['ofFilms', films],
      ] as const) {
        ids[what] = (await request(user.token, asking(client.client_id))).body.request_id
      }
      await consent(user.token, { request_id: ids.rejected, approve: false })
      // Nobody can wait a day for a test: two of them become a day older.
      await rowsOf(
        database(),
        `update authorization_requests set created_at = created_at - 86400
         where id in ('${ids.redeemed}', '${ids.rejected}')`,
      )
      const ago = (hours: number) =>
        encodeURIComponent(new Date(Date.now() - hours * 3_600_000).toISOString())
      const log = (query: string, part = '') =>
        call(server, 'GET', `/api/v0/developer/auth/access-logs${part}?${query}`, { token: developer.token })

      type Entry = keyof typeof ids
      const rows: [query: string, found: Entry[]][] = [
        ['', ['ofFilms', 'waiting', 'rejected', 'redeemed']],
        ['status=0', ['ofFilms', 'waiting']],
        ['status=1', ['redeemed']],
        ['status=2', ['rejected']],
        [`client_id=${photos.client_id}`, ['waiting', 'rejected', 'redeemed']],
        [`client_id=${films.client_id}`, ['ofFilms']],
        [`start_date=${ago(12)}`, ['ofFilms', 'waiting']],
        [`end_date=${ago(12)}`, ['rejected', 'redeemed']],
        [`start_date=${ago(36)}&end_date=${ago(12)}`, ['rejected', 'redeemed']],
        [`start_date=${ago(36)}&end_date=${ago(30)}`, []],
        [`status=2&client_id=${photos.client_id}&end_date=${ago(12)}`, ['rejected']],
        [`status=1&client_id=${films.client_id}`, []],
      ]
      for (const [query, found] of rows) {
        const { status, body } = await log(query)
        expect(status, query).toBe(200)
        // Within a second the order is not told.
        const idsOf = (entries: { id: string }[]) => entries.map(({ id }) => id).sort()
        expect(idsOf(body.logs), query).toEqual(found.map((name) => ids[name]).sort())
        expect(body.totalCount, query).toBe(found.length)
        const statistics = await log(query, '/statistics')
        const approved = found.filter((name) => name === 'redeemed').length
        expect(statistics.body, query).toMatchObject({ total: found.length, approved })
        const csv = await log(query, '/export')
        expect(csv.text.trimEnd().split('\n'), query).toHaveLength(1 + found.length)
      }

      const seen: string[] = []
      for (const page of [1, 2]) {
        const { body } = await log(`limit=3&page=${page}`)
        expect(body).toMatchObject({
          totalCount: 4,
          pageCount: 2,
          currentPage: page,
          limit: 3,
          offset: (page - 1) * 3,
          hasMore: page === 1,
        })
        expect(body.logs).toHaveLength(page === 1 ? 3 : 1)
        seen.push(...body.logs.map(({ id }: { id: string }) => id))
      }
      expect(new Set(seen)).toEqual(new Set(Object.values(ids)))
      const all = await log('limit=-1&page=2')
      expect(all.body).toMatchObject({ totalCount: 4, currentPage: 1, hasMore: false })
      expect(all.body.logs).toHaveLength(4)

      const stranger = await aDeveloper(server)
      const foreign = await call(
        server,
        'GET',
        `/api/v0/developer/auth/access-logs?client_id=${photos.client_id}`,
        { token: stranger.token },
      )
      expect([foreign.status, foreign.body.error]).toEqual([404, 'not_found'])
      for (const bad of ['status=3', 'limit=-2', 'page=0', 'start_date=yesterday']) {
        const { status, body } = await log(bad)
        expect([status, body.error], bad).toEqual([400, 'invalid_request'])
      }
    })

    test('K39/F39 login answers expiresAt and token with a cookie; a wrong password is 401; Bearer works', async () => {
      const developer = await aDeveloper(server)
      const login = (secret: string) =>
        call(server, 'POST', '/api/v0/developer/auth/token', {
          body: { email: developer.email, password: secret },
        })
      const good = await login(password)
      expect(good.status).toBe(200)
      expect(Object.keys(good.body).sort()).toEqual(['expiresAt', 'token'])
      expect(good.headers.get('set-cookie')).toMatch(/^_developer_tokenKey=.*HttpOnly/)
      expect((await login('not the password')).status).toBe(401)
      const account = await call(server, 'GET', '/api/v0/developer/auth/account', { token: good.body.token })
      expect(account.body).toMatchObject({ email: developer.email, fullName: 'Ada Example' })
    })
  })
})

describe('once the time is over', () => {
  test.each(databases.map(([name], at) => [name, at] as const))(
    'K18 a decision gets 400 request_expired, whatever it is (%s)',
    async (_name, at) => {
      const { server, token, request_id, over } = lateOn(at)
      await over
      for (const approve of [true, false]) {
        const { status, body } = await call(server, 'POST', '/api/v0/oauth2/consent', {
          token,
          body: { request_id, approve, approved_scopes: ['read'] },
        })
        expect([status, body.error]).toEqual([400, 'request_expired'])
      }
    },
  )

  test.each(databases.map(([name], at) => [name, at] as const))(
    'K26 a code is code_expired, and gives no API key (%s)',
    async (_name, at) => {
      const { server, client, code, over } = lateOn(at)
      await over
      const { status, body } = await redeem(server, client, code)
      expect([status, body.error]).toEqual([400, 'code_expired'])
      expect(await countOf(databaseOf(server), 'select count(*) as n from api_keys')).toBe(0)
    },
  )
})

/** A request and a code of a server where both live as short as they can, and the time when both are over. */
interface Late {
  readonly server: TestServer
  readonly client: RegisteredClient
  readonly token: string
  readonly request_id: string
  readonly code: string
  readonly over: Promise<void>
}

/** Asks and approves, and lets the time pass while the other tests run. */
async function leaveLying(settings: { database_url?: string }): Promise<Late> {
  const server = await startServer({ ...settings, consent_ttl: '10', code_ttl: '5' })
  const client = await aClient(server)
  const user = await aUser(server)
  const { code } = await aCode(server, client, user)
  const { body } = await call(server, 'POST', '/api/v0/oauth2/request', {
    token: user.token,
    body: { client_id: client.client_id, redirect_uri: redirectUri, scope: ['read'] },
  })
  return { server, client, token: user.token, request_id: body.request_id, code, over: sleep(11_000) }
}
