/** From the first redirect to the access grant, at a server that says what each test wants. */
import { describe, expect, test } from 'vitest'
import type { RequestedAccess } from './access-form.ts'
import { beginAuthorization, type PendingAuthorization } from './begin-authorization.ts'
import { clientSecretJwt, noAuth } from './client-auth.ts'
import { sha256Text } from './encoding.ts'
import { type FinishOptions, finishAuthorization } from './finish-authorization.ts'
import { aHalf, aSealedGrant, details, granted } from './testing/sealed-grant.ts'
import { aDouble, type Double, refused, traceId } from './testing/valetkey-double.ts'

const page = { client_id: 'photos', auth: noAuth() }
const site = { client_id: 'photos', auth: clientSecretJwt('secret') }
const redirect_uri = 'https://app.example/callback?a=1'
const pushed = { status: 201, body: { request_uri: 'urn:example:1', expires_in: 60 } }

const begin = async () => {
  const { metadata } = await aDouble()
  return beginAuthorization(metadata, page, { redirect_uri, scope: 'read' })
}

describe('beginAuthorization', () => {
  test('sends the user with a fresh state and challenge, and keeps what proves them', async () => {
    const { metadata, asked } = await aDouble()
    const { url, pending } = await beginAuthorization(metadata, page, {
      redirect_uri,
      scope: 'read bucket:photos',
      offline_access: true,
    })
    expect(url.startsWith(`${metadata.authorization_endpoint}?`)).toBe(true)
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      client_id: 'photos',
      response_type: 'code',
      redirect_uri,
      scope: 'read bucket:photos offline_access',
      state: pending.state,
      code_challenge: await sha256Text(pending.code_verifier),
      code_challenge_method: 'S256',
    })
    expect(pending).toEqual({
      issuer: metadata.issuer,
      redirect_uri,
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(JSON.parse(JSON.stringify(pending))).toEqual(pending)
    expect(url).not.toContain(pending.code_verifier)
    expect(asked).toEqual([])
  })

  test('has another state and verifier each time', async () => {
    const [one, another] = [await begin(), await begin()]
    expect(one.pending.state).not.toBe(another.pending.state)
    expect(one.pending.code_verifier).not.toBe(another.pending.code_verifier)
  })

  test.each<[what: string, RequestedAccess, object]>([
    [
      'one place',
      { actions: ['read', 'list'], bucket: 'photos', prefix: '2026/' },
      [{ type: 'storage_access', actions: ['read', 'list'], bucket: 'photos', prefix: '2026/' }],
    ],
    [
      'several places, which agree in all the rest',
      {
        actions: ['read'],
        places: [
          { bucket: 'photos', prefix: '' },
          { bucket: 'music', prefix: 'a' },
        ],
        not_after: 7,
      },
      [
        { type: 'storage_access', actions: ['read'], not_after: 7, bucket: 'photos' },
        { type: 'storage_access', actions: ['read'], not_after: 7, bucket: 'music', prefix: 'a' },
      ],
    ],
    [
      'a whole project',
      { actions: ['write'], project: 'p', max_object_ttl: 60 },
      [{ type: 'storage_access', actions: ['write'], project: 'p', max_object_ttl: 60 }],
    ],
  ])('asks for %s in authorization_details', async (_what, access, expected) => {
    const { metadata } = await aDouble()
    const form = { redirect_uri, access, offline_access: true }
    const { searchParams } = new URL((await beginAuthorization(metadata, page, form)).url)
    expect(JSON.parse(searchParams.get('authorization_details') ?? '')).toEqual(expected)
    expect(searchParams.get('scope')).toBe('offline_access')
  })

  test.each([
    ['a prefix without its bucket', { prefix: '2026/' }],
    ['places that came out empty', { places: [] }],
    ['a bucket that is not there', { bucket: undefined }],
  ])('refuses %s, which would be the whole project, and sends nothing', async (_what, where) => {
    const { metadata, asked } = await aDouble()
    const access: RequestedAccess = Object.assign({ actions: ['read'] as const }, where as object)
    await expect(beginAuthorization(metadata, site, { redirect_uri, access })).rejects.toThrow(RangeError)
    expect(asked).toEqual([])
  })

  test('sends the request ahead for a client that proves who it is', async () => {
    const { metadata, asked } = await aDouble({ '/oauth2/par': pushed })
    const form = { redirect_uri, scope: 'read', response_mode: 'form_post' } as const
    const { url, pending } = await beginAuthorization(metadata, site, form)
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      client_id: 'photos',
      request_uri: 'urn:example:1',
    })
    expect(asked).toMatchObject([{ method: 'POST', path: '/oauth2/par' }])
    expect(asked[0]?.form).toEqual({
      client_id: 'photos',
      response_type: 'code',
      redirect_uri,
      scope: 'read',
      state: pending.state,
      code_challenge: expect.any(String),
      code_challenge_method: 'S256',
      response_mode: 'form_post',
      client_assertion_type: expect.any(String),
      client_assertion: expect.any(String),
    })
  })

  test('sends nothing ahead when it is told not to, and for a page only when the server insists', async () => {
    const { metadata, asked } = await aDouble({ '/oauth2/par': pushed })
    await beginAuthorization(metadata, site, { redirect_uri, scope: 'read', pushed: false })
    expect(asked).toEqual([])
    const strict = { ...metadata, require_pushed_authorization_requests: true }
    expect((await beginAuthorization(strict, page, { redirect_uri, scope: 'read' })).url).toContain(
      'request_uri',
    )
  })

  test('passes on why the server does not take the request', async () => {
    const { metadata } = await aDouble({ '/oauth2/par': refused('invalid_scope') })
    await expect(beginAuthorization(metadata, site, { redirect_uri, scope: 'read' })).rejects.toMatchObject({
      error: 'invalid_scope',
    })
    const { pushed_authorization_request_endpoint: _, ...without } = metadata
    const form = { redirect_uri, scope: 'read', pushed: true }
    await expect(beginAuthorization(without, site, form)).rejects.toMatchObject({
      error: 'endpoint_missing',
    })
  })
})

describe('finishAuthorization', () => {
  const code = aHalf()

  /** What is pending at a server, and the good answer to it. */
  async function pendingAt({ metadata }: Double) {
    const { pending } = await beginAuthorization(metadata, page, { redirect_uri, scope: 'read' })
    return { pending, answer: { code, state: pending.state, iss: pending.issuer } }
  }

  const callbackOf = (answer: object) => `${redirect_uri}&${new URLSearchParams({ ...answer })}`

  const finish = (
    { metadata }: Double,
    pending: PendingAuthorization,
    callback: string | URL | URLSearchParams,
    options: FinishOptions = {},
  ) => finishAuthorization(metadata, page, pending, callback, options)

  test('trades the code for a grant', async () => {
    const double = await aDouble({ '/oauth2/token': granted('1abc', { refresh_token: 'r' }) })
    const { pending, answer } = await pendingAt(double)
    const grant = await finish(double, pending, callbackOf(answer))
    expect(grant).toEqual({
      access_grant: '1abc',
      expires_at: expect.any(Number),
      scope: 'read list bucket:photos',
      authorization_details: details,
      refresh_token: 'r',
      trace_id: traceId,
    })
    expect(Math.abs(grant.expires_at - Date.now() / 1000 - 3600)).toBeLessThan(5)
    expect(double.asked[0]?.form).toEqual({
      grant_type: 'authorization_code',
      client_id: 'photos',
      code,
      redirect_uri,
      code_verifier: pending.code_verifier,
    })
  })

  test('takes the callback as an address, as its path and query, and as the fields of a form', async () => {
    const double = await aDouble({ '/oauth2/token': granted('1abc') })
    const { pending, answer } = await pendingAt(double)
    const callback = callbackOf(answer)
    const { pathname, search } = new URL(callback)
    for (const one of [callback, new URL(callback), pathname + search, new URLSearchParams(answer)]) {
      expect(await finish(double, pending, one)).toMatchObject({ access_grant: '1abc' })
    }
  })

  test('sends the half of the server alone, and opens the storage keys itself', async () => {
    const { whole, keyless, browser_half, sealed_encryption_access } = aSealedGrant('photos')
    const more = { sealed_encryption_access, refresh_token: aHalf() }
    const double = await aDouble({ '/oauth2/token': granted(keyless, more) })
    const { pending, answer } = await pendingAt(double)
    const callback = callbackOf({ ...answer, code: `${code}.${browser_half}` })
    const grant = await finish(double, pending, callback, { passphrase: 'of the user' })
    expect(grant.access_grant).toBe(whole)
    expect(grant.refresh_token).toBe(`${more.refresh_token}.${browser_half}`)
    expect(grant).not.toHaveProperty('sealed_encryption_access')
    expect(double.asked[0]?.form.code).toBe(code)
    expect(JSON.stringify(double.asked)).not.toContain(browser_half)
    expect(JSON.stringify(double.asked)).not.toContain('of the user')
  })

  test('says that the keys stay sealed when the second half is another', async () => {
    const { keyless, sealed_encryption_access } = aSealedGrant('photos')
    const double = await aDouble({ '/oauth2/token': granted(keyless, { sealed_encryption_access }) })
    const { pending, answer } = await pendingAt(double)
    const callback = callbackOf({ ...answer, code: `${code}.${aHalf()}` })
    await expect(finish(double, pending, callback)).rejects.toMatchObject({
      error: 'keys_not_opened',
      trace_id: traceId,
      cause: { name: 'AccessGrantError', code: 'seal' },
    })
  })

  test('sends a passphrase, a blank one too, when the code has one half', async () => {
    const double = await aDouble({ '/oauth2/token': granted('1abc') })
    const { pending, answer } = await pendingAt(double)
    await finish(double, pending, callbackOf(answer), { passphrase: '' })
    expect(double.asked[0]?.form.passphrase).toBe('')
  })

  type Change = (answer: Record<string, string>) => string
  test.each<[what: string, error: string, Change]>([
    ['no iss', 'issuer_mismatch', ({ iss: _, ...rest }) => callbackOf(rest)],
    [
      'the iss of another server',
      'issuer_mismatch',
      (answer) => callbackOf({ ...answer, iss: 'https://evil.example' }),
    ],
    [
      'an iss with a slash more',
      'issuer_mismatch',
      (answer) => callbackOf({ ...answer, iss: `${answer.iss}/` }),
    ],
    ['an iss twice', 'callback_malformed', (answer) => `${callbackOf(answer)}&iss=${answer.iss}`],
    ['no state', 'state_mismatch', ({ state: _, ...rest }) => callbackOf(rest)],
    ['another state', 'state_mismatch', (answer) => callbackOf({ ...answer, state: aHalf() })],
    [
      'the state cut short',
      'state_mismatch',
      (answer) => callbackOf({ ...answer, state: answer.state?.slice(1) ?? '' }),
    ],
    [
      'an error of another authorization',
      'state_mismatch',
      (answer) => callbackOf({ iss: answer.iss, state: 'x', error: 'access_denied' }),
    ],
    ['neither code nor error', 'callback_malformed', ({ code: _, ...rest }) => callbackOf(rest)],
    ['two codes', 'callback_malformed', (answer) => `${callbackOf(answer)}&code=${code}`],
  ])('refuses %s before it sends anything', async (_what, error, change) => {
    const double = await aDouble({ '/oauth2/token': granted('1abc') })
    const { pending, answer } = await pendingAt(double)
    await expect(finish(double, pending, change(answer))).rejects.toMatchObject({
      name: 'ValetkeyError',
      status: 0,
      error,
    })
    expect(double.asked).toEqual([])
  })

  test('refuses what is pending at another server', async () => {
    const [one, another] = [await aDouble(), await aDouble()]
    const { pending } = await pendingAt(one)
    const callback = callbackOf({ code, state: pending.state, iss: another.metadata.issuer })
    await expect(finish(another, pending, callback)).rejects.toMatchObject({ error: 'issuer_mismatch' })
    expect(another.asked).toEqual([])
  })

  test('tells the no of the user, or of the server, with all its words', async () => {
    const double = await aDouble()
    const { pending, answer } = await pendingAt(double)
    const { code: _, ...rest } = answer
    const no = { error: 'access_denied', error_description: 'No.', trace_id: traceId, error_uri: 'https://e' }
    await expect(finish(double, pending, callbackOf({ ...rest, ...no }))).rejects.toMatchObject({
      name: 'ValetkeyError',
      status: 0,
      ...no,
    })
  })

  test.each<[what: string, change: object]>([
    ['no access grant', { access_token: undefined, access_grant: undefined }],
    ['another type of token', { token_type: 'DPoP' }],
    ['no end', { expires_in: undefined }],
    ['an end in words', { expires_in: '3600' }],
    ['details of another type', { authorization_details: [{ type: 'payment', actions: [] }] }],
    ['details without actions', { authorization_details: [{ type: 'storage_access' }] }],
    ['a refresh token that is none', { refresh_token: 7 }],
  ])('refuses an answer with %s', async (_what, change) => {
    const double = await aDouble({ '/oauth2/token': granted('1abc', change) })
    const { pending, answer } = await pendingAt(double)
    await expect(finish(double, pending, callbackOf(answer))).rejects.toMatchObject({
      error: 'unexpected_answer',
      trace_id: traceId,
    })
  })

  test('takes the access token for the access grant when the server repeats nothing', async () => {
    const double = await aDouble({ '/oauth2/token': granted('1abc', { access_grant: undefined }) })
    const { pending, answer } = await pendingAt(double)
    expect(await finish(double, pending, callbackOf(answer))).toMatchObject({ access_grant: '1abc' })
  })
})
