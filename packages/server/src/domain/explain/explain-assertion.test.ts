import { createHash, createHmac } from 'node:crypto'
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { Cause } from './causes.ts'
import { explainAssertion } from './explain-assertion.ts'

const now = 1_772_366_400
const rules = { now, skew: 30, max_ttl: 1800, issuer: 'https://auth.example' }
const client_id = '0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11'
const client_secret = 'vks_4Zk0pWqJx7mS2cVb9LhTn5RdYg8aFeUi3oXsKjDfQvM1tPw6'
const good = { client_id, exp: now + 300 }

const utf8 = (text: string) => new TextEncoder().encode(text)
const sign = (
  payload: JWTPayload,
  key: Uint8Array | string = client_secret,
  header: Record<string, unknown> & { alg: string } = { alg: 'HS256', typ: 'JWT' },
) => new SignJWT(payload).setProtectedHeader(header).sign(typeof key === 'string' ? utf8(key) : key)

/** All that is found wrong, as `step: cause`. */
function found(jwt: string, known: Partial<{ client_id: string; client_secret: string }> = {}): string[] {
  const { steps } = explainAssertion(jwt, { client_id, client_secret, rules, ...known })
  return steps.flatMap(({ step, findings }) => findings.map(({ cause }) => `${step}: ${cause}`))
}

test('a JWT in order passes every step but the one only the server can take', async () => {
  const { steps, first_failure } = explainAssertion(await sign(good), { client_id, client_secret, rules })
  expect(steps.map(({ step, result }) => [step, result])).toEqual([
    ['parse_jwt', 'passed'],
    ['read_claims', 'passed'],
    ['fetch_client', 'not_reached'],
    ['verify_signature', 'passed'],
    ['check_expiry', 'passed'],
    ['match_client_id', 'passed'],
  ])
  expect(first_failure).toBeNull()
})

test.each(['HS384', 'HS512'])('%s is as good as HS256', async (alg) => {
  expect(found(await sign(good, client_secret, { alg }))).toEqual([])
})

describe('what was signed with, told by the signature', () => {
  const hex = createHash('sha256').update('a secret').digest('hex')
  const bcrypt = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
  const base64 = 'c2VjcmV0c2VjcmV0c2VjcmV0'
  const mistakes: readonly { cause: Cause; key: Uint8Array | string; secret?: string }[] = [
    { cause: 'secret_with_whitespace', key: `${client_secret}\n` },
    { cause: 'secret_with_whitespace', key: `${client_secret}\r\n` },
    { cause: 'secret_with_whitespace', key: ` ${client_secret}` },
    { cause: 'secret_given_with_whitespace', key: client_secret, secret: `${client_secret}\n` },
    { cause: 'secret_with_quotes', key: `"${client_secret}"` },
    { cause: 'secret_with_quotes', key: `'${client_secret}'` },
    { cause: 'secret_given_with_quotes', key: client_secret, secret: `"${client_secret}"` },
    { cause: 'secret_hex_decoded', key: Buffer.from(hex, 'hex'), secret: hex },
    { cause: 'secret_base64_decoded', key: Buffer.from(client_secret, 'base64url') },
    { cause: 'secret_base64_decoded', key: Buffer.from(base64, 'base64'), secret: base64 },
    { cause: 'secret_encoded', key: Buffer.from(client_secret).toString('base64') },
    { cause: 'secret_encoded', key: Buffer.from(client_secret).toString('hex') },
    { cause: 'secret_hashed', key: createHash('sha256').update(client_secret).digest() },
    { cause: 'secret_in_other_case', key: client_secret.toLowerCase() },
    { cause: 'secret_without_prefix', key: client_secret.slice(4) },
    { cause: 'secret_expanded_by_shell', key: 'a0/moreletters', secret: `${bcrypt}/moreletters` },
    { cause: 'secret_cut', key: bcrypt.slice(0, 50), secret: bcrypt },
    { cause: 'client_id_as_key', key: client_id },
    { cause: 'secret_given_differs', key: 'vks_anotherSecretAltogether' },
  ]
  test.each(mistakes)('$cause', async ({ cause, key, secret = client_secret }) => {
    expect(found(await sign(good, key), { client_secret: secret })).toEqual([`verify_signature: ${cause}`])
  })

  test('an empty key', () => {
    const signed = [{ alg: 'HS256' }, good]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const jwt = `${signed}.${createHmac('sha256', '').update(signed).digest('base64url')}`
    expect(found(jwt)).toEqual(['verify_signature: empty_key'])
  })

  test('the secret with another algorithm than the header says', async () => {
    const [header, payload] = (await sign(good)).split('.')
    const jwt = `${header}.${payload}.${createHmac('sha512', client_secret).update(`${header}.${payload}`).digest('base64url')}`
    expect(found(jwt)).toEqual(['parse_jwt: alg_differs'])
  })

  test('a payload changed after signing reads as another secret: nothing tells them apart', async () => {
    const [header, , signature] = (await sign(good)).split('.')
    const payload = Buffer.from(JSON.stringify({ ...good, exp: now + 900 })).toString('base64url')
    expect(found(`${header}.${payload}.${signature}`)).toEqual(['verify_signature: secret_given_differs'])
  })
})

describe('the claims', () => {
  const mistakes: readonly (readonly [finding: string, payload: Record<string, unknown>])[] = [
    ['read_claims: client_id_missing', { exp: good.exp }],
    ['read_claims: client_id_missing', { clientId: client_id, exp: good.exp }],
    ['read_claims: client_id_unfit', { client_id: 7, exp: good.exp }],
    ['read_claims: exp_missing', { client_id }],
    ['read_claims: exp_as_text', { client_id, exp: `${good.exp}` }],
    ['read_claims: exp_unfit', { client_id, exp: -1 }],
    ['read_claims: exp_in_milliseconds', { client_id, exp: good.exp * 1000 }],
    ['read_claims: exp_too_far', { client_id, exp: now + 10_800 }],
    ['read_claims: clock_ahead', { ...good, nbf: now + 600 }],
    ['read_claims: nbf_unfit', { ...good, nbf: 'now' }],
    ['read_claims: jti_unfit', { ...good, jti: '' }],
    ['check_expiry: expired', { client_id, exp: now - 312 }],
    ['match_client_id: client_id_differs', { ...good, client_id: 'another' }],
    ['match_client_id: client_id_in_other_case', { ...good, client_id: client_id.toUpperCase() }],
  ]
  test.each(mistakes)('%s', async (finding, payload) => {
    expect(found(await sign(payload))).toEqual([finding])
  })

  test('clock skew is given, not a second more', async () => {
    expect(found(await sign({ client_id, exp: now - 29 }))).toEqual([])
    expect(found(await sign({ client_id, exp: now - 30 }))).toEqual(['check_expiry: expired'])
  })

  test('with sub or aud every broken rule of RFC 7523 is told', async () => {
    const jwt = await sign({
      sub: client_id,
      iss: client_id,
      aud: 'https://elsewhere.example',
      exp: now + 60,
      iat: now,
    })
    expect(found(jwt)).toEqual(['read_claims: audience_differs', 'read_claims: jti_unfit'])
    const kept = {
      sub: client_id,
      iss: client_id,
      aud: rules.issuer,
      exp: now + 60,
      iat: now,
      jti: '5c1c0f4e-6d8f-4f5e',
    }
    expect(found(await sign(kept))).toEqual([])
  })
})

describe('the form', () => {
  test.each<[finding: string, change: (jwt: string) => string]>([
    ['parse_jwt: bearer_prefix', (jwt) => `Bearer ${jwt}`],
    ['parse_jwt: quoted', (jwt) => `"${jwt}"`],
    ['parse_jwt: whitespace', (jwt) => `${jwt}\n`],
    ['parse_jwt: parts_wrong', (jwt) => jwt.slice(0, jwt.lastIndexOf('.'))],
    ['parse_jwt: parts_wrong', () => ''],
    ['parse_jwt: base64_not_url', (jwt) => jwt.replace('.', '=.')],
    [
      'parse_jwt: json_unreadable',
      (jwt) => `${Buffer.from('"text"').toString('base64url')}${jwt.slice(jwt.indexOf('.'))}`,
    ],
    ['parse_jwt: base64_broken', (jwt) => jwt.replace('.', 'ü.')],
    ['parse_jwt: encrypted', (jwt) => `${jwt}.AAAA.AAAA`],
    ['parse_jwt: secret_sent_raw', () => client_secret],
  ])('%s', async (finding, change) => {
    expect(found(change(await sign(good)))).toEqual(expect.arrayContaining([finding]))
    expect(found(change(await sign(good)))[0]).toBe(finding)
  })

  test('what only came around the JWT hides no later step, and is the only thing wrong', async () => {
    for (const around of [`Bearer ${await sign(good)}`, `'${await sign(good)}'`, `  ${await sign(good)}\n`]) {
      expect(found(around)).toHaveLength(1)
    }
  })

  test('an unsigned JWT', () => {
    expect(found(new UnsecuredJWT(good).encode())).toEqual(['parse_jwt: alg_none'])
  })

  test('a JWT signed with a private key', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const jwt = await new SignJWT(good).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(privateKey)
    expect(found(jwt)).toEqual(['parse_jwt: alg_asymmetric'])
  })

  test('a header with more than it should have is signed all the same', async () => {
    expect(found(await sign(good, client_secret, { alg: 'HS256', typ: 'at+jwt' }))).toEqual([
      'parse_jwt: typ_wrong',
    ])
    expect(found(await sign(good, client_secret, { alg: 'HS256', jku: 'https://keys.example' }))).toEqual([
      'parse_jwt: header_refused',
    ])
  })
})

test('all failures are told at once, and the first one is where a server stops', async () => {
  const jwt = `"${await sign({ client_id: 'another', exp: (now - 4000) * 1000 }, `${client_secret}\n`)}"`
  expect(found(jwt)).toEqual([
    'parse_jwt: quoted',
    'read_claims: exp_in_milliseconds',
    'verify_signature: secret_with_whitespace',
    'check_expiry: expired',
    'match_client_id: client_id_differs',
  ])
  expect(explainAssertion(jwt, { client_id, client_secret, rules }).first_failure).toBe('parse_jwt')
})

test('an explanation repeats neither the secret nor what stands in for it', async () => {
  for (const jwt of [client_secret, await sign(good, `${client_secret}\n`), await sign(good, 'vks_other')]) {
    const told = JSON.stringify(explainAssertion(jwt, { client_id, client_secret, rules }))
    expect(told).not.toContain(client_secret.slice(4))
    expect(told).not.toContain('vks_other')
  }
})

test('control characters of a hostile JWT do not reach a terminal', async () => {
  const { steps } = explainAssertion(await sign({ ...good, client_id: 'x\u001b[2Jy' }), {
    client_id,
    client_secret,
    rules,
  })
  expect(JSON.stringify(steps)).not.toContain('\\u001b')
  expect(steps.at(-1)?.findings[0]?.seen).toContain('x?[2Jy')
})

test('whatever is sent, it is explained and never thrown at', () => {
  for (const text of [
    '.',
    '..',
    '...',
    'a.b.c',
    'e30.e30.',
    'bnVsbA.bnVsbA.AA',
    'e30.eyJleHAiOjFlOTl9.AA',
    '\ud800.\ud800.\ud800',
    'Bearer ',
    '""',
    'Bearer "Bearer"',
  ]) {
    expect(explainAssertion(text, { client_id, client_secret, rules }).first_failure).toBe('parse_jwt')
  }
})
