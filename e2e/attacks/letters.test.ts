/** JWTs whose letters are none: JSON that is no JSON, base64url that is none. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type StandardScene, standardScene } from '../../packages/server/src/testing/standard-scene.ts'
import { expectRefused, type Forge, handmade, mac, presented, rightClaims } from './testing/handmade.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const right: Forge = ({ client_id, client_secret }) =>
  handmade({ alg: 'HS256' }, rightClaims(scene, client_id), mac(client_secret))

describe('attack 10: JSON tricks', () => {
  const inside = (client_id: string) => JSON.stringify(rightClaims(scene, client_id)).slice(1, -1)
  const claims: [string, (members: string) => string | Buffer][] = [
    [
      '1,000 arrays within each other',
      (members) => `{${members},"x":${'['.repeat(1000)}${']'.repeat(1000)}}`,
    ],
    [
      '900 objects within each other',
      (members) => `{${members},"x":${'{"x":'.repeat(900)}1${'}'.repeat(900)}}`,
    ],
    ['five deep', (members) => `{${members},"x":[[[[[1]]]]]}`],
    ['3,000 arrays that never end', (members) => `{${members},"x":${'['.repeat(3000)}`],
    ['exp 1e999', (members) => `{${members.replace(/"exp":\d+/, '"exp":1e999')}}`],
    ['exp of 400 digits', (members) => `{${members.replace(/"exp":\d+/, `"exp":${'9'.repeat(400)}`)}}`],
    ['exp NaN', (members) => `{${members.replace(/"exp":\d+/, '"exp":NaN')}}`],
    ['exp Infinity', (members) => `{${members.replace(/"exp":\d+/, '"exp":Infinity')}}`],
    ['exp as hexadecimal', (members) => `{${members.replace(/"exp":\d+/, '"exp":0xffffffff')}}`],
    ['exp -1', (members) => `{${members.replace(/"exp":\d+/, '"exp":-1')}}`],
    ['iat 1e999', (members) => `{${members.replace(/"iat":\d+/, '"iat":1e999')}}`],
    ['garbage behind it', (members) => `{${members}} {}`],
    ['a byte behind it', (members) => `{${members}}\0`],
    ['a comma too many', (members) => `{${members},}`],
    ['a comment', (members) => `{${members}/* */}`],
    ['a byte order mark', (members) => `\ufeff{${members}}`],
    ['a lone surrogate in sub', (members) => `{${members.replace(/"sub":"[^"]*"/, '"sub":"\\ud800"')}}`],
    [
      'bytes that are no UTF-8',
      (members) =>
        Buffer.concat([Buffer.from(`{${members},"x":"`), Buffer.of(0xff, 0xc0), Buffer.from('"}')]),
    ],
    ['UTF-16', (members) => Buffer.from(`{${members}}`, 'utf16le')],
    ['a list', (members) => `[{${members}}]`],
    ['a text', (members) => JSON.stringify(`{${members}}`)],
    ['null', () => 'null'],
    ['a number', () => '7'],
    ['nothing', () => ''],
  ]

  /** As `handmade` does it, but for bytes as well. */
  const withBytes =
    (change: (members: string) => string | Buffer): Forge =>
    ({ client_id, client_secret }) => {
      const header = Buffer.from('{"alg":"HS256"}').toString('base64url')
      const signed = `${header}.${Buffer.from(change(inside(client_id))).toString('base64url')}`
      return `${signed}.${mac(client_secret)(signed)}`
    }

  test.each(claims)('attack 10: JSON tricks: claims with %s are refused', async (_what, change) => {
    await expectRefused(scene, withBytes(change))
  })

  test.each([
    '{"alg":"HS256"} x',
    '\ufeff{"alg":"HS256"}',
    '["HS256"]',
    '"HS256"',
    'null',
    `{"alg":"HS256","x":${'['.repeat(2000)}${']'.repeat(2000)}}`,
    '{"alg":"HS256",}',
  ])('attack 10: JSON tricks: the header %.40s is refused', async (header) => {
    await expectRefused(scene, ({ client_id, client_secret }) =>
      handmade(header, rightClaims(scene, client_id), mac(client_secret)),
    )
  })

  test.each([
    `${'['.repeat(8000)}${']'.repeat(8000)}`,
    '[{"type":"storage_access","actions":["read"],"not_after":1e999}]',
    '[{"type":"storage_access","actions":["read"],"not_after":NaN}]',
    '[{"type":"storage_access","actions":["read"],"max_object_ttl":99999999999999999999}]',
    '\ufeff[{"type":"storage_access","actions":["read"]}]',
    '[{"type":"storage_access","actions":["read"]}] x',
    '[{"type":"storage_access","actions":["read"],"bucket":"\\ud800"}]',
    '[{"type":"storage_access","actions":["read"],"bucket":"photos","prefix":"\\ud800"}]',
    '[{"type":"storage_access","actions":["read"],"actions":["delete"]}]',
  ])(
    'attack 10: JSON tricks: authorization_details %.70s are refused with 400',
    async (authorization_details) => {
      const { status, body } = await scene.post('/oauth2/device_authorization', { authorization_details })
      expect([status, body.error]).toEqual([400, 'invalid_authorization_details'])
    },
  )

  test('attack 10: JSON tricks: a thousand of them leave no memory behind', { timeout: 60_000 }, async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const nested = withBytes((members) => `{${members},"x":${'['.repeat(3000)}${']'.repeat(3000)}}`)
    const heap = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) await presented(scene, nested, scene.client)
      await scene.deps.recorder.flush()
      scene.deps.logLines.length = 0
      collect()
      return process.memoryUsage().heapUsed
    }
    await heap(30)
    const before = await heap(5)
    const after = await heap(170)
    expect((after - before) / 2 ** 20).toBeLessThan(8)
  })
})

describe('attack 11: base64 tricks', () => {
  const parts = (jwt: string): [string, string, string] => jwt.split('.') as [string, string, string]
  /** What a right JWT becomes; the signature is made anew, so that the letters alone are wrong. */
  const respelt =
    (change: (header: string, payload: string, signature: string) => string): Forge =>
    async (of) =>
      change(...parts(await right(of)))
  const resigned =
    (change: (header: string, payload: string) => string): Forge =>
    async (of) => {
      const [header, payload] = parts(await right(of))
      const signed = change(header, payload)
      return `${signed}.${mac(of.client_secret)(signed)}`
    }
  /** The last character, with bits that decode to nothing. */
  const nextLast = (text: string) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return text.slice(0, -1) + alphabet[alphabet.indexOf(text.slice(-1)) + 1]
  }

  test.each<[string, Forge]>([
    ['padding behind the signature', respelt((h, p, s) => `${h}.${p}.${s}=`)],
    ['padding behind the header', resigned((h, p) => `${h}=.${p}`)],
    ['two signs of padding', resigned((h, p) => `${h}.${p}==`)],
    ['a plus', respelt((h, p, s) => `${h}.${p}.+${s.slice(1)}`)],
    ['a slash', respelt((h, p, s) => `${h}.${p}./${s.slice(1)}`)],
    ['a space within', resigned((h, p) => `${h}.${p.slice(0, 8)} ${p.slice(8)}`)],
    ['a line break within', resigned((h, p) => `${h}.${p.slice(0, 8)}\n${p.slice(8)}`)],
    ['a line break behind', respelt((h, p, s) => `${h}.${p}.${s}\n`)],
    ['a tab before', respelt((h, p, s) => `\t${h}.${p}.${s}`)],
    ['a signature whose last character has spare bits', respelt((h, p, s) => `${h}.${p}.${nextLast(s)}`)],
    ['two parts', respelt((h, p) => `${h}.${p}`)],
    ['two parts and a dot', respelt((h, p) => `${h}.${p}.`)],
    ['four parts', respelt((h, p, s) => `${h}.${p}.${s}.${s}`)],
    ['four parts, the last empty', respelt((h, p, s) => `${h}.${p}.${s}.`)],
    ['five parts, as JWE has', respelt((h, p, s) => `${h}.${p}.${s}.${s}.${s}`)],
    [
      'a JWE header',
      ({ client_id, client_secret }) =>
        handmade({ alg: 'HS256', enc: 'A256GCM' }, rightClaims(scene, client_id), mac(client_secret)),
    ],
    [
      'the JSON form of a JWS',
      respelt((h, p, s) => JSON.stringify({ protected: h, payload: p, signature: s })),
    ],
    ['no header', resigned((_h, p) => `.${p}`)],
    ['no payload', resigned((h) => `${h}.`)],
    ['a percent sign', respelt((h, p, s) => `${h}%2E${p}%2E${s}`)],
    [
      'letters of another alphabet that look alike',
      respelt((h, p, s) => `${h.replace('e', '\u0435')}.${p}.${s}`),
    ],
  ])('attack 11: base64 tricks: %s is refused', async (_what, forge) => {
    await expectRefused(scene, forge)
  })

  test('attack 11: base64 tricks: spare bits at the end of the header are refused though the MAC covers them', async () => {
    const header = '{"alg":"HS256"} '
    expect(header.length % 3).toBe(1)
    await expectRefused(
      scene,
      resigned((_h, p) => `${nextLast(Buffer.from(header).toString('base64url'))}.${p}`),
    )
    const [fair] = await presented(
      scene,
      resigned((_h, p) => `${Buffer.from(header).toString('base64url')}.${p}`),
      scene.client,
    )
    expect(fair?.body.error).toBe('invalid_grant')
  })
})
