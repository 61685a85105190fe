import { generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { isHmac, parseJwt, publicKeyAlgs } from './jwt.ts'

const key = new TextEncoder().encode('a secret of at least thirty-two bytes')
const part = (text: string | object) =>
  Buffer.from(typeof text === 'string' ? text : JSON.stringify(text)).toString('base64url')
const header = { alg: 'HS256', typ: 'JWT' }
const payload = { client_id: 'c', exp: 1_800_000_000 }
/** As long as HS256 makes one. */
const someSignature = Buffer.alloc(32, 7).toString('base64url')
const jwt = (head: string | object, body: string | object, signature = someSignature) =>
  `${part(head)}.${part(body)}.${signature}`

test.each(['HS256', 'HS384', 'HS512'])('a JWT made by a library with %s is read', async (alg) => {
  const text = await new SignJWT(payload)
    .setProtectedHeader({ alg, kid: 'k1' })
    .sign(new Uint8Array(64).fill(1))
  const verdict = parseJwt(text)
  expect(verdict).toMatchObject({
    ok: true,
    value: { alg, payload },
    evidence: { alg, kid_sha256: expect.stringMatching(/^[0-9a-f]{16}$/), claim_names: ['client_id', 'exp'] },
  })
})

test('typ may be JWT in any case, client-authentication+jwt, or absent', () => {
  for (const typ of ['JWT', 'jwt', 'client-authentication+jwt'])
    expect(parseJwt(jwt({ ...header, typ }, payload)).ok).toBe(true)
  expect(parseJwt(jwt({ alg: 'HS256' }, payload)).ok).toBe(true)
})

describe('what is refused, each told in words that repeat nothing of it', () => {
  const long = 'x'.repeat(300)
  test.each<[string, string, string]>([
    ['one part', 'abc', 'three parts'],
    ['two parts', 'a.b', 'three parts'],
    ['four parts', 'a.b.c.d', 'three parts'],
    ['five parts, as JWE has', 'a.b.c.d.e', 'three parts'],
    ['a raw hex secret', 'ab'.repeat(32), 'raw secret'],
    [
      'a raw bcrypt-form secret',
      '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
      'raw secret',
    ],
    ['Bearer before it', `Bearer ${jwt(header, payload)}`, 'Bearer'],
    ['quotes around it', `"${jwt(header, payload)}"`, 'quotes'],
    ['padding', `${jwt(header, payload)}=`, 'base64url'],
    ['a plus sign', jwt(header, payload, 'a+b/'), 'base64url'],
    ['a space', jwt(header, payload, 'a b'), 'a space or line break'],
    ['a base64 of it', Buffer.from(jwt(header, payload)).toString('base64'), 'encoded once more'],
    ['a signature that is too short', jwt(header, payload, 'c2ln'), '3 bytes, HS256 makes 32'],
    ['no signature', jwt(header, payload, ''), '0 bytes, HS256 makes 32'],
    ['a signature of HS512', jwt(header, payload, Buffer.alloc(64).toString('base64url')), '64 bytes, HS256'],
    ['bits left over', jwt(header, payload, 'c2lnbR'), 'base64url'],
    ['a header that is no JSON', jwt('{', payload), 'header is not JSON'],
    ['a byte order mark', jwt('\ufeff{"alg":"HS256"}', payload), 'header is not JSON'],
    ['text after the JSON', jwt(`${JSON.stringify(header)}x`, payload), 'header is not JSON'],
    ['a payload that is a list', jwt(header, '[]'), 'payload is not a JSON object'],
    ['a payload that is null', jwt(header, 'null'), 'payload is not a JSON object'],
    ['two exp', jwt(header, '{"client_id":"c","exp":1,"exp":2}'), 'member name twice'],
    ['two sub, one escaped', jwt(header, '{"sub":"a","\\u0073ub":"b"}'), 'member name twice'],
    ['two alg', jwt('{"alg":"none","alg":"HS256"}', payload), 'member name twice'],
    ['two names further in', jwt(header, '{"x":{"a":1,"a":2}}'), 'member name twice'],
    ['deep nesting', jwt(header, `{"x":${'['.repeat(50)}${']'.repeat(50)}}`), 'nested'],
    ['alg none', jwt({ alg: 'none' }, payload, ''), 'alg must be'],
    ['alg nOnE', jwt({ alg: 'nOnE' }, payload, ''), 'alg must be'],
    ['alg RS256', jwt({ alg: 'RS256' }, payload), 'alg must be'],
    ['alg missing', jwt({ typ: 'JWT' }, payload), 'alg must be'],
    ['alg a number', jwt({ alg: 256 }, payload), 'alg must be'],
    ['alg toString', jwt({ alg: 'toString' }, payload), 'alg must be'],
    ['alg __proto__', jwt('{"alg":"__proto__"}', payload), 'alg must be'],
    ['kid a number', jwt({ ...header, kid: 5 }, payload), 'kid must be'],
    ['kid a list', jwt({ ...header, kid: ['a'] }, payload), 'kid must be'],
    ['another typ', jwt({ ...header, typ: 'at+jwt' }, payload), 'typ must be'],
    ...['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c', 'zip'].map((name): [string, string, string] => [
      `${name} in the header`,
      jwt({ ...header, [name]: long }, payload),
      `header has ${name}`,
    ]),
  ])('%s', (_what, text, words) => {
    const verdict = parseJwt(text)
    expect(verdict).toMatchObject({ ok: false, reason: 'jwt_malformed' })
    if (verdict.ok) return
    expect(verdict.description).toContain(words)
    expect(JSON.stringify(verdict)).not.toContain(text)
  })

  test('invalid UTF-8', () => {
    const bad = `${part(header)}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}.c2ln`
    expect(parseJwt(bad)).toMatchObject({ ok: false, description: expect.stringContaining('UTF-8') })
  })

  test('a real RS256 token', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const text = await new SignJWT(payload).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    expect(parseJwt(text)).toMatchObject({ ok: false, evidence: { alg: 'RS256' } })
  })
})

test('a member called __proto__ is a member like any other', () => {
  const verdict = parseJwt(jwt(header, '{"__proto__":{"admin":true},"client_id":"c","exp":1}'))
  expect(verdict.ok && verdict.value.payload.admin).toBe(undefined)
  expect(({} as { admin?: boolean }).admin).toBe(undefined)
})

test('names inside strings, with colons and escaped quotes, are not taken for members', async () => {
  const claims = { client_id: 'a":"b\\', note: '"x": {"y": 1}', list: ['"a":', { deep: '":"' }], exp: 1 }
  expect(parseJwt(await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(key)).ok).toBe(true)
})

test('eight thousand quotes and backslashes are read in no time', () => {
  const started = process.threadCpuUsage()
  parseJwt(jwt(header, `{"a":"${'\\"'.repeat(4000)}`))
  parseJwt(jwt(header, `{"a":"${'\\"'.repeat(4000)}","b":1}`))
  expect(process.threadCpuUsage(started).user).toBeLessThan(200_000)
})

describe('where private keys sign as well', () => {
  const asymmetric = { asymmetric: true, carrier: 'client_assertion' } as const
  const ofLength = (bytes: number): string => Buffer.alloc(bytes, 7).toString('base64url')

  test.each(publicKeyAlgs)('a JWT made by a library with %s is read', async (alg) => {
    const { privateKey } = await generateKeyPair(alg)
    const text = await new SignJWT(payload).setProtectedHeader({ alg, kid: 'k1' }).sign(privateKey)
    const verdict = parseJwt(text, asymmetric)
    expect(verdict).toMatchObject({ ok: true, value: { alg, kid: 'k1', payload }, evidence: { alg } })
    expect(verdict.ok && isHmac(verdict.value)).toBe(false)
    // Elsewhere all stays as it was.
    expect(parseJwt(text)).toMatchObject({ ok: false, evidence: { cause: 'alg_asymmetric' } })
  })

  test('a JWT made with a secret is read as everywhere, and is of the other kind', () => {
    for (const text of [jwt(header, payload), jwt({ alg: 'HS384' }, payload, ofLength(48))]) {
      const verdict = parseJwt(text, asymmetric)
      expect(verdict).toEqual(parseJwt(text))
      expect(verdict.ok && isHmac(verdict.value)).toBe(true)
    }
  })

  test('RSA signatures have 256 to 512 bytes', () => {
    for (const alg of ['RS256', 'PS256']) {
      for (const bytes of [256, 384, 512])
        expect(parseJwt(jwt({ alg }, payload, ofLength(bytes)), asymmetric).ok).toBe(true)
      for (const bytes of [255, 513])
        expect(parseJwt(jwt({ alg }, payload, ofLength(bytes)), asymmetric)).toMatchObject({
          ok: false,
          description: `client_assertion is not a JWT we accept: its signature has ${bytes} bytes, ${alg} makes 256 to 512.`,
        })
    }
  })

  test.each<[what: string, text: string, cause: string, words: string]>([
    ['alg none', jwt({ alg: 'none' }, payload, ''), 'alg_none', 'alg must be'],
    ['alg NONE', jwt({ alg: 'NONE' }, payload, ''), 'alg_none', 'alg must be'],
    ['alg missing', jwt({ typ: 'JWT' }, payload), 'alg_not_taken', 'alg must be'],
    ['RS512', jwt({ alg: 'RS512' }, payload, ofLength(256)), 'alg_not_taken', 'ES256, PS256, RS256 or EdDSA'],
    ['ES384', jwt({ alg: 'ES384' }, payload, ofLength(96)), 'alg_not_taken', 'alg must be'],
    ['es256', jwt({ alg: 'es256' }, payload, ofLength(64)), 'alg_not_taken', 'alg must be'],
    ['alg a list', jwt({ alg: ['ES256'] }, payload, ofLength(64)), 'alg_not_taken', 'alg must be'],
    ['alg __proto__', jwt('{"alg":"__proto__"}', payload), 'alg_not_taken', 'alg must be'],
    ['a MAC called RS256', jwt({ alg: 'RS256' }, payload), 'alg_differs', '32 bytes, RS256 makes 256 to 512'],
    ['ES256 without a signature', jwt({ alg: 'ES256' }, payload, ''), 'truncated', '0 bytes, ES256 makes 64'],
    [
      'ES256 as DER',
      jwt({ alg: 'ES256' }, payload, Buffer.from([0x30, 69, ...Array(69).fill(2)]).toString('base64url')),
      'base64_broken',
      '71 bytes, ES256 makes 64: r and s side by side, not DER',
    ],
    ...['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'].map((name): [string, string, string, string] => [
      `${name} in the header`,
      jwt({ alg: 'ES256', [name]: 'https://evil.example' }, payload, ofLength(64)),
      'header_refused',
      `header has ${name}`,
    ]),
    [
      'a long kid',
      jwt({ alg: 'ES256', kid: 'k'.repeat(257) }, payload, ofLength(64)),
      'header_refused',
      'kid must be',
    ],
    [
      'a kid that is a list',
      jwt({ alg: 'ES256', kid: ['k'] }, payload, ofLength(64)),
      'header_refused',
      'kid must be',
    ],
  ])('%s is refused', (_what, text, cause, words) => {
    const verdict = parseJwt(text, asymmetric)
    expect(verdict).toMatchObject({ ok: false, reason: 'jwt_malformed', evidence: { cause } })
    if (verdict.ok) return
    expect(verdict.description).toMatch(/^client_assertion is not a JWT we accept: /)
    expect(verdict.description).toContain(words)
  })
})
