import { randomBytes } from 'node:crypto'
import { parseAccessGrant, parseCaveat } from '@valetkey/access-grant'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { buildApp } from '../app.ts'
import type { Deps } from '../deps.ts'
import type { Client, ClientSecret } from '../domain/client.ts'
import { clientAuthenticationSteps, type TokenRequest } from '../domain/token-request.ts'
import { newId, newToken, tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { createSealer } from '../sealing.ts'
import { StoreUnavailable } from '../store/store.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

const redirect_uri = 'https://photos.example/cb'
const issuer = 'https://valetkey.test'

let app: Awaited<ReturnType<typeof testApp>>['app']
let deps: TestDeps
let client: Client
let secretText: string
let userToken: string

beforeEach(async () => {
  ;({ app, deps } = await testApp())
  const account = {
    full_name: 'Ada',
    company_name: '',
    password_hash: 'x',
    state: 'active',
    created_at: deps.clock.now(),
  } as const
  const [developer_id, user_id] = [newId(deps), newId(deps)]
  await deps.store.developers.add({ ...account, id: developer_id, email: 'dev@example.org' })
  await deps.store.users.add({ ...account, id: user_id, email: 'user@example.org' })
  await deps.network.createProject(user_id, 'First')
  userToken = newToken(deps)
  const now = deps.clock.now()
  const session = {
    token_hash: tokenHash(userToken),
    kind: 'user',
    account_id: user_id,
    created_at: now,
    expires_at: now + 86_400,
    ttl_seconds: 86_400,
    network: '192.0.2.1',
    user_agent: 'a browser',
  } as const
  await deps.store.sessions.add(session, account.password_hash)
  ;[client, secretText] = await registered(developer_id)
})
afterEach(async () => {
  await app.close()
  await deps.store.close()
})

async function registered(developer_id: string, change: Partial<Client> = {}): Promise<[Client, string]> {
  const now = deps.clock.now()
  const made: Client = {
    id: newId(deps),
    developer_id,
    client_id: newId(deps),
    name: 'Photos',
    description: '',
    redirect_uris: [redirect_uri],
    scopes: [],
    state: 'active',
    storx_profile: true,
    token_endpoint_auth_method: 'client_secret_jwt',
    grant_types: ['authorization_code'],
    application_type: 'web',
    jwks: null,
    jwks_uri: null,
    require_pushed_authorization_requests: false,
    registration_token_hash: null,
    created_at: now,
    updated_at: now,
    ...change,
  }
  const text = `vks_${randomBytes(24).toString('hex')}`
  await deps.store.clients.add(made, sealedSecret(made, text))
  return [made, text]
}

function sealedSecret({ id: client_row_id }: Client, text: string): ClientSecret {
  const id = newId(deps)
  const sealed_secret = deps.sealer.seal('client-secret', id, Buffer.from(text))
  return {
    id,
    client_row_id,
    sealed_secret,
    created_at: deps.clock.now(),
    retires_at: null,
    retired_by: null,
    last_used_at: null,
  }
}

async function approvedCode(
  scope = ['read', 'list'],
  request: object = {},
  consent: object = {},
): Promise<string> {
  const post = async (path: string, payload: object) =>
    (
      await app.inject({
        method: 'POST',
        url: path,
        payload,
        headers: { authorization: `Bearer ${userToken}` },
      })
    ).json()
  const { request_id } = await post('/api/v0/oauth2/request', {
    client_id: client.client_id,
    redirect_uri,
    scope,
    ...request,
  })
  const { code } = await post('/api/v0/oauth2/consent', {
    request_id,
    approve: true,
    approved_scopes: scope,
    ...consent,
  })
  return code
}

const sign = (claims: object, { key = secretText, alg = 'HS256' } = {}) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg, typ: 'JWT' }).sign(Buffer.from(key))
const jwt = (claims: object = {}, key = secretText) =>
  sign({ client_id: client.client_id, exp: deps.clock.now() + 300, ...claims }, { key })

async function token(change: object = {}, server = app) {
  const payload = {
    client_id: client.client_id,
    client_secret: await jwt(),
    redirect_uri,
    code: 'x',
    passphrase: '',
    ...change,
  }
  return server.inject({ method: 'POST', url: '/api/v0/oauth2/token', payload })
}

async function traceOf(answer: { headers: Record<string, unknown> }): Promise<TokenRequest> {
  await deps.recorder.flush()
  const trace = await deps.store.traces.find(String(answer.headers['x-trace-id']))
  if (trace === undefined) throw new Error('no trace was recorded')
  return trace
}

describe('client authentication', () => {
  test('a good JWT passes the six steps by name and in order, and the trace shows them', async () => {
    const code = await approvedCode()
    const answer = await token({ code })
    expect(answer.statusCode).toBe(200)
    const trace = await traceOf(answer)
    expect(trace.steps.map(({ step }) => step)).toEqual([
      ...clientAuthenticationSteps,
      'check_jti',
      'find_code',
      'check_not_spent',
      'check_code_expiry',
      'match_redirect_uri',
      'prove_possession',
      'find_project',
      'derive_root_key',
      'spend_code',
    ])
    expect(trace).toMatchObject({
      outcome: 'granted',
      reason: null,
      status: 200,
      authenticated: true,
      client_id: client.client_id,
    })
    expect(trace.grant_id).not.toBe(null)
  })

  test.each<[string, () => object, string, string]>([
    ['exp missing', () => ({ exp: undefined }), 'claims_invalid', 'exp'],
    ['exp as text', () => ({ exp: String(deps.clock.now() + 60) }), 'claims_invalid', 'number'],
    [
      'exp in milliseconds',
      () => ({ exp: (deps.clock.now() + 60) * 1000 }),
      'claims_invalid',
      'milliseconds',
    ],
    ['exp too far', () => ({ exp: deps.clock.now() + 1831 }), 'claims_invalid', 'at most 30 min'],
    ['exp negative', () => ({ exp: -1e300 }), 'claims_invalid', 'negative'],
    ['exp null', () => ({ exp: null }), 'claims_invalid', 'number'],
    ['client_id missing', () => ({ client_id: undefined }), 'claims_invalid', 'client_id'],
    ['client_id a number', () => ({ client_id: 5 }), 'claims_invalid', 'client_id'],
    ['nbf ahead', () => ({ nbf: deps.clock.now() + 31 }), 'claims_invalid', 'nbf'],
    ['nbf as text', () => ({ nbf: 'soon' }), 'claims_invalid', 'nbf'],
    ['jti a number', () => ({ jti: 5 }), 'claims_invalid', 'jti'],
  ])('%s is refused and told to everybody', async (_what, claims, reason, words) => {
    const code = await approvedCode()
    const answer = await token({ code, client_secret: await jwt(claims()) })
    expect([answer.statusCode, answer.json().error]).toEqual([401, 'invalid_client'])
    expect(answer.json().error_description).toContain(words)
    expect(await traceOf(answer)).toMatchObject({ reason, outcome: 'refused', authenticated: false })
    expect((await token({ code })).statusCode).toBe(200)
  })

  test.each([
    ['iat and iss are let be', { iat: 1, iss: 'whoever' }],
    ['nbf within the skew', { nbf: 30 }],
  ])('%s', async (_what, claims) => {
    const relative = 'nbf' in claims ? { nbf: deps.clock.now() + claims.nbf } : claims
    expect((await token({ code: await approvedCode(), client_secret: await jwt(relative) })).statusCode).toBe(
      200,
    )
  })

  test('exp may have passed by 29 s and not by 30, both edges of the skew', async () => {
    const late = (seconds: number) => jwt({ exp: deps.clock.now() - seconds })
    expect((await token({ code: await approvedCode(), client_secret: await late(29) })).statusCode).toBe(200)
    const refused = await token({ code: await approvedCode(), client_secret: await late(30) })
    expect([refused.statusCode, refused.json().error]).toEqual([401, 'client_secret_expired'])
    const edge = await token({
      code: await approvedCode(),
      client_secret: await jwt({ exp: deps.clock.now() + 1830 }),
    })
    expect(edge.statusCode).toBe(200)
  })

  test('an expired JWT and one that names another client are told apart once the signature is right', async () => {
    const [other, otherSecret] = await registered(client.developer_id)
    const code = await approvedCode()
    const expired = await token({ code, client_secret: await jwt({ exp: deps.clock.now() - 40 }) })
    expect(await traceOf(expired)).toMatchObject({ reason: 'assertion_expired', authenticated: false })
    const named = await jwt({ client_id: other.client_id }, otherSecret)
    const mismatch = await token({ code, client_secret: named })
    expect([mismatch.statusCode, mismatch.json().error]).toEqual([401, 'invalid_client'])
    expect(mismatch.json().error_description).toContain('invalid_client_string')
    expect(await traceOf(mismatch)).toMatchObject({
      reason: 'client_id_mismatch',
      client_id: client.client_id,
    })
  })

  test('what the request and the clock decide is told alike, whether or not the client exists or the key fits', async () => {
    const code = await approvedCode()
    const exp = deps.clock.now() - 312
    const nobody = '01890000-0000-7000-8000-000000000000'
    const unknown = await token({
      code,
      client_id: nobody,
      client_secret: await jwt({ client_id: nobody, exp }),
    })
    const forged = await token({ code, client_secret: await jwt({ exp }, 'another key of some length') })
    const own = await token({ code, client_secret: await jwt({ exp }) })
    for (const answer of [unknown, forged, own]) {
      expect(answer.json().error_description).toBe('The JWT in client_secret expired 312 s ago.')
    }
    expect([unknown, forged, own].map((answer) => answer.json().error)).toEqual([
      'invalid_client',
      'invalid_client',
      'client_secret_expired',
    ])
    expect((await traceOf(unknown)).reason).toBe('client_unknown')
    expect((await traceOf(forged)).reason).toBe('signature_wrong')
  })

  test('the trace keeps what the steps that were not reached would have found', async () => {
    const code = await approvedCode()
    const exp = deps.clock.now() - 40
    const client_secret = await jwt({ exp }, 'another key of some length')
    const trace = await traceOf(await token({ code, client_secret, redirect_uri: `${redirect_uri}/` }))
    expect(trace.steps.map(({ step, result }) => [step, result])).toEqual([
      ['parse_jwt', 'passed'],
      ['read_claims', 'passed'],
      ['fetch_client', 'passed'],
      ['verify_signature', 'failed'],
      ['check_expiry', 'would_fail'],
      ['match_client_id', 'would_pass'],
      ['find_code', 'would_pass'],
      ['check_not_spent', 'would_pass'],
      ['check_code_expiry', 'would_pass'],
      ['match_redirect_uri', 'would_fail'],
      ['prove_possession', 'would_pass'],
      ['find_project', 'would_pass'],
    ])
  })

  test('of a code that belongs to somebody else, the trace keeps nothing but whose it is', async () => {
    const [other, otherSecret] = await registered(client.developer_id)
    const code = await approvedCode()
    const answer = await token({
      code,
      client_id: other.client_id,
      client_secret: await jwt({ client_id: other.client_id }, otherSecret),
      redirect_uri: 'https://elsewhere.example/cb',
    })
    const { steps } = await traceOf(answer)
    expect(steps.at(-1)).toEqual({
      step: 'find_code',
      result: 'failed',
      evidence: { cause: 'code_of_another_client', issued_to: client.client_id },
    })
    expect(JSON.stringify(steps)).not.toContain(redirect_uri)
  })

  test('an inactive client answers like an unknown one, and the trace knows better', async () => {
    const code = await approvedCode()
    await deps.store.clients.setState(client.id, 'inactive', deps.clock.now())
    const answer = await token({ code })
    const unknown = await token({
      code,
      client_id: 'nobody',
      client_secret: await jwt({ client_id: 'nobody' }),
    })
    expect({ ...answer.json(), trace_id: '' }).toEqual({ ...unknown.json(), trace_id: '' })
    expect((await traceOf(answer)).reason).toBe('client_inactive')
  })

  test('a retired secret is refused, a retiring one counts until its end', async () => {
    const old = secretText
    secretText = 'vks_the_next_secret_of_this_client_0123456789'
    await deps.store.clients.rotate(
      sealedSecret(client, secretText),
      deps.clock.now() + 60,
      client.developer_id,
    )
    for (const key of [old, secretText]) {
      expect(
        (await token({ code: await approvedCode(), client_secret: await jwt({}, key) })).statusCode,
      ).toBe(200)
    }
    deps.clock.advance(60)
    const refused = await token({ code: await approvedCode(), client_secret: await jwt({}, old) })
    expect((await traceOf(refused)).reason).toBe('signature_wrong')
    expect((await token({ code: await approvedCode() })).statusCode).toBe(200)
  })

  test('imported secrets count byte for byte as they are: 64 hex digits, bcrypt text', async () => {
    for (const text of ['ab'.repeat(32), '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy']) {
      await deps.store.clients.rotate(sealedSecret(client, text), deps.clock.now(), client.developer_id)
      expect(
        (await token({ code: await approvedCode(), client_secret: await jwt({}, text) })).statusCode,
      ).toBe(200)
    }
  })

  test('exp may have fractions of a second, beside a jti as well', async () => {
    const client_secret = await jwt({ exp: deps.clock.now() + 60.5, jti: 'fraction' })
    expect((await token({ code: await approvedCode(), client_secret })).statusCode).toBe(200)
  })

  test('a jti counts once, also when the second comes with another code', async () => {
    const client_secret = await jwt({ jti: 'once' })
    expect((await token({ code: await approvedCode(), client_secret })).statusCode).toBe(200)
    const second = await token({ code: await approvedCode(), client_secret })
    expect([second.statusCode, second.json().error]).toEqual([401, 'invalid_client'])
    expect((await traceOf(second)).reason).toBe('assertion_replayed')
  })

  test('a stranger cannot burn a jti with a wrong signature', async () => {
    await token({ client_secret: await jwt({ jti: 'mine' }, 'some other key, of some length') })
    expect(
      (await token({ code: await approvedCode(), client_secret: await jwt({ jti: 'mine' }) })).statusCode,
    ).toBe(200)
  })

  test('without jti a JWT may be used again until it expires', async () => {
    const client_secret = await jwt()
    for (let n = 0; n < 2; n++)
      expect((await token({ code: await approvedCode(), client_secret })).statusCode).toBe(200)
  })

  describe('the strict profile', () => {
    const strict = (change: object = {}) => {
      const now = deps.clock.now()
      const { client_id } = client
      return sign({
        iss: client_id,
        sub: client_id,
        aud: issuer,
        iat: now,
        exp: now + 300,
        jti: 'j'.repeat(16),
        ...change,
      })
    }
    test('RFC 7523 as it stands is accepted', async () => {
      expect((await token({ code: await approvedCode(), client_secret: await strict() })).statusCode).toBe(
        200,
      )
    })
    test.each<[string, () => object]>([
      ['aud of the token endpoint', () => ({ aud: `${issuer}/api/v0/oauth2/token` })],
      ['aud with a slash', () => ({ aud: `${issuer}/` })],
      ['two audiences', () => ({ aud: [issuer, 'https://other.example'] })],
      ['no aud', () => ({ aud: undefined })],
      ['another iss', () => ({ iss: 'somebody' })],
      ['no iat', () => ({ iat: undefined })],
      ['iat ahead', () => ({ iat: deps.clock.now() + 31 })],
      ['iat long ago', () => ({ iat: deps.clock.now() - 331 })],
      ['no jti', () => ({ jti: undefined })],
      ['a short jti', () => ({ jti: 'short' })],
      ['exp beyond 300 s', () => ({ exp: deps.clock.now() + 331 })],
    ])('%s is refused', async (_what, change) => {
      const answer = await token({ code: await approvedCode(), client_secret: await strict(change()) })
      expect([answer.statusCode, answer.json().error]).toEqual([401, 'invalid_client'])
      expect((await traceOf(answer)).reason).toBe('claims_invalid')
    })
    test('a client that takes strict assertions only does not fall back', async () => {
      await deps.store.clients.update(client.id, () => ({ storx_profile: false }), deps.clock.now())
      const code = await approvedCode()
      const answer = await token({ code })
      expect([answer.statusCode, (await traceOf(answer)).reason]).toEqual([401, 'profile_disabled'])
      expect((await token({ code, client_secret: await strict() })).statusCode).toBe(200)
    })
  })

  test('a sealed secret moved from another client does not authenticate, and the answer says 503', async () => {
    const [other] = await registered(client.developer_id)
    const [stolen] = await deps.store.clients.secrets(client.id)
    const swapped = { ...sealedSecret(other, 'x'), sealed_secret: stolen?.sealed_secret ?? '' }
    await deps.store.clients.rotate(swapped, deps.clock.now(), client.developer_id)
    const client_secret = await jwt({ client_id: other.client_id })
    const answer = await token({ client_id: other.client_id, client_secret })
    expect([answer.statusCode, answer.json().error]).toEqual([503, 'temporarily_unavailable'])
    expect((await traceOf(answer)).reason).toBe('secret_unreadable')
  })
})

describe('the code', () => {
  test('it lives 60 s', async () => {
    const [in_time, late] = [await approvedCode(), await approvedCode()]
    deps.clock.advance(59)
    expect((await token({ code: in_time })).statusCode).toBe(200)
    deps.clock.advance(1)
    const answer = await token({ code: late })
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'code_expired'])
  })

  test('a code that nobody issued is refused', async () => {
    const answer = await token({ code: 'x'.repeat(43) })
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'invalid_code'])
    expect(await traceOf(answer)).toMatchObject({ reason: 'code_unknown', authenticated: true })
  })

  test('a replay is refused and revokes the access grant that the first use issued', async () => {
    const code = await approvedCode()
    const { api_key } = parseAccessGrant((await token({ code })).json().access_grant)
    const action = { op: 'read', bucket: 'b', encrypted_path: Buffer.from('x') } as const
    expect((await deps.network.check(api_key, action)).allowed).toBe(true)
    const replay = await token({ code })
    expect([replay.statusCode, replay.json().error]).toEqual([400, 'invalid_code'])
    expect(await deps.network.check(api_key, action)).toMatchObject({ allowed: false, reason: 'revoked' })
    expect((await traceOf(replay)).reason).toBe('code_replayed')
  })

  test('a replay by somebody who cannot authenticate, or by another client, revokes nothing', async () => {
    const code = await approvedCode()
    const { api_key } = parseAccessGrant((await token({ code })).json().access_grant)
    const [other, otherSecret] = await registered(client.developer_id)
    await token({ code, client_secret: await jwt({}, 'not the key, but long enough') })
    const stranger = await token({
      code,
      client_id: other.client_id,
      client_secret: await jwt({ client_id: other.client_id }, otherSecret),
    })
    expect((await traceOf(stranger)).reason).toBe('code_unknown')
    const action = { op: 'read', bucket: 'b', encrypted_path: Buffer.from('x') } as const
    expect((await deps.network.check(api_key, action)).allowed).toBe(true)
  })

  test('a wrong redirect_uri is told by its difference and does not spend the code', async () => {
    const code = await approvedCode()
    const answer = await token({ code, redirect_uri: 'http://photos.example/cb' })
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'invalid_redirect_uri'])
    expect(await traceOf(answer)).toMatchObject({ reason: 'redirect_uri_differs', authenticated: true })
    expect((await token({ code })).statusCode).toBe(200)
  })

  test('a code taken back before it was redeemed is refused', async () => {
    const code = await approvedCode()
    const users = await deps.store.codes.read(client.client_id, tokenHash(code), deps.clock.now())
    await deps.store.grants.revokeClientOfUser(users.code?.user_id ?? '', client.client_id, deps.clock.now())
    const answer = await token({ code })
    expect([answer.statusCode, (await traceOf(answer)).reason]).toEqual([400, 'code_revoked'])
  })

  // RFC 7636, appendix B.
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
  test('a code begun with PKCE needs its verifier', async () => {
    const code = await approvedCode(['read'], { code_challenge, code_challenge_method: 'S256' })
    for (const wrong of [undefined, 'x'.repeat(43), 'short', code_challenge]) {
      const answer = await token({ code, code_verifier: wrong })
      expect([answer.statusCode, (await traceOf(answer)).reason]).toEqual([400, 'code_verifier_wrong'])
    }
    expect((await token({ code, code_verifier })).statusCode).toBe(200)
  })
  test('a code begun without PKCE refuses a verifier', async () => {
    const answer = await token({ code: await approvedCode(), code_verifier })
    expect((await traceOf(answer)).reason).toBe('code_verifier_wrong')
  })

  test('the end that the user chose is the end of the access grant', async () => {
    const not_after = deps.clock.now() + 3600
    const answer = await token({ code: await approvedCode(['read'], {}, { not_after }) })
    expect(answer.json().expires_in).toBe(3600)
    const { api_key } = parseAccessGrant(answer.json().access_grant)
    const action = { op: 'read', bucket: 'b', encrypted_path: Buffer.from('x') } as const
    deps.clock.advance(3600)
    expect((await deps.network.check(api_key, action)).allowed).toBe(true)
    deps.clock.advance(1)
    expect((await deps.network.check(api_key, action)).allowed).toBe(false)
  })
})

describe('the access grant', () => {
  test('two grants of one consent differ in the nonce of their restriction, so that one can be revoked alone', async () => {
    const nonces: string[] = []
    for (let n = 0; n < 2; n++) {
      const { api_key } = parseAccessGrant((await token({ code: await approvedCode() })).json().access_grant)
      expect(api_key.caveats).toHaveLength(1)
      const { nonce } = parseCaveat(api_key.caveats[0] ?? new Uint8Array())
      expect(nonce).toHaveLength(4)
      nonces.push(Buffer.from(nonce ?? []).toString('hex'))
    }
    expect(new Set(nonces).size).toBe(2)
    expect(nonces).not.toContain('00000000')
  })
})

describe('what a token request costs, and what it leaves', () => {
  test('whoever came by a code cannot fill the audit log of its user with attempts', async () => {
    const code = await approvedCode()
    for (let n = 0; n < 12; n++) await token({ code, client_secret: await jwt({}, 'no key of this client') })
    await deps.background.flush()
    await deps.recorder.flush()
    const found = await deps.store.codes.read(client.client_id, tokenHash(code), deps.clock.now())
    const user_id = found.code?.user_id ?? ''
    const attempts = async () =>
      (await deps.store.audit.log({ user_id }, { limit: 50 })).filter(
        ({ actor_kind }) => actor_kind === 'anonymous',
      )
    expect(await attempts()).toHaveLength(5)
    deps.clock.advance(3600)
    await token({ code, client_secret: await jwt({}, 'no key of this client') })
    await deps.background.flush()
    await deps.recorder.flush()
    expect(await attempts()).toHaveLength(6)
  })

  test('a stranger costs as many unsealed secrets as a client, so that time tells nothing', async () => {
    const open = vi.fn(deps.sealer.open)
    const openDecoy = vi.fn(deps.sealer.openDecoy)
    const settings = { ...deps.settings, signature_forensics: false }
    const counting = await buildApp({ ...deps, settings, sealer: { ...deps.sealer, open, openDecoy } })
    const unsealed = async (change: object) => {
      const before = open.mock.calls.length + openDecoy.mock.calls.length
      await token(change, counting)
      return open.mock.calls.length + openDecoy.mock.calls.length - before
    }
    const nobody = '01890000-0000-7000-8000-000000000000'
    const code = await approvedCode()
    const stranger = { code, client_id: nobody, client_secret: await jwt({ client_id: nobody }) }
    const forger = { code, client_secret: await jwt({}, 'another key of some length') }
    const costs = [await unsealed(stranger), await unsealed(forger), await unsealed({ code })]
    expect(costs).toEqual([2, 2, 2])
    const next = 'vks_the_next_secret_of_this_client_0123456789'
    const until = deps.clock.now() + 60
    await deps.store.clients.rotate(sealedSecret(client, next), until, client.developer_id)
    expect(await unsealed({ code })).toBe(2)
    await deps.store.clients.setState(client.id, 'inactive', deps.clock.now())
    expect(await unsealed({ code })).toBe(2)
    await counting.close()
  })

  test('the last use of the secret that signed moves, and no other', async () => {
    const lastUses = async () => {
      await deps.recorder.flush()
      return (await deps.store.clients.secrets(client.id)).map(({ last_used_at }) => last_used_at)
    }
    expect(await lastUses()).toEqual([null])
    await token({ client_secret: await jwt({}, 'another key of some length') })
    expect(await lastUses()).toEqual([null])
    await token({ code: await approvedCode() })
    const first = deps.clock.now()
    expect(await lastUses()).toEqual([first])
    deps.clock.advance(1)
    const next = 'vks_the_next_secret_of_this_client_0123456789'
    await deps.store.clients.rotate(sealedSecret(client, next), first + 600, client.developer_id)
    deps.clock.advance(9)
    await token({ code: 'a code that is wrong' })
    expect(await lastUses()).toEqual([null, first + 10])
    await token({ code: 'a code that is wrong', client_secret: await jwt({}, next) })
    expect(await lastUses()).toEqual([first + 10, first + 10])
  })

  test('its user reads of the redemption and of a replay, each with its trace', async () => {
    const code = await approvedCode()
    const read = await deps.store.codes.read(client.client_id, tokenHash(code), deps.clock.now())
    const user_id = read.code?.user_id ?? ''
    const redeemed = await token({ code })
    deps.clock.advance(1)
    const replayed = await token({ code })
    deps.clock.advance(1)
    const forged = await token({ code, client_secret: await jwt({}, 'another key of some length') })
    await deps.recorder.flush()
    const events = await deps.store.audit.log({ user_id, actions: ['oauth.redeemed'] }, { limit: 10 })
    const about = { user_id, resource: read.code?.request_id }
    const own = { ...about, actor_kind: 'client', actor_id: client.client_id }
    expect(events).toMatchObject([
      {
        ...about,
        actor_kind: 'anonymous',
        actor_id: null,
        outcome: 'failed',
        trace_id: forged.headers['x-trace-id'],
      },
      { ...own, outcome: 'failed', trace_id: replayed.headers['x-trace-id'] },
      { ...own, outcome: 'success', trace_id: redeemed.headers['x-trace-id'] },
    ])
  })
})

describe('Retry-After', () => {
  test.each<[string, () => Partial<Deps>, string]>([
    [
      'the database is away',
      () => ({
        store: {
          ...deps.store,
          codes: {
            ...deps.store.codes,
            read: async () => {
              throw new StoreUnavailable('away')
            },
          },
        },
      }),
      'store_unavailable',
    ],
    [
      'there is no room for another key derivation',
      () => ({
        rootKeys: async () => {
          throw refuse('overloaded', { retry_after: 1 })
        },
      }),
      'overloaded',
    ],
    [
      'the secret cannot be unsealed',
      () => ({ sealer: createSealer(Buffer.alloc(32, 8), randomBytes) }),
      'secret_unreadable',
    ],
  ])('stands in the 503 when %s, and the code is good afterwards', async (_what, change, reason) => {
    const code = await approvedCode()
    const troubled = await buildApp({ ...deps, ...change() })
    const answer = await token({ code }, troubled)
    expect([answer.statusCode, answer.json().error]).toEqual([503, 'temporarily_unavailable'])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(await traceOf(answer)).toMatchObject({ reason, outcome: 'failed' })
    await troubled.close()
    expect((await token({ code })).statusCode).toBe(200)
  })

  test('is in no answer that another try cannot better', async () => {
    const code = await approvedCode()
    const answers = [
      await token({ code, redirect_uri: `${redirect_uri}/` }),
      await token({ code, client_secret: 'no JWT' }),
      await token({ code: 'unknown' }),
      await token({ code }),
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 401, 400, 200])
    for (const { headers } of answers) expect(headers['retry-after']).toBe(undefined)
  })
})

describe('the trace of what never reached a step', () => {
  test.each<[string, object | string, Record<string, string>]>([
    ['not JSON', '{', { 'content-type': 'application/json' }],
    ['a form', 'client_id=x', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a missing field', { client_id: 'known-by-its-text' }, {}],
    ['over 16 KiB', { client_id: 'x', client_secret: 'x'.repeat(17_000) }, {}],
  ])('%s is recorded with its reason', async (_what, payload, headers) => {
    const answer = await app.inject({ method: 'POST', url: '/api/v0/oauth2/token', payload, headers })
    expect(answer.json().error).toBe('invalid_request')
    const trace = await traceOf(answer)
    expect(trace).toMatchObject({
      outcome: 'refused',
      authenticated: false,
      status: answer.statusCode,
    })
    expect(trace?.steps.filter(({ result }) => !result.startsWith('would_'))).toEqual([])
  })

  test('a raw secret is recognised, answered with a warning, and kept nowhere', async () => {
    const answer = await token({ client_secret: secretText })
    expect(answer.json().error_description).toContain('three parts')
    const trace = await traceOf(answer)
    expect(JSON.stringify(trace)).not.toContain(secretText)
  })
})

describe('what an app holds already', () => {
  const asked = async (scope: string[]) => {
    const payload = { client_id: client.client_id, redirect_uri, scope }
    const headers = { authorization: `Bearer ${userToken}` }
    return (await app.inject({ method: 'POST', url: '/api/v0/oauth2/request', payload, headers })).json()
  }
  test('is needed no more when one grant covers it, and needed whole otherwise', async () => {
    await token({ code: await approvedCode(['read', 'bucket:aaa']) })
    await token({ code: await approvedCode(['write', 'bucket:bbb']) })
    expect((await asked(['read', 'bucket:aaa;2026/'])).needed_access).toEqual([])
    expect((await asked(['read'])).needed_access).toEqual(['read'])
    const both = ['read', 'write', 'bucket:bbb']
    expect(await asked(both)).toMatchObject({
      needed_access: both,
      current_access: ['read', 'bucket:aaa', 'write', 'bucket:bbb'],
    })
  })
})
