/** Whoever forges who asks, by the algorithm or the key. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../packages/server/src/ids.ts'
import {
  type Answer,
  aClient,
  ask,
  clientsPath,
  redirectUri,
  type TestClient,
} from '../../packages/server/src/testing/people.ts'
import { type StandardScene, standardScene } from '../../packages/server/src/testing/standard-scene.ts'
import { expectRefused, type Forge, handmade, mac, presented, rightClaims } from './testing/handmade.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

/** As HS256 makes it, with the client's own secret, but for what is changed. */
const made =
  (header: object, key?: string | Uint8Array, hash?: string): Forge =>
  ({ client_id, client_secret }) =>
    handmade(header, rightClaims(scene, client_id), mac(key ?? client_secret, hash))

test('a JWT that is right is let in at every endpoint, so that each one below is refused for its one fault', async () => {
  for (const { status, body } of await presented(scene, made({ alg: 'HS256' }), scene.client))
    expect([status, body?.error === 'invalid_client']).not.toEqual([401, true])
})

describe('attack 1: alg none', () => {
  test.each<[string, Forge]>([
    ...['none', 'None', 'nOnE', 'NONE'].flatMap((alg): [string, Forge][] => [
      [
        `${alg} without a signature`,
        ({ client_id }) => handmade({ alg }, rightClaims(scene, client_id), () => ''),
      ],
      [`${alg} with a right one`, made({ alg })],
    ]),
    [
      'HS256 with an empty signature',
      ({ client_id }) => handmade({ alg: 'HS256' }, rightClaims(scene, client_id), () => ''),
    ],
    ['no alg', made({ typ: 'JWT' })],
    ['alg null', made({ alg: null })],
    ['alg as a list', made({ alg: ['HS256'] })],
    ['alg in lower case', made({ alg: 'hs256' })],
    ['alg with a space behind it', made({ alg: 'HS256 ' })],
  ])('attack 1: alg none: %s is refused, whoever it names', async (_what, forge) => {
    await expectRefused(scene, forge)
  })

  test('attack 1: alg none: the answer says which algorithms are taken', async () => {
    const words = await expectRefused(scene, made({ alg: 'none' }))
    expect(words).toContain('its alg must be HS256')
  })
})

describe('attack 2: alg confusion', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rsaSignature = (key: KeyObject) => (signed: string) =>
    sign('sha256', Buffer.from(signed), key).toString('base64url')

  const keyClient = (publicKey: KeyObject): Promise<TestClient> =>
    aClient(scene.app, scene.developer, {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [publicKey.export({ format: 'jwk' })] },
    })
  const asText: [string, (key: KeyObject) => string | Buffer][] = [
    ['PEM', (key) => key.export({ format: 'pem', type: 'spki' })],
    ['PEM without its last line break', (key) => String(key.export({ format: 'pem', type: 'spki' })).trim()],
    ['DER', (key) => key.export({ format: 'der', type: 'spki' })],
    ['JWK text', (key) => JSON.stringify(key.export({ format: 'jwk' }))],
    ['JWK set text', (key) => JSON.stringify({ keys: [key.export({ format: 'jwk' })] })],
  ]

  test.each(asText)(
    'attack 2: alg confusion: HS256 with the public key as %s proves nothing',
    async (_what, textOf) => {
      for (const { publicKey } of [rsa, p256]) {
        const client = await keyClient(publicKey)
        const answers = await presented(scene, made({ alg: 'HS256' }, textOf(publicKey)), client)
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401))
        for (const answer of answers) expect(await verifyStep(answer)).toBe('would_fail')
      }
    },
  )

  test('attack 2: alg confusion: the answer is that to a client whom nobody registered', async () => {
    const { client_id } = await keyClient(rsa.publicKey)
    const key = String(rsa.publicKey.export({ format: 'pem', type: 'spki' }))
    await expectRefused(scene, made({ alg: 'HS256' }, key), { client_id, client_secret: key })
  })

  /** Whether the MAC was found right, had it come to that: the traces of the client's developer tell. */
  async function verifyStep({ headers }: Answer): Promise<unknown> {
    await scene.deps.recorder.flush()
    const trace = await scene.deps.store.traces.find(String(headers['x-trace-id']))
    return trace?.steps.find(({ step }) => step === 'verify_signature')?.result
  }

  test('attack 2: alg confusion: RS256 by a key of its own is no proof for a client with a secret', async () => {
    const forge: Forge = ({ client_id }) =>
      handmade({ alg: 'RS256' }, rightClaims(scene, client_id), rsaSignature(rsa.privateKey))
    await expectRefused(scene, forge)
  })

  test('attack 2: alg confusion: the key that is registered opens the door that the MAC did not', async () => {
    const client = await keyClient(rsa.publicKey)
    const forge: Forge = ({ client_id }) =>
      handmade({ alg: 'RS256' }, rightClaims(scene, client_id), rsaSignature(rsa.privateKey))
    const [answer] = await presented(scene, forge, client)
    expect(answer?.body.error).toBe('invalid_grant')
  })
})

// Apps of the StorX dialect have always been free to choose among the three; RFC 7523 leaves one in the other.
describe('attack 3: wrong HMAC size', () => {
  test.each([
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ])(
    'attack 3: wrong HMAC size: %s with the right secret is refused in the strict profile, known client or not',
    async (alg, hash) => {
      const words = await expectRefused(scene, made({ alg }, undefined, hash))
      expect(words).toContain('must be HS256')
    },
  )

  test.each([
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ])(
    'attack 3: wrong HMAC size: %s stays good for {client_id, exp} of the StorX profile alone',
    async (alg, hash) => {
      const { client_id, client_secret } = scene.client
      const jwt = handmade({ alg }, { client_id, exp: scene.deps.clock.now() + 60 }, mac(client_secret, hash))
      const { body } = await ask(scene.app, undefined, 'POST', '/api/v0/oauth2/token', {
        client_id,
        client_secret: jwt,
        redirect_uri: redirectUri,
        code: 'x'.repeat(43),
        passphrase: '',
      })
      expect(body.error).toBe('invalid_code')
      const [asAssertion] = await presented(scene, () => jwt, scene.client)
      expect(asAssertion?.status).toBe(401)
    },
  )

  test('attack 3: wrong HMAC size: a signature of another length than its alg makes is refused', async () => {
    await expectRefused(scene, made({ alg: 'HS256' }, undefined, 'sha512'))
    await expectRefused(scene, made({ alg: 'HS256' }, undefined, 'sha1'))
  })
})

describe('attack 4: weak key', () => {
  const registrations: [string, string][] = [
    ['in the console', clientsPath],
    ['by RFC 7591', '/oauth2/register'],
  ]

  test.each(registrations)('attack 4: weak key: nobody chooses a secret %s', async (_where, path) => {
    const form = { name: 'Weak', client_name: 'Weak', redirect_uris: [redirectUri], client_secret: 'short' }
    const { client_name: _, ...ours } = form
    const { status, body } = await ask(
      scene.app,
      scene.developer,
      'POST',
      path,
      path === clientsPath ? ours : form,
    )
    if (status === 400) return
    expect(status).toBeLessThan(300)
    expect(Buffer.byteLength(body.client_secret)).toBeGreaterThanOrEqual(32)
  })

  test.each<[string, () => object]>([
    [
      'RSA of 1024 bits',
      () => generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
    ],
    ['a symmetric key', () => ({ kty: 'oct', k: Buffer.alloc(16, 1).toString('base64url') })],
    [
      'RSA whose exponent is 1',
      () => ({
        ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }),
        e: 'AQ',
      }),
    ],
  ])('attack 4: weak key: %s is not registered', async (_what, jwk) => {
    for (const [, path] of registrations) {
      const kind = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk()] } }
      const name = path === clientsPath ? { name: 'Weak' } : { client_name: 'Weak' }
      const form = { ...name, redirect_uris: [redirectUri], ...kind }
      const { status, text } = await ask(scene.app, scene.developer, 'POST', path, form)
      expect(status, text).toBe(400)
    }
  })

  test('attack 4: weak key: a secret under 32 bytes that got into the database proves nothing', async () => {
    const { deps, client } = scene
    const weak = { client_id: client.client_id, client_secret: 'a secret of 31 bytes, no more..' }
    const now = deps.clock.now()
    const id = newId(deps)
    const sealed_secret = deps.sealer.seal('client-secret', id, Buffer.from(weak.client_secret))
    const row = {
      id,
      client_row_id: client.id,
      sealed_secret,
      created_at: now,
      retires_at: null,
      retired_by: null,
      last_used_at: null,
    }
    expect(await deps.store.clients.rotate(row, now + 60, scene.developer.account.id)).toBe(true)
    const forge = made({ alg: 'HS256' })
    const answers = await presented(scene, forge, weak)
    const [atStorx] = answers.splice(-1)
    for (const { status, body } of answers) expect([status, body.error]).toEqual([401, 'invalid_client'])
    // A secret that was imported keeps working where the contract's clients are, whatever its length.
    expect(atStorx?.body.error).toBe('invalid_code')
  })
})
