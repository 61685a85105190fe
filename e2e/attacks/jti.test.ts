/** Whoever sends a JWT that was sent before, or wants to use up one that is not. */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { assertionOf, claimsOf } from '../../packages/server/src/testing/assertion.ts'
import { aClient as aClientHere, type TestClient } from '../../packages/server/src/testing/people.ts'
import {
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { createDatabase } from '../testing/database.ts'
import { aClient, type TestServer } from '../testing/story.ts'
import { storxRedeem } from './testing/access.ts'
import { issuer, startOneOf } from './testing/servers.ts'

const jtiOf = () => randomBytes(16).toString('hex')

describe('on one server', () => {
  let scene: StandardScene
  beforeEach(async () => {
    scene = await standardScene({ settings: { rate_limits: false } })
  })
  afterEach(() => scene.close())

  const assert = async (client_assertion: string, path = '/oauth2/introspect') => {
    const proof = { client_assertion, client_assertion_type: jwtBearer }
    return (await posted(scene.app, path, { token: 'x', scope: 'read', ...proof })).status
  }

  test('attack 38: jti replay: the same assertion is refused the second time, at whichever endpoint', async () => {
    for (const [first, second] of [
      ['/oauth2/introspect', '/oauth2/introspect'],
      ['/oauth2/introspect', '/oauth2/device_authorization'],
      ['/oauth2/revoke', '/oauth2/introspect'],
    ]) {
      const jwt = await scene.assertion()
      expect([await assert(jwt, first), await assert(jwt, second)]).toEqual([200, 401])
    }
  })

  test('attack 38: jti replay: another JWT with the same jti is refused as well', async () => {
    const jti = jtiOf()
    expect(await assert(await scene.assertion({ jti }))).toBe(200)
    scene.deps.clock.advance(20)
    expect(await assert(await scene.assertion({ jti }))).toBe(401)
  })

  test('attack 38: jti replay: until the assertion has expired, the clocks\u2019 difference included', async () => {
    const jwt = await scene.assertion()
    expect(await assert(jwt)).toBe(200)
    for (let second = 0; second < 95; second += 5) {
      scene.deps.clock.advance(5)
      await scene.deps.store.sweep(scene.deps.clock.now())
      expect(await assert(jwt)).toBe(401)
    }
  })

  test('attack 38: jti replay: of twenty at once one is let in', async () => {
    const jwt = await scene.assertion()
    const statuses = await Promise.all(Array.from({ length: 20 }, () => assert(jwt)))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  // The contract's clients send one JWT until it expires; only one with a jti counts once.
  test('attack 38: jti replay: a StorX JWT with a jti counts once, without one until it expires', async () => {
    const { client_id, client_secret } = scene.client
    const jwt = (claims: object) =>
      new SignJWT({ client_id, exp: scene.deps.clock.now() + 60, ...claims })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from(client_secret))
    const send = async (secret: string) =>
      (await storxRedeem(scene, 'x'.repeat(43), { client_secret: secret })).status
    const once = await jwt({ jti: 'one' })
    expect([await send(once), await send(once)]).toEqual([400, 401])
    const often = await jwt({})
    expect([await send(often), await send(often)]).toEqual([400, 400])
  })

  describe('attack 39: jti burning', () => {
    const strangers: [string, (jti: string) => Promise<string>][] = [
      [
        'a wrong signature',
        (jti) => scene.assertion({ jti }, {}, { ...scene.client, client_secret: 'guessed'.repeat(8) }),
      ],
      [
        'no signature',
        async (jti) => `${(await scene.assertion({ jti })).split('.').slice(0, 2).join('.')}.`,
      ],
      [
        'an expiry long ago',
        (jti) =>
          scene.assertion({ jti, iat: scene.deps.clock.now() - 200, exp: scene.deps.clock.now() - 100 }),
      ],
      [
        'another client\u2019s signature',
        async (jti) => {
          const other = await aClientHere(scene.app, scene.developer)
          return scene.assertion({ jti }, {}, { ...scene.client, client_secret: other.client_secret })
        },
      ],
    ]

    test.each(strangers)(
      'attack 39: jti burning: the jti in a JWT with %s is still its client\u2019s to use',
      async (_what, forge) => {
        const jti = jtiOf()
        for (const path of ['/oauth2/token', '/oauth2/par', '/oauth2/revoke', '/oauth2/introspect']) {
          const form = {
            grant_type: 'authorization_code',
            code: 'x',
            redirect_uri: 'x',
            client_assertion: await forge(jti),
            client_assertion_type: jwtBearer,
            token: 'x',
          }
          expect((await posted(scene.app, path, form)).status).toBe(401)
        }
        expect(await assert(await scene.assertion({ jti }))).toBe(200)
      },
    )

    test('attack 39: jti burning: nor does one in the StorX dialect burn it', async () => {
      const jti = jtiOf()
      const { client_id } = scene.client
      const forged = await new SignJWT({ client_id, exp: scene.deps.clock.now() + 60, jti })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from('guessed'.repeat(8)))
      expect((await storxRedeem(scene, 'x', { client_secret: forged })).status).toBe(401)
      expect(await assert(await scene.assertion({ jti }))).toBe(200)
    })
  })

  test('attack 40: jti across clients and profiles: the same jti of two clients is two', async () => {
    const other: TestClient = await aClientHere(scene.app, scene.developer)
    const jti = jtiOf()
    expect(await assert(await scene.assertion({ jti }))).toBe(200)
    expect(await assert(await scene.assertion({ jti }, {}, other))).toBe(200)
    expect(await assert(await scene.assertion({ jti }, {}, other))).toBe(401)
  })

  // RFC 7519 §4.1.7: a jti is one of its kind. What a client numbers twice in two profiles it has sent twice.
  test('attack 40: jti across clients and profiles: of one client it counts once, whichever profile its JWT has', async () => {
    const { client_id, client_secret } = scene.client
    const storx = (jti: string) =>
      new SignJWT({ client_id, exp: scene.deps.clock.now() + 60, jti })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from(client_secret))
    const send = async (jti: string) =>
      (await storxRedeem(scene, 'x'.repeat(43), { client_secret: await storx(jti) })).status
    const [first, second] = [jtiOf(), jtiOf()]
    expect(await assert(await scene.assertion({ jti: first }))).toBe(200)
    expect([await send(first), await send(second)]).toEqual([401, 400])
    expect(await assert(await scene.assertion({ jti: second }))).toBe(401)
  })
})

describe('on several servers', () => {
  const assert = async ({ url }: TestServer, client_assertion: string) => {
    const body = new URLSearchParams({ token: 'x', client_assertion, client_assertion_type: jwtBearer })
    return (await fetch(`${url}/oauth2/introspect`, { method: 'POST', body })).status
  }

  test.each(['sqlite', 'postgres'])(
    'attack 38: jti replay: after a restart the assertion is still used up: %s',
    { timeout: 60_000 },
    async (kind) => {
      const data = mkdtempSync(join(tmpdir(), 'valetkey-jti-'))
      const settings = { data, ...(kind === 'postgres' ? { database_url: await createDatabase() } : {}) }
      try {
        const before = await startOneOf(settings)
        const client = await aClient(before)
        const jwt = await assertionOf(client, claimsOf(client.client_id, { issuer }))
        expect(await assert(before, jwt)).toBe(200)
        await before.stop()
        const after = await startOneOf(settings)
        expect(await assert(after, jwt)).toBe(401)
        expect(await assert(after, await assertionOf(client, claimsOf(client.client_id, { issuer })))).toBe(
          200,
        )
        await after.stop()
      } finally {
        rmSync(data, { recursive: true, force: true })
      }
    },
  )

  test('attack 38: jti replay: two servers on one database let one of twenty in', {
    timeout: 60_000,
  }, async () => {
    const data = mkdtempSync(join(tmpdir(), 'valetkey-jti-'))
    const settings = { data, database_url: await createDatabase() }
    const servers: TestServer[] = []
    try {
      // One after the other: the first makes the master key and the tables.
      for (let n = 0; n < 2; n++) servers.push(await startOneOf(settings))
      const [first] = servers
      if (first === undefined) throw new Error('no server')
      const client = await aClient(first)
      for (let round = 0; round < 5; round++) {
        const jwt = await assertionOf(client, claimsOf(client.client_id, { issuer }))
        const statuses = await Promise.all(
          Array.from({ length: 20 }, (_, n) => assert(servers[n % 2] ?? first, jwt)),
        )
        expect(statuses.filter((status) => status === 200)).toHaveLength(1)
        expect(statuses.filter((status) => status === 401)).toHaveLength(19)
      }
    } finally {
      for (const server of servers) await server.stop()
      rmSync(data, { recursive: true, force: true })
    }
  })
})
