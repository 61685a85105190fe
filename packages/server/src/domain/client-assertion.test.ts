import { describe, expect, test } from 'vitest'
import { aClient } from '../store/testing/scene.ts'
import {
  type AssertionRules,
  type Claims,
  checkExpiry,
  matchClientId,
  readClaims,
  usableClient,
  usablePublicClient,
} from './client-assertion.ts'
import type { AnyJwt } from './jwt.ts'

const now = 1_772_366_400
const rules: AssertionRules = { now, skew: 30, max_ttl: 1800, issuer: 'https://auth.example' }
const strictOnly: AssertionRules = { ...rules, strict_only: true, carrier: 'client_assertion' }

const short = { client_id: 'c', exp: now + 60 }
const full = { iss: 'c', sub: 'c', aud: rules.issuer, iat: now, exp: now + 60, jti: 'sixteen-letters-' }

const aJwt = (alg: AnyJwt['alg'], payload: object): AnyJwt =>
  ({ alg, typ: undefined, payload: { ...payload }, signed: '', signature: Buffer.alloc(0) }) as AnyJwt

const causeOf = (jwt: AnyJwt, by = rules): unknown => {
  const verdict = readClaims(jwt, by)
  return verdict.ok ? verdict.value.profile : verdict.evidence.cause
}

describe('what a JWT has to say of itself', () => {
  test.each(['ES256', 'PS256', 'RS256', 'EdDSA'] as const)('%s: all that RFC 7523 asks for', (alg) => {
    expect(causeOf(aJwt(alg, full))).toBe('strict')
    expect(causeOf(aJwt(alg, short))).toBe('rfc7523_incomplete')
    expect(causeOf(aJwt(alg, { ...short, iss: 'c', iat: now, jti: full.jti }))).toBe('rfc7523_incomplete')
  })

  test('with a secret: the short form or all of it, the latter with HS256 alone', () => {
    expect(causeOf(aJwt('HS256', full))).toBe('strict')
    for (const alg of ['HS384', 'HS512'] as const) expect(causeOf(aJwt(alg, full))).toBe('rfc7523_violated')
    for (const alg of ['HS256', 'HS384', 'HS512'] as const) expect(causeOf(aJwt(alg, short))).toBe('storx')
  })

  test('where the short form has no place, with a secret as well', () => {
    expect(causeOf(aJwt('HS256', full), strictOnly)).toBe('strict')
    expect(causeOf(aJwt('HS384', full), strictOnly)).toBe('rfc7523_violated')
    for (const payload of [short, {}, { exp: now + 60 }])
      expect(readClaims(aJwt('HS256', payload), strictOnly)).toMatchObject({
        ok: false,
        reason: 'claims_invalid',
        evidence: { cause: 'rfc7523_incomplete', claim: 'sub' },
        description:
          'sub of the JWT in client_assertion is missing: here a JWT has iss, sub, aud, exp, iat and jti (RFC 7523).',
      })
  })

  test.each<[what: string, change: object, cause: string]>([
    ['another iss', { iss: 'd' }, 'issuer_differs'],
    ['no iss', { iss: undefined }, 'issuer_differs'],
    ['the token endpoint as aud', { aud: `${rules.issuer}/oauth2/token` }, 'audience_differs'],
    ['a slash behind aud', { aud: `${rules.issuer}/` }, 'audience_differs'],
    ['aud in capitals', { aud: 'https://AUTH.example' }, 'audience_differs'],
    ['two aud', { aud: [rules.issuer, 'https://other.example'] }, 'audience_differs'],
    ['a number as aud', { aud: 7 }, 'audience_differs'],
    ['no iat', { iat: undefined }, 'rfc7523_violated'],
    ['iat too far back', { iat: now - 331 }, 'rfc7523_violated'],
    ['iat ahead', { iat: now + 31 }, 'clock_ahead'],
    ['exp too far ahead', { exp: now + 331, iat: now - 10 }, 'exp_too_far'],
    ['no jti', { jti: undefined }, 'jti_unfit'],
    ['a jti of 15 characters', { jti: 'fifteen-letters' }, 'jti_unfit'],
    ['a jti of 129 characters', { jti: 'j'.repeat(129) }, 'jti_unfit'],
  ])('%s is refused, whatever signed it', (_what, change, cause) => {
    for (const alg of ['ES256', 'HS256'] as const)
      expect(causeOf(aJwt(alg, { ...full, ...change }), strictOnly)).toBe(cause)
  })

  test('clocks may differ by 30 s both ways, and aud may be a list of one', () => {
    for (const change of [{ iat: now + 30 }, { iat: now - 330 }, { exp: now + 330 }, { aud: [rules.issuer] }])
      expect(causeOf(aJwt('ES256', { ...full, ...change }), strictOnly)).toBe('strict')
  })
})

test('public words name the parameter that the JWT came in', () => {
  const claims: Pick<Claims, 'exp' | 'iat' | 'client_id'> = { client_id: 'c', exp: now - 60, iat: undefined }
  const told = (carrier?: AssertionRules['carrier']) => {
    const by = carrier === undefined ? rules : { ...rules, carrier }
    return [
      checkExpiry({ profile: 'strict', jti: undefined, ...claims }, by),
      matchClientId({ profile: 'strict', jti: undefined, ...claims }, 'd', carrier),
    ].map((verdict) => (verdict.ok ? '' : verdict.description))
  }
  expect(told()).toEqual([
    expect.stringContaining('The JWT in client_secret expired'),
    expect.stringContaining('The JWT in client_secret names another'),
  ])
  expect(told('client_assertion')).toEqual([
    expect.stringContaining('The JWT in client_assertion expired'),
    expect.stringContaining('The JWT in client_assertion names another'),
  ])
})

describe('a client proves itself in the one way it is registered for', () => {
  const claims: Claims = { profile: 'strict', client_id: 'c', exp: now, iat: now, jti: full.jti }
  const methods = ['client_secret_jwt', 'private_key_jwt', 'none'] as const
  const used = (client: ReturnType<typeof aClient>, method: (typeof methods)[number]) =>
    method === 'none' ? usablePublicClient(client, 'c') : usableClient(client, claims, method)

  test.each(methods)('%s', (token_endpoint_auth_method) => {
    const client = aClient('developer', { token_endpoint_auth_method })
    for (const method of methods) {
      const verdict = used(client, method)
      expect(verdict.ok).toBe(method === token_endpoint_auth_method)
      if (!verdict.ok && method !== 'none')
        expect(verdict).toMatchObject({
          reason: 'auth_method_wrong',
          evidence: { cause: 'auth_method_differs', used: method, registered: token_endpoint_auth_method },
        })
    }
  })
})
