/**
 * Whether a client, a token or an account is there shows neither
 * in an answer nor in the work behind it. `npm run bench:timing` measures the times themselves.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  addCaveat,
  createMacaroon,
  fullPermission,
  parseAccessGrant,
  restrictAccessGrant,
  serializeAccessGrant,
} from '@valetkey/access-grant'
import { deviceCodeGrant } from '@valetkey/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSealer } from '../../packages/server/src/sealing.ts'
import { openSqlite } from '../../packages/server/src/store/sqlite.ts'
import { openDoor } from '../../packages/server/src/testing/account-door.ts'
import {
  type Answer,
  aClient,
  ask,
  clientsPath,
  redirectUri,
  type TestClient,
} from '../../packages/server/src/testing/people.ts'
import {
  code_challenge,
  code_verifier,
  everyGrantType,
  type Form,
  posted,
  type StandardPath,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { seen, withoutCounts } from './testing/seen.ts'
import { silentRecorder, type Watched, watched } from './testing/watched-store.ts'

let work: Watched<object>
let opened: Watched<object>
let scene: StandardScene
beforeEach(async () => {
  const store = watched(await openSqlite(':memory:'))
  const sealer = watched(createSealer(Buffer.alloc(32, 7), randomBytes))
  work = store
  opened = sealer
  scene = await standardScene({ store: store.it, sealer: sealer.it, recorder: silentRecorder })
})
afterEach(() => scene.close())

/** What each endpoint is asked, by somebody who may not ask. */
const requests: readonly (readonly [StandardPath, Form])[] = [
  [
    '/oauth2/token',
    { grant_type: 'authorization_code', code: 'x'.repeat(43), redirect_uri: redirectUri, code_verifier },
  ],
  ['/oauth2/token', { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) }],
  ['/oauth2/token', { grant_type: deviceCodeGrant, device_code: 'x'.repeat(43) }],
  ['/oauth2/token', { grant_type: 'password' }],
  [
    '/oauth2/par',
    {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'read',
      code_challenge,
      code_challenge_method: 'S256',
    },
  ],
  ['/oauth2/device_authorization', { scope: 'read' }],
  ['/oauth2/revoke', { token: 'x'.repeat(43) }],
  ['/oauth2/introspect', { token: 'x'.repeat(43) }],
]
const endpoints = requests.map(([path, { grant_type = '' }]) => `${path} ${grant_type}`)

/** Clients that fail, each for a cause that only the server's records tell. */
async function failing(): Promise<Readonly<Record<string, TestClient>>> {
  const { app, developer, client } = scene
  const form = { grant_types: everyGrantType }
  const manage = async (method: 'PATCH' | 'POST', path: string, body?: object) => {
    const { status, text } = await ask(app, developer, method, `${clientsPath}/${path}`, body)
    if (status !== 200) throw new Error(text)
  }
  const disabled = await aClient(app, developer, form)
  await manage('PATCH', `${disabled.id}/status`, { status: 0 })
  const retired = await aClient(app, developer, form)
  await manage('POST', `${retired.id}/regenerate-secret`)
  const deleted = await aClient(app, developer, form)
  expect((await ask(app, developer, 'DELETE', `${clientsPath}/${deleted.id}`)).status).toBeLessThan(300)
  const { publicKey } = generateKeyPairSync('ed25519')
  const withKeys = await aClient(app, developer, {
    ...form,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [publicKey.export({ format: 'jwk' })] },
  })
  const open = await aClient(app, developer, {
    ...form,
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  })
  const guessed = `vks_${'x'.repeat(49)}`
  return {
    unknown: { id: '', client_id: '01890000-0000-4000-8000-000000000000', client_secret: guessed },
    'wrong secret': { ...client, client_secret: guessed },
    disabled,
    deleted,
    'expired secret': retired,
    'wrong method: it has a key': { ...withKeys, client_secret: guessed },
    'wrong method: it has nothing': { ...open, client_secret: guessed },
  }
}

describe('clients', () => {
  test.each(endpoints.map((name, at) => [name, at] as const))(
    'attack 47: client enumeration: %s gives all who fail the same answer',
    async (_name, at) => {
      const [path, form] = requests[at] ?? ['/oauth2/token', {}]
      const clients = Object.entries(await failing())
      const answers = new Map<string, Answer>()
      for (const [why, client] of clients) answers.set(why, await scene.post(path, form, client))
      const unknown = answers.get('unknown')
      if (unknown === undefined) throw new Error('nothing to compare with')
      expect([unknown.status, unknown.body.error]).toEqual([401, 'invalid_client'])
      for (const [why, answer] of answers) expect(seen(answer), why).toEqual(seen(unknown))
      // And whoever is known gets another one, so that this compares something.
      expect((await scene.post(path, form)).status).not.toBe(401)
    },
  )

  test('attack 47: client enumeration: a client in client_id, in HTTP Basic or in client_secret is unknown alike', async () => {
    const { unknown, ...others } = await failing()
    const form = { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) }
    const ways = {
      client_secret: async (client: TestClient) =>
        scene.post(
          '/oauth2/token',
          { ...form, client_secret: await scene.assertion({}, {}, client) },
          'nobody',
        ),
      'HTTP Basic': async (client: TestClient) => {
        const jwt = await scene.assertion({}, {}, client)
        const authorization = `Basic ${Buffer.from(`${client.client_id}:${jwt}`).toString('base64')}`
        return posted(scene.app, '/oauth2/token', form, { authorization })
      },
      'client_id alone': (client: TestClient) =>
        scene.post('/oauth2/introspect', { token: 'x', client_id: client.client_id }, 'nobody'),
    }
    for (const [how, send] of Object.entries(ways)) {
      if (unknown === undefined) throw new Error('nothing to compare with')
      const expected = seen(await send(unknown))
      expect(expected.status, how).toBe(401)
      for (const [why, client] of Object.entries(others))
        expect(seen(await send(client)), `${how}: ${why}`).toEqual(expected)
    }
  })

  test.each(endpoints.map((name, at) => [name, at] as const))(
    'attack 48: timing on lookup: behind the answers of %s is the same work, step by step',
    async (_name, at) => {
      const [path, form] = requests[at] ?? ['/oauth2/token', {}]
      const clients = Object.entries(await failing())
      const costs = new Map<string, unknown>()
      for (const [why, client] of clients) {
        work.taken()
        opened.taken()
        const { status } = await scene.post(path, form, client)
        expect(status).toBe(401)
        costs.set(why, [work.taken(), keysOpened()])
      }
      const [store, keys] = costs.get('unknown') as [string[], number]
      expect(store).toHaveLength(1)
      expect(keys).toBe(2)
      for (const [why, cost] of costs) expect(cost, why).toEqual([store, keys])
    },
  )
})

/** How many sealed secrets were opened, decoys among them. */
const keysOpened = () => opened.taken().filter((name) => name === 'open' || name === 'openDecoy').length

describe('attack 49: timing on token hash', () => {
  test('attack 49: timing on token hash: an unknown, expired, used, ended or foreign token is answered after the same work', async () => {
    const other = await aClient(scene.app, scene.developer, { grant_types: everyGrantType })
    const [ended, old] = [await scene.grantedTo(scene.client), await scene.grantedTo(scene.client)]
    await scene.post('/oauth2/revoke', { token: ended.refresh_token })
    // Of the two only the access grant is over after an hour, and the refresh token is used up.
    scene.deps.clock.advance(3700)
    await scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: old.refresh_token })
    const [foreign, own] = [await scene.grantedTo(other), await scene.grantedTo(scene.client)]

    const tokens: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      refresh_token: {
        unknown: randomBytes(32).toString('base64url'),
        used: old.refresh_token,
        ended: ended.refresh_token,
        foreign: foreign.refresh_token,
      },
      access_grant: {
        unknown: withApiKey(own.access_token, ({ caveats }) => {
          const bare = createMacaroon({ head: randomBytes(32), secret: randomBytes(32) })
          return caveats.reduce((key, caveat) => addCaveat(key, caveat), bare)
        }),
        altered: withApiKey(own.access_token, (key) => ({ ...key, tail: randomBytes(32) })),
        expired: old.access_token,
        ended: ended.access_token,
        foreign: foreign.access_token,
        'foreign and narrowed': serializeAccessGrant(
          restrictAccessGrant(parseAccessGrant(foreign.access_token), fullPermission, [], randomBytes(4)),
        ),
      },
    }
    const asked = async (token: string) => {
      work.taken()
      opened.taken()
      const answer = await scene.post('/oauth2/introspect', { token })
      return { answer, work: work.taken(), keys: keysOpened() }
    }
    for (const [kind, all] of Object.entries(tokens)) {
      const { unknown = '', ...others } = all
      const expected = await asked(unknown)
      expect(expected.answer.text).toBe('{"active":false}')
      expect(expected.work.length).toBeGreaterThan(2)
      for (const [why, token] of Object.entries(others)) {
        const it = await asked(token)
        expect(seen(it.answer), `${kind}: ${why}`).toEqual(seen(expected.answer))
        expect([it.work, it.keys], `${kind}: ${why}`).toEqual([expected.work, expected.keys])
      }
      const good = await asked(own[kind])
      expect(good.answer.body.active, kind).toBe(true)
    }
  })
})

function withApiKey(
  access_grant: string,
  change: (
    key: ReturnType<typeof parseAccessGrant>['api_key'],
  ) => ReturnType<typeof parseAccessGrant>['api_key'],
): string {
  const grant = parseAccessGrant(access_grant)
  return serializeAccessGrant({ ...grant, api_key: change(grant.api_key) })
}

describe('attack 50: account enumeration', () => {
  const known = 'ada@example.com'
  const unknown = 'nobody@example.com'

  test.each(['developer', 'user'] as const)(
    'attack 50: account enumeration: signing in, forgetting a password and registering as a %s tell nobody who has an account',
    async (kind) => {
      const passwords = {
        hash: async (password: string) => `hash of ${password}`,
        verify: async (hashed: string | undefined, password: string) => hashed === `hash of ${password}`,
      }
      const hashing = watched(passwords)
      const door = await openDoor(kind, { passwords: hashing.it, settings: { verified_mail: true } })
      await door.ask('POST', '/register', {
        fullName: 'Ada',
        email: known,
        password: 'correct horse battery',
      })
      await door.deps.background.flush()
      const account = await door.deps.store[kind === 'developer' ? 'developers' : 'users'].findByEmail(known)
      const accounts = door.deps.store[kind === 'developer' ? 'developers' : 'users']
      await accounts.setState(account?.id ?? '', 'active')

      const told = async (path: string, body: object) => {
        hashing.taken()
        const { status, headers, body: text } = await door.ask('POST', path, body)
        const { date: _date, 'x-trace-id': trace_id, ...others } = headers
        const words = text
          .replaceAll(String(trace_id), '')
          .replace(/"signupId":"[\w-]{43}"/, '"signupId":"\u2026"')
        return { status, headers: withoutCounts(others), words, hashes: hashing.taken() }
      }
      const alike = async (path: string, form: (email: string) => object) => {
        const expected = await told(path, form(unknown))
        expect(await told(path, form(known)), path).toEqual(expected)
        return expected
      }
      const wrong = await alike('/token', (email) => ({ email, password: 'wrong horse battery' }))
      expect([wrong.status, wrong.hashes]).toEqual([401, ['verify']])
      expect((await alike('/forgot-password', (email) => ({ email }))).status).toBe(200)
      const registered = await alike('/register', (email) => ({
        fullName: 'Eve',
        email,
        password: 'another password',
      }))
      expect([registered.status, registered.words]).toEqual([200, '{"signupId":"\u2026"}'])
      // Only mails differ, and who reads them knows.
      await door.deps.background.flush()
      const right = await told('/token', { email: known, password: 'correct horse battery' })
      expect(right.status).toBe(200)
      await door.close()
    },
  )

  test('attack 50: account enumeration: an app learns nothing of accounts from the authorization endpoint', async () => {
    const { email } = scene.user.account
    const pages: Record<string, string> = {}
    for (const login_hint of [email, unknown]) {
      const url = scene.authorizationUrl({ login_hint, max_age: '1', prompt: 'login' })
      const { statusCode, payload } = await scene.app.inject({
        method: 'GET',
        url,
        headers: { accept: 'text/html' },
      })
      expect(statusCode).toBe(200)
      expect(payload).not.toContain(login_hint)
      pages[login_hint] = payload.replaceAll(/nonce="[^"]+"/g, '')
    }
    expect(pages[email]).toBe(pages[unknown])
  })
})
