/**
 * Assertions from before, too long-lived, of other clocks, and for
 * others.
 */
import { generateKeyPairSync, hash } from 'node:crypto'
import { SignJWT } from 'jose'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../../packages/server/src/app.ts'
import { migrate, migrations, released } from '../../packages/server/src/store/migrations/migrate.ts'
import { connectPostgres, openPostgres } from '../../packages/server/src/store/postgres.ts'
import { assertionOf, claimsOf } from '../../packages/server/src/testing/assertion.ts'
import type { Answer } from '../../packages/server/src/testing/people.ts'
import {
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { createDatabase } from '../testing/database.ts'
import { aClient, startServer } from '../testing/story.ts'
import { seen } from './testing/seen.ts'
import { startAhead } from './testing/servers.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const nobody = '01890000-0000-4000-8000-000000000000'

/** Asks for nothing but to be known, with this assertion. */
const known = (client_assertion: string, to = scene): Promise<Answer> =>
  posted(to.app, '/oauth2/introspect', { token: 'x', client_assertion, client_assertion_type: jwtBearer })
/** The same with a JWT of `client_id` and `exp` in `client_secret`, at the token endpoint. */
const knownStorx = async (claims: object): Promise<Answer> =>
  posted(scene.app, '/oauth2/token', {
    grant_type: 'refresh_token',
    refresh_token: 'x'.repeat(43),
    client_id: scene.client.client_id,
    client_secret: await storxJwt(claims),
  })
const storxJwt = (claims: object = {}): Promise<string> => {
  const { client_id } = scene.client
  return assertionOf(scene.client, { client_id, exp: scene.deps.clock.now() + 60, ...claims })
}

const refusedAs = ({ status, body }: Answer) => [status, body.error, body.error_description]

describe('attack 41: replay gap at upgrade', () => {
  test('attack 41: replay gap at upgrade: an assertion that release 0.1.0 accepted is refused after the upgrade', async () => {
    const database_url = await createDatabase()
    const old = connectPostgres({ connectionString: database_url, max: 1 })
    const upTo = migrations.findIndex(({ name }) => name === released['0.1.0'])
    await migrate(old, undefined, migrations.slice(0, upTo + 1))
    const { id, client_id } = scene.client
    const client = await scene.deps.store.clients.find(id)
    const [secret] = await scene.deps.store.clients.secrets(id)
    const { developer_id = '' } = client ?? {}
    const [before, beside] = ['shown-to-the-old-server-0', 'shown-to-the-old-server-1']
    const exp = scene.deps.clock.now() + 60
    const database = new pg.Client({ connectionString: database_url })
    await database.connect()
    const mark = (jti: string) =>
      database.query('insert into replay_marks (mark, expires_at) values ($1, $2)', [
        markOf(client_id, jti),
        exp + 30,
      ])
    await database.query(
      `insert into developers (id, email, full_name, company_name, password_hash, state, created_at)
       values ($1, 'ada@people.example', 'Ada', '', 'none', 'active', 0)`,
      [developer_id],
    )
    await database.query(
      `insert into clients (id, developer_id, client_id, name, description, redirect_uris, scopes, state,
         storx_profile, created_at, updated_at)
       values ($1, $2, $3, 'Photos', '', '["https://photos.example/callback"]', '[]', 'active', 1, 0, 0)`,
      [id, developer_id, client_id],
    )
    await database.query(
      `insert into client_secrets (id, client_row_id, sealed_secret, created_at) values ($1, $2, $3, 0)`,
      [secret?.id, id, secret?.sealed_secret],
    )
    await mark(before)

    const upgraded = await openPostgres(database_url)
    const app = await buildApp({ ...scene.deps, store: upgraded })
    // While servers are replaced one by one, the old one goes on.
    await mark(beside)
    await database.end()
    await old.destroy()
    const onNew = async (jti: string) => knownOn(app, await scene.assertion({ jti, exp }))
    expect((await onNew('never-shown-to-anybody')).status).toBe(200)
    for (const jti of [before, beside]) expect((await onNew(jti)).status, jti).toBe(401)
    await app.close()
    await upgraded.close()
  })

  test('attack 41: replay gap at upgrade: what one server accepted, the server that replaces it refuses', async () => {
    const database_url = await createDatabase()
    const assertion = await scene.assertion()
    const [first, second] = [await openPostgres(database_url), await openPostgres(database_url)]
    const account = await scene.deps.store.developers.find(scene.developer.account.id)
    const client = await scene.deps.store.clients.find(scene.client.id)
    const [secret] = await scene.deps.store.clients.secrets(scene.client.id)
    if (account === undefined || client === undefined) throw new Error('the scene has both')
    await first.developers.add(account)
    await first.clients.add(client, secret)
    const older = await buildApp({ ...scene.deps, store: first })
    expect((await knownOn(older, assertion)).status).toBe(200)
    await older.close()
    await first.close()
    const newer = await buildApp({ ...scene.deps, store: second })
    expect((await knownOn(newer, assertion)).status).toBe(401)
    expect((await knownOn(newer, await scene.assertion())).status).toBe(200)
    await newer.close()
    await second.close()
  })
})

/** As release 0.1.0 writes it: one short text for a client and its `jti`. */
const markOf = (client_id: string, jti: string) =>
  hash('sha256', JSON.stringify([client_id, jti]), 'base64url')
const knownOn = (app: StandardScene['app'], client_assertion: string) =>
  posted(app, '/oauth2/introspect', { token: 'x', client_assertion, client_assertion_type: jwtBearer })

test('attack 42: assertion too long-lived: exp counts at most 300 seconds ahead, and it says what is wrong', async () => {
  const now = scene.deps.clock.now()
  const withExp = async (exp: unknown) => known(await scene.assertion({ exp }))
  // A clock may be wrong by 30 seconds: the limit is where no clock within that makes it 300.
  expect((await withExp(now + 330)).status).toBe(200)
  for (const [exp, words] of [
    [now + 331, 'exp of the JWT in client_assertion lies 331 s ahead; at most 300 s is allowed.'],
    [
      now + 10 * 365 * 86_400,
      /^exp of the JWT in client_assertion lies .* ahead; at most 300 s is allowed\.$/,
    ],
    [undefined, 'exp of the JWT in client_assertion is missing (exp_not_found).'],
    [(now + 60) * 1000, 'exp of the JWT in client_assertion is in milliseconds; it counts seconds.'],
    ['tomorrow', 'exp of the JWT in client_assertion is not a number of epoch seconds.'],
    [String(now + 60), 'exp of the JWT in client_assertion is not a number of epoch seconds.'],
  ] as const) {
    const [status, error, description] = refusedAs(await withExp(exp))
    expect([status, error], String(exp)).toEqual([401, 'invalid_client'])
    if (typeof words === 'string') expect(description).toBe(words)
    else expect(description).toMatch(words)
  }
})

test('attack 42: assertion too long-lived: in the StorX profile exp counts at most 1800 seconds ahead', async () => {
  const now = scene.deps.clock.now()
  expect((await knownStorx({ exp: now + 1830 })).body.error).toBe('invalid_grant')
  for (const exp of [now + 1831, now + 10 * 365 * 86_400, undefined, (now + 60) * 1000]) {
    const { status, body } = await knownStorx({ exp })
    expect([status, body.error], String(exp)).toEqual([401, 'invalid_client'])
    expect(body.error_description).toMatch(
      /^exp of the JWT in client_secret (lies|is missing|is in milliseconds)/,
    )
  }
})

test('attack 43: clock skew: clocks may differ by 30 seconds both ways, and not by more', async () => {
  const now = scene.deps.clock.now()
  const answers = async (claims: object) => (await known(await scene.assertion(claims))).status
  for (const ahead of [8, 29, 30]) {
    expect(await answers({ iat: now + ahead, exp: now + ahead + 60 }), `iat +${ahead}`).toBe(200)
    expect(await answers({ nbf: now + ahead }), `nbf +${ahead}`).toBe(200)
  }
  for (const ahead of [31, 61]) {
    const { status, body } = await known(await scene.assertion({ iat: now + ahead, exp: now + ahead + 60 }))
    expect([status, body.error_description]).toEqual([
      401,
      expect.stringMatching(/^iat of the JWT in client_assertion lies .* ahead\.$/),
    ])
    expect(await answers({ nbf: now + ahead }), `nbf +${ahead}`).toBe(401)
  }
  const ended = (ago: number) => answers({ iat: now - 100, exp: now - ago })
  for (const ago of [9, 11, 29]) expect(await ended(ago), `exp -${ago}`).toBe(200)
  for (const ago of [31, 61]) expect(await ended(ago), `exp -${ago}`).toBe(401)
  // Whatever the client thinks of the time, the server's clock goes on.
  const kept = await scene.assertion()
  scene.deps.clock.advance(60 + 31)
  expect((await known(kept)).body.error_description).toBe('The JWT in client_assertion expired 31 s ago.')
})

test('attack 43: clock skew: a server whose own clock is 20 seconds off understands everybody, one that is 50 seconds off nobody who is ahead of it', {
  timeout: 60_000,
}, async () => {
  const database_url = await createDatabase()
  const server = await startServer({ database_url })
  try {
    const client = await aClient(server)
    const answer = async (url: string): Promise<readonly [number, string]> => {
      const client_assertion = await assertionOf(client, claimsOf(client.client_id, { issuer: url }))
      const body = new URLSearchParams({ token: 'x', client_assertion, client_assertion_type: jwtBearer })
      const response = await fetch(`${url}/oauth2/introspect`, { method: 'POST', body })
      return [response.status, await response.text()]
    }
    expect((await answer(server.url))[0]).toBe(200)
    for (const [seconds, told] of [
      [20, '"active":false'],
      [-20, '"active":false'],
      [-50, 'iat of the JWT in client_assertion lies'],
      [120, 'The JWT in client_assertion expired'],
    ] as const) {
      const shifted = await startAhead(seconds, { data: server.data, database_url, rate_limits: 'off' })
      try {
        const [status, text] = await answer(shifted.url)
        expect([status, text], `${seconds} seconds`).toEqual([
          told.startsWith('"') ? 200 : 401,
          expect.stringContaining(told),
        ])
      } finally {
        await shifted.kill()
      }
    }
  } finally {
    await server.stop()
  }
})

test('attack 44: audience injection: aud is our issuer, alone and letter by letter', async () => {
  const issuer = scene.deps.settings.public_url
  for (const aud of [issuer, [issuer]]) expect((await known(await scene.assertion({ aud }))).status).toBe(200)
  const wrong: readonly unknown[] = [
    `${issuer}/oauth2/token`,
    `${issuer}/oauth2/par`,
    `${issuer}/`,
    issuer.toUpperCase(),
    issuer.replace('valetkey', 'VALETKEY'),
    issuer.replace('https', 'http'),
    `${issuer}:443`,
    ` ${issuer}`,
    'https://other.example',
    [issuer, 'https://other.example'],
    ['https://other.example', issuer],
    [issuer, issuer],
    [[issuer]],
    [],
    { [issuer]: true },
    5,
    null,
    '',
    undefined,
  ]
  for (const aud of wrong) {
    const answer = await known(await scene.assertion({ aud }))
    expect(refusedAs(answer), JSON.stringify(aud)).toEqual([
      401,
      'invalid_client',
      `aud of the JWT in client_assertion must be ${issuer} alone.`,
    ])
  }
  // It was meant for others, so it is none of theirs that an audience here is known by.
  const invented = await scene.assertion({ aud: 'https://other.example', iss: nobody, sub: nobody })
  const ours = await scene.assertion({ aud: 'https://other.example' })
  expect(seen(await known(invented))).toEqual(seen(await known(ours)))
})

test('attack 45: assertion cross-use: a JWT that was made for something else proves nothing', async () => {
  const { client_id } = scene.client
  const issuer = scene.deps.settings.public_url
  const now = scene.deps.clock.now()
  const times = { iat: now, exp: now + 60, jti: 'a-jti-that-is-long-enough' }
  const user = scene.user.account.id
  const { access_token } = (await scene.granted()).body
  const dpop = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signed = (claims: object, header: object = {}) =>
    assertionOf(scene.client, { ...times, ...claims }, header)
  const good = { iss: client_id, sub: client_id, aud: issuer }
  const others: Readonly<Record<string, string>> = {
    'an ID token for this client': await signed({ iss: issuer, sub: user, aud: client_id, nonce: 'n' }),
    'an ID token of the client itself': await signed({ iss: client_id, sub: user, aud: issuer }),
    'a DPoP proof': await new SignJWT({ htm: 'POST', htu: `${issuer}/oauth2/token`, ...times })
      .setProtectedHeader({
        alg: 'ES256',
        typ: 'dpop+jwt',
        jwk: { ...dpop.publicKey.export({ format: 'jwk' }) },
      })
      .sign(dpop.privateKey),
    'a DPoP proof with the claims of an assertion': await signed(good, { typ: 'dpop+jwt' }),
    'a JWT access token': await signed({ ...good, client_id, scope: 'read' }, { typ: 'at+jwt' }),
    'a logout token': await signed(
      { ...good, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
      { typ: 'logout+jwt' },
    ),
    'a JWT of the StorX profile': await storxJwt(),
    'our own access grant': access_token,
  }
  for (const [what, jwt] of Object.entries(others)) {
    const { status, body } = await known(jwt)
    expect([status, body.error], what).toEqual([401, 'invalid_client'])
  }
  for (const typ of [undefined, 'JWT', 'client-authentication+jwt'])
    expect((await known(await scene.assertion({}, { typ }))).status, typ).toBe(200)
})
