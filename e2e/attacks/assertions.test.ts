/** What strangers put into the header, the claims and the letters of a JWT. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createClientKeys } from '../../packages/server/src/client-keys.ts'
import { openSqlite } from '../../packages/server/src/store/sqlite.ts'
import { aClient, type TestClient } from '../../packages/server/src/testing/people.ts'
import { type StandardScene, standardScene } from '../../packages/server/src/testing/standard-scene.ts'
import { expectRefused, type Forge, handmade, mac, presented, rightClaims } from './testing/handmade.ts'

/** Listens, and counts who comes: nobody may. */
const listener = createServer()
let connections = 0
listener.on('connection', (socket) => {
  connections += 1
  socket.destroy()
})
let elsewhere = ''
/** A file that its reader would take for a key. */
const folder = mkdtempSync(join(tmpdir(), 'valetkey-kid-'))
const keyFile = join(folder, 'key')
const keyInFile = 'k'.repeat(64)

const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const es256 =
  (key = signer.privateKey) =>
  (signed: string) =>
    sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')

/** What the store was asked with, and what was fetched. */
let asked: string[] = []
let fetched: string[] = []
let scene: StandardScene
/** Its keys are at an address of its own. */
let keyClient: TestClient

beforeAll(async () => {
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  elsewhere = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/key`
  writeFileSync(keyFile, keyInFile)
})
afterAll(() => {
  listener.close()
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  const store = watched(await openSqlite(':memory:'), (args) => void asked.push(JSON.stringify(args)))
  const jwks = JSON.stringify({ keys: [{ ...signer.publicKey.export({ format: 'jwk' }), kid: 'known' }] })
  const fetcher = async (url: string) => {
    fetched.push(url)
    return jwks
  }
  const clientKeys = createClientKeys(fetcher, { now: () => 0, nowMs: () => 0 })
  scene = await standardScene({ store, clientKeys, settings: { rate_limits: false } })
  keyClient = await aClient(scene.app, scene.developer, {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: 'https://keys.example/jwks.json',
  })
  asked = []
  fetched = []
})
afterEach(async () => {
  expect(connections).toBe(0)
  await scene.close()
})

/** The same object, where every call is told with its arguments. */
function watched<T extends object>(target: T, told: (args: unknown[]) => void): T {
  return new Proxy(target, {
    get(inner, name) {
      const value: unknown = Reflect.get(inner, name)
      if (typeof value === 'object' && value !== null) return watched(value, told)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        told(args)
        return Reflect.apply(value, inner, args)
      }
    },
  })
}

const right =
  (header: object = {}, claims: object = {}): Forge =>
  ({ client_id, client_secret }) =>
    handmade({ alg: 'HS256', ...header }, rightClaims(scene, client_id, claims), mac(client_secret))
const rightByKey =
  (header: object = {}, key = signer.privateKey): Forge =>
  ({ client_id }) =>
    handmade({ alg: 'ES256', ...header }, rightClaims(scene, client_id), es256(key))
const theStandardOnes = async (forge: Forge, of: TestClient) =>
  (await presented(scene, forge, of)).slice(0, -1).map(({ status, body }) => [status, body?.error])
const refusedAll = Array.from({ length: 5 }, () => [401, 'invalid_client'])

describe('attack 5: kid injection', () => {
  const kids: [string, () => unknown][] = [
    ['a path up to a file without content', () => '../../../../../../dev/null'],
    ['a path to a key that its sender knows', () => keyFile],
    ['SQL', () => "' OR 1=1--"],
    ['SQL that ends', () => "'; drop table clients; --"],
    ['an address', () => elsewhere],
    ['a file address', () => `file://${keyFile}`],
    ['NUL', () => 'known\0.pem'],
    ['the name of a prototype', () => '__proto__'],
    ['a command', () => '|/bin/true'],
  ]
  const unfit: [string, () => unknown][] = [
    ['1 kB', () => 'k'.repeat(1000)],
    ['a number', () => 7],
    ['a list', () => ['known']],
    ['an object', () => ({ toString: 'known' })],
    ['null', () => null],
  ]

  test.each([...kids, ...unfit])(
    'attack 5: kid injection: %s leads to no key, and reaches no store, no file and no network',
    async (_what, kidOf) => {
      const kid = kidOf()
      for (const key of ['', '\0', keyInFile, 'null'])
        await expectRefused(scene, ({ client_id }) =>
          handmade({ alg: 'HS256', kid }, rightClaims(scene, client_id), mac(key)),
        )
      expect(await theStandardOnes(rightByKey({ kid }), keyClient)).toEqual(refusedAll)
      // What is recorded behind the answers has been written by then, too.
      await scene.deps.recorder.flush()
      expect(new Set(fetched)).toEqual(
        kids.some(([, one]) => one() === kid) ? new Set(['https://keys.example/jwks.json']) : new Set(),
      )
      if (typeof kid === 'string' && kid !== '__proto__') {
        const written = JSON.stringify(kid).slice(1, -1)
        expect(asked.filter((args) => args.includes(written))).toEqual([])
      }
      expect(asked.length).toBeGreaterThan(0)
      const [good] = await presented(scene, rightByKey({ kid: 'known' }), keyClient)
      expect(good?.body.error).toBe('invalid_grant')
    },
  )

  test.each(unfit)(
    'attack 5: kid injection: %s is refused with the right secret, too',
    async (_what, kid) => {
      await expectRefused(scene, right({ kid: kid() }))
    },
  )
})

test('attack 5: kid injection: 10 kB are more than any parameter has, and are not looked into', async () => {
  const answers = await presented(scene, right({ kid: 'k'.repeat(10_000) }), scene.client)
  for (const { status, body } of answers) expect([status, body.error]).toEqual([400, 'invalid_request'])
  await scene.deps.recorder.flush()
  expect(asked.filter((args) => args.includes('k'.repeat(64)))).toEqual([])
})

test.each(['../../../../dev/null', "' OR 1=1--", '__proto__', 'constructor', '', '*'])(
  'attack 5: kid injection: %j names no secret of the client, though one of them made the signature',
  async (kid) => {
    const theirs = await aClient(scene.app, scene.developer)
    const [foreign] = await scene.deps.store.clients.secrets(theirs.id)
    for (const one of [kid, foreign?.id])
      expect(await theStandardOnes(right({ kid: one }), scene.client)).toEqual(refusedAll)
    const [own] = await scene.deps.store.clients.secrets(scene.client.id)
    const [good] = await presented(scene, right({ kid: own?.id }), scene.client)
    expect(good?.body.error).toBe('invalid_grant')
  },
)

describe('attack 6: unknown crit', () => {
  test.each<[string, object]>([
    ['crit: ["x"]', { crit: ['x'] }],
    ['crit: ["x"] with its member', { crit: ['x'], x: true }],
    ['crit: []', { crit: [] }],
    ['crit: null', { crit: null }],
    ['b64: false', { b64: false, crit: ['b64'] }],
    ['b64: false without crit', { b64: false }],
    ['b64: true', { b64: true }],
    ['zip', { zip: 'DEF' }],
  ])('attack 6: unknown crit: %s is refused, right signature or not', async (_what, header) => {
    await expectRefused(scene, right(header))
    expect(await theStandardOnes(rightByKey(header), keyClient)).toEqual(refusedAll)
    expect(fetched).toEqual([])
  })
})

describe('attack 7: key in header', () => {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = own.publicKey.export({ format: 'jwk' })

  test.each<[string, () => object]>([
    ['jwk', () => ({ jwk })],
    ['jku', () => ({ jku: elsewhere })],
    ['x5u', () => ({ x5u: elsewhere })],
    ['x5c', () => ({ x5c: [own.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] })],
    ['jwk and the kid of a known key', () => ({ jwk: { ...jwk, kid: 'known' }, kid: 'known' })],
  ])(
    'attack 7: key in header: %s of its sender is refused, and fetched from nowhere',
    async (_what, header) => {
      expect(await theStandardOnes(rightByKey(header(), own.privateKey), keyClient)).toEqual(refusedAll)
      expect(await theStandardOnes(rightByKey(header()), keyClient)).toEqual(refusedAll)
      await expectRefused(scene, right(header()))
      expect(fetched).toEqual([])
    },
  )
})

describe('attack 8: repeated JSON names', () => {
  /** The members of a right JWT as text, with one more before or behind. */
  const twice =
    (more: string, where: 'before' | 'behind'): Forge =>
    ({ client_id, client_secret }) => {
      const inside = JSON.stringify(rightClaims(scene, client_id)).slice(1, -1)
      const both = where === 'before' ? `{${more},${inside}}` : `{${inside},${more}}`
      return handmade({ alg: 'HS256' }, both, mac(client_secret))
    }
  const members = [
    ['sub', '"sub":"somebody"'],
    ['exp', '"exp":9999999999'],
    ['aud', '"aud":"https://elsewhere.example"'],
    ['jti', '"jti":"0123456789abcdef"'],
    ['sub, escaped', '"\\u0073ub":"somebody"'],
    ['exp, escaped', '"ex\\u0070":9999999999'],
    ['what nobody reads', '"x":1,"x":2'],
    ['what lies deeper', '"x":{"y":1,"y":2}'],
  ] as const

  test.each(members)(
    'attack 8: repeated JSON names: %s twice is refused, whichever comes first',
    async (_what, member) => {
      for (const where of ['before', 'behind'] as const)
        expect(await expectRefused(scene, twice(member, where))).toMatch(/twice|more than once|repeat/)
    },
  )

  test.each([
    '{"alg":"HS256","alg":"none"}',
    '{"alg":"none","alg":"HS256"}',
    '{"\\u0061lg":"none","alg":"HS256"}',
  ])('attack 8: repeated JSON names: the header %s is refused', async (header) => {
    await expectRefused(scene, ({ client_id, client_secret }) =>
      handmade(header, rightClaims(scene, client_id), mac(client_secret)),
    )
  })

  test('attack 8: repeated JSON names: in StorX claims as well', async () => {
    const claims = (client_id: string) => `"client_id":"${client_id}","exp":${scene.deps.clock.now() + 60}`
    for (const more of ['"client_id":"x"', '"client\\u005fid":"x"', '"exp":9999999999'])
      await expectRefused(scene, ({ client_id, client_secret }) =>
        handmade({ alg: 'HS256' }, `{${more},${claims(client_id)}}`, mac(client_secret)),
      )
  })
})
