/** What fails, fails closed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { deviceCodeGrant } from '@valetkey/protocol'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { buildApp } from '../../packages/server/src/app.ts'
import { openPostgres } from '../../packages/server/src/store/postgres.ts'
import { openSqlite } from '../../packages/server/src/store/sqlite.ts'
import { type Store, StoreUnavailable } from '../../packages/server/src/store/store.ts'
import {
  type Answer,
  aClient,
  ask,
  clientsPath,
  redirectUri,
  type TestClient,
} from '../../packages/server/src/testing/people.ts'
import {
  everyGrantType,
  type Form,
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { losableDatabase } from './testing/lost-database.ts'
import { seen } from './testing/seen.ts'
import { withMethod } from './testing/watched-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-faults-'))
let file: string
let scene: StandardScene
let files = 0
beforeEach(async () => {
  file = join(folder, `${files++}.db`)
  scene = await standardScene({ store: await openSqlite(file) })
})
afterEach(async () => {
  await scene.close()
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
})

/** Beside the server, as whoever has the database. */
function inDatabase(...statements: string[]): Record<string, unknown>[] {
  const database = new DatabaseSync(file)
  try {
    return statements.flatMap((statement) => database.prepare(statement).all())
  } finally {
    database.close()
  }
}
const grantsOf = (state = 'active') =>
  Number(inDatabase(`select count(*) as n from grants where state = '${state}'`)[0]?.n)
const keys = () => Number(inDatabase('select count(*) as n from api_keys where revoked_at is null')[0]?.n)

/** A form of the client to a server whose store is this one. */
async function through(store: Store, form: Form, of = scene): Promise<Answer> {
  const app = await buildApp({ ...of.deps, store })
  const proof = { client_assertion: await of.assertion(), client_assertion_type: jwtBearer }
  const answer = await posted(app, '/oauth2/token', { ...proof, ...form })
  await app.close()
  return answer
}
const expectUnavailable = ({ status, headers, body }: Answer) => {
  expect([status, body.error]).toEqual([503, 'temporarily_unavailable'])
  expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  expect(Object.keys(body).sort()).toEqual(['error', 'error_description', 'error_uri', 'trace_id'])
}

describe('attack 76: ciphertext swap', () => {
  const swap = (table: string, one: string, other: string) => {
    const [first, second] = [one, other].map(
      (id) => inDatabase(`select sealed_secret from ${table} where id = '${id}'`)[0]?.sealed_secret,
    )
    inDatabase(
      `update ${table} set sealed_secret = '${String(second)}' where id = '${one}'`,
      `update ${table} set sealed_secret = '${String(first)}' where id = '${other}'`,
    )
  }

  test('attack 76: ciphertext swap: with the sealed secrets of two clients exchanged neither gets in, and the log says so', async () => {
    const other = await aClient(scene.app, scene.developer, { grant_types: everyGrantType })
    const ids = await Promise.all(
      [scene.client, other].map(async ({ id }) => (await scene.deps.store.clients.secrets(id))[0]?.id ?? ''),
    )
    const ask = (as: TestClient) => scene.post('/oauth2/introspect', { token: 'x' }, as)
    for (const client of [scene.client, other]) expect((await ask(client)).status).toBe(200)
    swap('client_secrets', ids[0] ?? '', ids[1] ?? '')
    const crossed = [
      { ...scene.client, client_secret: other.client_secret },
      { ...other, client_secret: scene.client.client_secret },
    ]
    const before = scene.deps.logLines.length
    for (const client of [scene.client, other, ...crossed]) expectUnavailable(await ask(client))
    const alarms = scene.deps.logLines
      .slice(before)
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'request_failed')
    expect(alarms.map(({ level, reason }) => [level, reason])).toEqual(
      Array.from({ length: 4 }, () => ['error', 'secret_unreadable']),
    )
    for (const { client_secret } of [scene.client, other])
      expect(JSON.stringify(alarms)).not.toContain(client_secret)
    swap('client_secrets', ids[0] ?? '', ids[1] ?? '')
    expect((await ask(scene.client)).status).toBe(200)
  })

  test('attack 76: ciphertext swap: nor do two grants whose keys were exchanged, or a secret in the place of a key', async () => {
    const [one, two] = [await scene.grantedTo(scene.client), await scene.grantedTo(scene.client)]
    const rows = inDatabase('select id, sealed_secret from api_keys order by id').map(({ id }) => String(id))
    swap('api_keys', rows[0] ?? '', rows[1] ?? '')
    for (const { access_token, refresh_token } of [one, two]) {
      expectUnavailable(await scene.post('/oauth2/introspect', { token: access_token }))
      expectUnavailable(await scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token }))
    }
    swap('api_keys', rows[0] ?? '', rows[1] ?? '')
    inDatabase(
      `update client_secrets set sealed_secret = (select sealed_secret from api_keys where id = '${rows[0]}')`,
    )
    expectUnavailable(await scene.post('/oauth2/introspect', { token: 'x' }))
  })
})

describe('attack 77: store failure', () => {
  const away = () => Promise.reject(new StoreUnavailable('the database is away'))

  test.each<[string, (store: Store) => Store]>([
    ['before the redemption', (store) => withMethod(store, 'codes', { read: away })],
    ['at the mark of the assertion', (store) => withMethod(store, 'replays', { mark: away })],
    ['at the redemption itself', (store) => withMethod(store, 'codes', { redeem: away })],
  ])(
    'attack 77: store failure: %s it is 503, nothing is recorded, and the code is still good',
    async (_when, faulty) => {
      const { store } = scene.deps
      const form = await scene.redeemable()
      expectUnavailable(await through(faulty(store), form))
      expect([grantsOf(), keys()]).toEqual([0, 0])
      expect((await through(store, form)).status).toBe(200)
      expect([grantsOf(), keys()]).toEqual([1, 1])
    },
  )

  test('attack 77: store failure: when the redemption is recorded and its answer lost, it is 503, and a second try ends what nobody received', async () => {
    const { store, network } = scene.deps
    const form = await scene.redeemable()
    const lost = withMethod(store, 'codes', {
      redeem: async (redemption) => {
        expect(await store.codes.redeem(redemption)).toBe(true)
        return away()
      },
    })
    const answer = await through(lost, form)
    expectUnavailable(answer)
    expect(answer.text).not.toContain('access_token')
    // Recorded, so its user sees it and can end it.
    expect([grantsOf(), keys()]).toEqual([1, 1])
    const listed = await ask(scene.app, scene.user, 'GET', '/api/v0/auth/developer-access')
    expect(listed.body).toMatchObject([{ client_id: scene.client.client_id, is_active: true }])
    const again = await through(store, form)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
    expect([grantsOf(), keys()]).toEqual([0, 0])
    expect(await network.projectsOf(scene.user.account.id)).toHaveLength(1)
  })

  test('attack 77: store failure: a refresh that could not be recorded, or whose answer was lost, is had again', async () => {
    const { store } = scene.deps
    const { refresh_token } = await scene.grantedTo(scene.client)
    const form = { grant_type: 'refresh_token', refresh_token }
    for (const faulty of [
      withMethod(store, 'refreshTokens', { rotate: away }),
      withMethod(store, 'replays', { mark: away }),
      withMethod(store, 'refreshTokens', {
        rotate: async (...given) => {
          await store.refreshTokens.rotate(...given)
          return away()
        },
      }),
    ])
      expectUnavailable(await through(faulty, form))
    const { status, body } = await through(store, form)
    expect(status).toBe(200)
    expect((await through(store, { ...form, refresh_token: body.refresh_token })).status).toBe(200)
    expect([grantsOf(), keys()]).toEqual([1, 1])
  })

  test('attack 77: store failure: PostgreSQL goes away before and during a redemption; once it is back the code is redeemed, once', {
    timeout: 60_000,
  }, async () => {
    const database = await losableDatabase()
    const store = await openPostgres(database.url)
    const other = await standardScene({ store })
    const back = () => vi.waitFor(() => store.ready(), { timeout: 15_000 })
    const [before, during] = [await other.redeemable(), await other.redeemable()]
    await database.lose()
    expectUnavailable(await through(store, before, other))
    await database.find()
    await back()
    const losing = withMethod(store, 'codes', {
      redeem: async (redemption) => {
        await database.lose()
        return store.codes.redeem(redemption)
      },
    })
    expectUnavailable(await through(losing, during, other))
    await database.find()
    await back()
    for (const form of [before, during]) {
      const { status, body, text } = await through(store, form, other)
      expect(status, text).toBe(200)
      expect((await other.post('/oauth2/introspect', { token: body.access_token })).body.active).toBe(true)
    }
    const listed = await ask(other.app, other.user, 'GET', '/api/v0/auth/developer-access')
    expect(listed.body).toHaveLength(1)
    await other.deps.recorder.flush().catch(() => undefined)
    await other.close()
  })
})

describe('attack 79: disabled client', () => {
  const switchOff = (how: 'disabled' | 'deleted') =>
    how === 'disabled'
      ? ask(scene.app, scene.developer, 'PATCH', `${clientsPath}/${scene.client.id}/status`, { status: 0 })
      : ask(scene.app, scene.developer, 'DELETE', `${clientsPath}/${scene.client.id}`)
  const nobody = { id: '', client_id: '01890000-0000-4000-8000-000000000000', client_secret: 'x'.repeat(53) }

  test.each(['disabled', 'deleted'] as const)(
    'attack 79: disabled client: one that is %s between consent and token is unknown, and gets nothing',
    async (how) => {
      const form = await scene.redeemable()
      const device = (await scene.post('/oauth2/device_authorization', { scope: 'read' })).body
      await scene.browser.decideForDevice(device.user_code)
      const { refresh_token, access_token } = await scene.grantedTo(scene.client)
      expect((await switchOff(how)).status).toBe(how === 'deleted' ? 204 : 200)
      const forms = [
        form,
        { grant_type: deviceCodeGrant, device_code: device.device_code },
        { grant_type: 'refresh_token', refresh_token },
      ]
      for (const sent of forms) {
        const refused = await scene.post('/oauth2/token', sent)
        expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
        expect(seen(refused)).toEqual(seen(await scene.post('/oauth2/token', sent, nobody)))
      }
      expect([grantsOf(), keys()]).toEqual([0, 0])
      const { parameters } = await scene.browser
        .decide(scene.authorizationUrl())
        .catch(() => ({ parameters: undefined }))
      expect(parameters).toBe(undefined)
      if (how === 'deleted') return
      // Switched on again, what was approved before stays ended.
      await ask(scene.app, scene.developer, 'PATCH', `${clientsPath}/${scene.client.id}/status`, {
        status: 1,
      })
      for (const sent of forms)
        expect((await scene.post('/oauth2/token', sent)).body.error).toBe('invalid_grant')
      expect((await scene.post('/oauth2/introspect', { token: access_token })).body).toEqual({
        active: false,
      })
    },
  )

  test('attack 79: disabled client: in the StorX dialect, too', async () => {
    const { client_id } = scene.client
    const scope = ['read']
    const { request_id } = (
      await ask(scene.app, scene.user, 'POST', '/api/v0/oauth2/request', {
        client_id,
        redirect_uri: redirectUri,
        scope,
      })
    ).body
    const decision = { request_id, approve: true, approved_scopes: scope, rejected_scopes: [] }
    const { code } = (await ask(scene.app, scene.user, 'POST', '/api/v0/oauth2/consent', decision)).body
    await switchOff('disabled')
    const form = {
      client_id,
      client_secret: await scene.assertion(),
      redirect_uri: redirectUri,
      code,
      passphrase: '',
    }
    expect((await ask(scene.app, undefined, 'POST', '/api/v0/oauth2/token', form)).status).toBe(401)
    expect([grantsOf(), keys()]).toEqual([0, 0])
  })
})

describe('attack 80: deleted user or bucket', () => {
  test('attack 80: deleted user or bucket: with its project gone between consent and token a code opens nothing', async () => {
    const form = await scene.redeemable()
    const device = (await scene.post('/oauth2/device_authorization', { scope: 'read' })).body
    await scene.browser.decideForDevice(device.user_code)
    inDatabase('pragma foreign_keys = off', 'delete from projects')
    for (const sent of [form, { grant_type: deviceCodeGrant, device_code: device.device_code }]) {
      const { status, body } = await scene.post('/oauth2/token', sent)
      expect([status, body.error]).toEqual([400, 'invalid_grant'])
    }
    expect([grantsOf(), keys()]).toEqual([0, 0])
  })

  test.each(['deleted', 'suspended'] as const)(
    'attack 80: deleted user or bucket: with its user %s between consent and token a code opens nothing, and nothing is refreshed',
    async (state) => {
      const form = await scene.redeemable()
      const { refresh_token } = await scene.grantedTo(scene.client)
      await scene.deps.store.users.setState(scene.user.account.id, state)
      const redeemed = await scene.post('/oauth2/token', form)
      expect([redeemed.status, redeemed.body.error]).toEqual([400, 'invalid_grant'])
      const refreshed = await scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token })
      expect([refreshed.status, refreshed.body.error]).toEqual([400, 'invalid_grant'])
    },
  )
})
