import { createPublicKey, generateKeyPairSync, KeyObject } from 'node:crypto'
import { exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { type madeWith, type VerificationKey, verifySignature } from './client-assertion.ts'
import { isHmac, type Jwt, type PublicKeyAlg, parseJwt, publicKeyAlgs } from './jwt.ts'
import { type PublicKey, parsePublicKeys, verifyWithPublicKeys } from './public-keys.ts'

interface Pair {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

const pairs = new Map<PublicKeyAlg, readonly [Pair, Pair]>()
const pairOf = (alg: PublicKeyAlg, nth: 0 | 1 = 0): Pair => {
  const pair = pairs.get(alg)?.[nth]
  if (pair === undefined) throw new Error(`no keys for ${alg}`)
  return pair
}

beforeAll(async () => {
  const makePair = async (alg: PublicKeyAlg): Promise<Pair> => {
    const pair = await generateKeyPair(alg, { extractable: true })
    return { ...pair, jwk: await exportJWK(pair.publicKey) }
  }
  for (const alg of publicKeyAlgs) pairs.set(alg, [await makePair(alg), await makePair(alg)])
})

const payload = { iss: 'c', sub: 'c', aud: 'https://auth.example', exp: 1_800_000_000 }
const sign = (alg: PublicKeyAlg, { privateKey }: Pair, header: { kid?: string } = {}): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg, ...header }).sign(privateKey)

function keysOf(...jwks: readonly object[]): readonly PublicKey[] {
  const parsed = parsePublicKeys({ keys: jwks })
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.keys
}

function read(text: string): Jwt<PublicKeyAlg> {
  const verdict = parseJwt(text, { asymmetric: true })
  if (!verdict.ok || isHmac(verdict.value)) throw new Error('not signed with a private key')
  return verdict.value
}

const causeOf = (jwt: string, keys: readonly PublicKey[] | undefined): unknown => {
  const verdict = verifyWithPublicKeys(read(jwt), keys)
  return verdict.ok ? 'passed' : verdict.evidence.cause
}

describe.each(publicKeyAlgs)('%s', (alg) => {
  test('what a library signs is verified with the public half', async () => {
    const verdict = verifyWithPublicKeys(read(await sign(alg, pairOf(alg))), keysOf(pairOf(alg).jwk))
    expect(verdict).toMatchObject({
      ok: true,
      evidence: {
        alg,
        kid_sha256: null,
        keys_tried: [expect.stringMatching(/^[0-9a-f]{16}$/)],
        key: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    })
  })

  test('another key, a changed payload and a changed signature do not verify', async () => {
    const keys = keysOf(pairOf(alg).jwk)
    const [header, body, signature = ''] = (await sign(alg, pairOf(alg))).split('.')
    const other = Buffer.from(JSON.stringify({ ...payload, sub: 'd' })).toString('base64url')
    const bytes = Buffer.from(signature, 'base64url')
    bytes[9] = (bytes[9] ?? 0) ^ 1
    for (const jwt of [
      await sign(alg, pairOf(alg, 1)),
      `${header}.${other}.${signature}`,
      `${header}.${body}.${bytes.toString('base64url')}`,
      `${header}.${body}.${Buffer.alloc(bytes.length).toString('base64url')}`,
    ])
      expect(causeOf(jwt, keys)).toBe('key_differs')
  })

  test('a kid chooses among the keys of the client; without one all that fit are tried', async () => {
    const keys = keysOf({ ...pairOf(alg, 1).jwk, kid: 'old' }, { ...pairOf(alg).jwk, kid: 'new' })
    expect(causeOf(await sign(alg, pairOf(alg), { kid: 'new' }), keys)).toBe('passed')
    expect(causeOf(await sign(alg, pairOf(alg)), keys)).toBe('passed')
    expect(causeOf(await sign(alg, pairOf(alg), { kid: 'old' }), keys)).toBe('key_differs')
    expect(causeOf(await sign(alg, pairOf(alg), { kid: 'none' }), keys)).toBe('key_unknown')
  })

  test('a key of another type, or none at all, is no key for it', async () => {
    const jwt = await sign(alg, pairOf(alg), { kid: 'k' })
    const others = publicKeyAlgs
      .map((one) => pairOf(one).jwk)
      .filter(({ kty }) => kty !== pairOf(alg).jwk.kty)
    expect(others.length).toBeGreaterThan(1)
    for (const other of others) expect(causeOf(jwt, keysOf({ ...other, kid: 'k' }))).toBe('key_unknown')
    expect(causeOf(jwt, [])).toBe('key_unknown')
    expect(causeOf(jwt, undefined)).toBe('keys_not_fetched')
  })

  test('every failure is the same refusal', async () => {
    const jwt = read(await sign(alg, pairOf(alg), { kid: 'k' }))
    const verdicts = [undefined, [], keysOf({ ...pairOf(alg, 1).jwk, kid: 'k' })].map((keys) =>
      verifyWithPublicKeys(jwt, keys),
    )
    for (const verdict of verdicts) {
      expect(verdict).toMatchObject({ ok: false, reason: 'signature_wrong' })
      expect(verdict).not.toHaveProperty('description')
    }
  })
})

test('an RSA key verifies both RS256 and PS256, unless it says which', async () => {
  const { jwk } = pairOf('RS256')
  const pss = await new SignJWT(payload)
    .setProtectedHeader({ alg: 'PS256' })
    .sign(KeyObject.from(pairOf('RS256').privateKey)) // WebCrypto binds a key to one padding
  const pkcs = await sign('RS256', pairOf('RS256'))
  expect([pss, pkcs].map((jwt) => causeOf(jwt, keysOf(jwk)))).toEqual(['passed', 'passed'])
  const pssAlone = keysOf({ ...jwk, alg: 'PS256' })
  expect([pss, pkcs].map((jwt) => causeOf(jwt, pssAlone))).toEqual(['passed', 'key_unknown'])
})

describe('nobody is let in by a trick', () => {
  test('an HMAC keyed with a public key, in any of its forms, is no signature of that key', async () => {
    const { publicKey, jwk } = pairOf('RS256')
    const pem = await exportSPKI(publicKey)
    const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
    for (const key of [
      pem,
      pem.trim(),
      der,
      JSON.stringify(jwk),
      JSON.stringify({ keys: [jwk] }),
      jwk.n ?? '',
    ]) {
      const text = await new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(key))
      const verdict = parseJwt(text, { asymmetric: true })
      if (!verdict.ok || !isHmac(verdict.value)) throw new Error('HS256 is read as HS256')
      // It goes the way of secrets, and a client with keys of its own has none.
      const decoy: VerificationKey = { secret: undefined, bytes: Buffer.from(key) }
      expect(verifySignature(verdict.value, [decoy])).toMatchObject({ ok: false, reason: 'signature_wrong' })
    }
  })

  test('the compiler keeps MACs and public keys apart', () => {
    expectTypeOf<Jwt<PublicKeyAlg>>().not.toExtend<Parameters<typeof madeWith>[0]>()
    expectTypeOf<Jwt>().not.toExtend<Parameters<typeof verifyWithPublicKeys>[0]>()
    expectTypeOf<PublicKey['key']>().not.toExtend<Parameters<typeof madeWith>[1]>()
    expectTypeOf<readonly PublicKey[]>().not.toExtend<Parameters<typeof verifySignature>[1]>()
  })

  test('a kid is compared and goes nowhere else', async () => {
    const keys = keysOf({ ...pairOf('ES256').jwk, kid: 'k' })
    for (const kid of [
      '../../dev/null',
      "' OR 1=1--",
      'https://evil.example/k',
      'k\0',
      '__proto__',
      'length',
      '0',
      '',
    ])
      expect(causeOf(await sign('ES256', pairOf('ES256'), { kid }), keys)).toBe('key_unknown')
  })

  test('a decoy lets nobody in: its private key is 1', async () => {
    const d = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]).toString('base64url')
    const generator = {
      x: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY',
      y: 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
    }
    const key = await importJWK({ kty: 'EC', crv: 'P-256', ...generator, d }, 'ES256')
    const jwt = await new SignJWT(payload).setProtectedHeader({ alg: 'ES256' }).sign(key)
    expect(causeOf(jwt, [])).toBe('key_unknown')
    expect(causeOf(jwt, keysOf({ kty: 'EC', crv: 'P-256', ...generator }))).toBe('passed')
  })
})

describe('what cannot be registered', () => {
  const rsaJwk = (modulusLength: number, publicExponent = 65_537): object =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' })
  const ec = (): JWK => pairOf('ES256').jwk
  const set = (...keys: readonly unknown[]): object => ({ keys })
  const shift = (text = ''): string => `${text[0] === 'A' ? 'B' : 'A'}${text.slice(1)}`

  test.each<[what: string, jwks: () => unknown, words: string]>([
    ['no JSON', () => '{', 'is not a JSON object'],
    ['null', () => null, 'is not a JSON object'],
    ['nothing', () => undefined, 'is not a JSON object'],
    ['one key in place of a set', () => ec(), 'a list keys'],
    ['no key', () => set(), 'has no key'],
    [
      'eleven keys',
      () => set(...Array.from({ length: 11 }, (_, at) => ({ ...ec(), kid: `${at}` }))),
      'at most 10',
    ],
    ['more than 16 KiB', () => set({ ...ec(), note: 'x'.repeat(16_384) }), '16 KiB'],
    ['a key that is text', () => set('k'), 'keys[0]: it is not a JSON object'],
    ['a private EC key', () => set({ ...ec(), d: 'AQ' }), 'has d, which belongs to a private'],
    ['a prime of an RSA key', () => set({ ...rsaJwk(2048), p: 'AQ' }), 'has p, which belongs to a private'],
    [
      'a symmetric key',
      () => set({ kty: 'oct', k: 'AQ' }),
      'has k, which belongs to a private or secret key',
    ],
    ['another curve', () => set({ ...ec(), crv: 'P-384' }), 'kty EC with crv P-256'],
    ['Ed448', () => set({ kty: 'OKP', crv: 'Ed448', x: 'AQ' }), 'OKP with Ed25519'],
    ['no kty', () => set({ ...ec(), kty: undefined }), 'must be of kty'],
    ['kty __proto__', () => '{"keys":[{"kty":"__proto__"}]}', 'must be of kty'],
    ['a key for encryption', () => set({ ...ec(), use: 'enc' }), 'use sig'],
    ['a key that signs only', () => set({ ...ec(), key_ops: ['sign'] }), 'key_ops'],
    ['an alg of another kind', () => set({ ...ec(), alg: 'RS256' }), 'alg ES256'],
    ['an HMAC alg', () => set({ ...ec(), alg: 'HS256' }), 'alg ES256'],
    ['an empty kid', () => set({ ...ec(), kid: '' }), 'kid of 1 to 256'],
    ['a long kid', () => set({ ...ec(), kid: 'k'.repeat(257) }), 'kid of 1 to 256'],
    ['a kid that is a number', () => set({ ...ec(), kid: 7 }), 'kid of 1 to 256'],
    ['one kid twice', () => set({ ...ec(), kid: 'k' }, { ...pairOf('EdDSA').jwk, kid: 'k' }), 'one kid'],
    ['a point off the curve', () => set({ ...ec(), x: shift(ec().x) }), 'no point on its curve'],
    ['x of 31 bytes', () => set({ ...ec(), x: Buffer.alloc(31, 1).toString('base64url') }), '32 bytes each'],
    ['x with padding', () => set({ ...ec(), x: `${ec().x}=` }), '32 bytes each'],
    ['Ed25519 of 33 bytes', () => set({ ...pairOf('EdDSA').jwk, x: 'A'.repeat(44) }), 'x of 32 bytes'],
    ['RSA of 1024 bits', () => set(rsaJwk(1024)), 'has 1024 bits'],
    ['RSA of 2047 bits', () => set({ kty: 'RSA', n: bits(2047), e: 'AQAB' }), 'has 2047 bits'],
    ['RSA of 4097 bits', () => set({ kty: 'RSA', n: bits(4097), e: 'AQAB' }), 'has 4097 bits'],
    [
      'RSA of 100000 bits',
      () => set({ kty: 'RSA', n: 'A'.repeat(12_000), e: 'AQAB' }),
      'n and e in base64url',
    ],
    ['RSA with e 3', () => set(rsaJwk(2048, 3)), 'unusual e'],
    ['RSA with e 1', () => set({ ...rsaJwk(2048), e: 'AQ' }), 'unusual e'],
    [
      'RSA with an even n',
      () => set({ kty: 'RSA', n: Buffer.alloc(256, 0xfe).toString('base64url'), e: 'AQAB' }),
      'even n',
    ],
    ['RSA without n', () => set({ kty: 'RSA', e: 'AQAB' }), 'n and e in base64url'],
  ])('%s', (_what, jwks, words) => {
    const parsed = parsePublicKeys(jwks())
    expect(parsed).toEqual({ ok: false, problem: expect.stringContaining(words) })
  })

  /** An odd number of so many bits. */
  function bits(count: number): string {
    const hex = ((1n << BigInt(count - 1)) | 1n).toString(16)
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
  }
})

test('a set is taken as text and as an object, with what else stands in it', () => {
  const jwk = { ...pairOf('ES256').jwk, kid: 'k', use: 'sig', alg: 'ES256', key_ops: ['verify'], x5t: 'abc' }
  const [asObject, asText] = [{ keys: [jwk], more: 1 }, JSON.stringify({ keys: [jwk] })].map((jwks) =>
    parsePublicKeys(jwks),
  )
  expect(asObject).toMatchObject({ ok: true, keys: [{ kid: 'k', algs: ['ES256'] }] })
  expect(asText).toMatchObject({ ok: true, keys: [{ kid: 'k', algs: ['ES256'] }] })
})

test('RSA keys of 2048 and of 4096 bits are taken', () => {
  const keys = [2048, 4096].map((modulusLength) =>
    generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }),
  )
  expect(keysOf(...keys).map(({ algs }) => algs)).toEqual([
    ['RS256', 'PS256'],
    ['RS256', 'PS256'],
  ])
})

// The example of RFC 7638 §3.1, whose thumbprint is NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs.
test('a key is named by its thumbprint', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  const [key] = keysOf({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })
  const thumbprint = Buffer.from('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs', 'base64url').toString('hex')
  expect(key?.fingerprint).toBe(thumbprint.slice(0, 16))
})

describe('a set that others publish', () => {
  test('may hold keys for other uses, which are passed over', () => {
    const { jwk } = pairOf('EdDSA')
    const others = [{ ...jwk, use: 'enc' }, { kty: 'EC', crv: 'P-521', x: 'AQ', y: 'AQ' }, { kty: 'AKP' }]
    const filler = Array.from({ length: 20 }, () => ({ kty: 'AKP', pub: 'x'.repeat(1000) }))
    expect(parsePublicKeys({ keys: [...others, jwk, ...filler] }, { skipOthers: true })).toMatchObject({
      ok: true,
      keys: [{ algs: ['EdDSA'] }],
    })
  })

  test('is not taken with a private key in it', () => {
    const keys = [pairOf('EdDSA').jwk, { kty: 'EC', crv: 'P-521', d: 'AQ' }]
    expect(parsePublicKeys({ keys }, { skipOthers: true }).ok).toBe(false)
  })
})
