import { type JWTPayload, jwtVerify, type ProtectedHeaderParameters } from 'jose'
import { describe, expect, test } from 'vitest'
import { type ClientAuth, clientSecretJwt, noAuth, privateKeyJwt } from './client-auth.ts'

const facts = { client_id: 'photos', issuer: 'https://auth.example' }
const hash = 'SHA-256'
const rsa = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash }

type Generation = EcKeyGenParams | RsaHashedKeyGenParams | { readonly name: 'Ed25519' }

async function keysOf(algorithm: Generation): Promise<CryptoKeyPair> {
  const keys = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  if (!('privateKey' in keys)) throw new Error('no key pair')
  return keys
}

async function verified(auth: ClientAuth, key: CryptoKey | Uint8Array): Promise<Verified> {
  const { client_assertion = '', ...rest } = await auth.proofFor(facts)
  expect(rest).toEqual({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  })
  const { payload, protectedHeader } = await jwtVerify(client_assertion, key, { audience: facts.issuer })
  return { payload, header: protectedHeader }
}

interface Verified {
  readonly payload: JWTPayload
  readonly header: ProtectedHeaderParameters
}

describe('clientSecretJwt', () => {
  const secret = 'schlüssel-ключ-鍵'
  const key = new TextEncoder().encode(secret)

  test('asserts what RFC 7523 wants, for this server alone and for minutes', async () => {
    const { payload, header } = await verified(clientSecretJwt(secret), key)
    expect(header).toEqual({ alg: 'HS256', typ: 'client-authentication+jwt' })
    const { iat = 0, exp = 0, jti } = payload
    expect(payload).toEqual({ iss: 'photos', sub: 'photos', aud: 'https://auth.example', iat, exp, jti })
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(5)
    expect(exp - iat).toBe(240)
    expect(jti).toMatch(/^[\w-]{43}$/)
  })

  test('asserts anew for each request', async () => {
    const auth = clientSecretJwt(secret)
    const [one, another] = [await verified(auth, key), await verified(auth, key)]
    expect(one.payload.jti).not.toBe(another.payload.jti)
  })

  test('refuses an empty secret', () => {
    expect(() => clientSecretJwt('')).toThrow(RangeError)
  })
})

describe('privateKeyJwt', () => {
  test.each<[alg: string, Generation]>([
    ['EdDSA', { name: 'Ed25519' }],
    ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }],
    ['PS256', { name: 'RSA-PSS', ...rsa }],
    ['RS256', { name: 'RSASSA-PKCS1-v1_5', ...rsa }],
  ])('signs %s with a key that cannot be extracted', async (alg, generation) => {
    const { privateKey, publicKey } = await keysOf(generation)
    const { header, payload } = await verified(privateKeyJwt(privateKey, { kid: 'k1' }), publicKey)
    expect(header).toEqual({ alg, kid: 'k1', typ: 'client-authentication+jwt' })
    expect(payload).toMatchObject({ iss: 'photos', sub: 'photos' })
    expect((await verified(privateKeyJwt(privateKey), publicKey)).header).not.toHaveProperty('kid')
  })

  test.each<[what: string, Generation]>([
    ['another curve', { name: 'ECDSA', namedCurve: 'P-384' }],
    ['another hash', { name: 'RSA-PSS', ...rsa, hash: 'SHA-512' }],
  ])('refuses %s', async (_what, generation) => {
    const { privateKey } = await keysOf(generation)
    expect(() => privateKeyJwt(privateKey)).toThrow(RangeError)
  })

  test('refuses a public key, and a secret', async () => {
    const { publicKey } = await keysOf({ name: 'Ed25519' })
    const secret = await crypto.subtle.generateKey({ name: 'HMAC', hash }, false, ['sign', 'verify'])
    expect(() => privateKeyJwt(publicKey)).toThrow(RangeError)
    expect(() => privateKeyJwt(secret)).toThrow(RangeError)
  })
})

test('noAuth proves nothing', async () => {
  expect(await noAuth().proofFor(facts)).toEqual({})
})
