/** The whole life of a grant at a real server, which is looked through afterwards for what it must not have. */
import { parseAccessGrant } from '@valetkey/access-grant'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aClient,
  aDeveloper,
  aUser,
  call,
  type Person,
  type RegisteredClient,
  redirectUri,
  startServer,
  type TestServer,
} from '../../../e2e/testing/story.ts'
import {
  type Choice,
  overHttp,
  type ScriptedUser,
  scriptedUser,
} from '../../server/src/testing/scripted-user.ts'
import { type AuthorizationForm, beginAuthorization } from './begin-authorization.ts'
import { type Client, clientSecretJwt, noAuth, privateKeyJwt } from './client-auth.ts'
import { beginDeviceAuthorization, pollDevice } from './device.ts'
import { type AuthorizationServer, discover } from './discover.ts'
import { finishAuthorization } from './finish-authorization.ts'
import type { Grant } from './grant.ts'
import { refreshGrant } from './refresh-grant.ts'
import { restrictAccessGrant } from './restrict-access-grant.ts'
import { revokeGrant } from './revoke-grant.ts'

let server: TestServer
let valetkey: AuthorizationServer
let developer: Person
let user: Person
let browser: ScriptedUser
let client: Client
beforeAll(async () => {
  server = await startServer()
  valetkey = await discover(server.url)
  developer = await aDeveloper(server)
  user = await aUser(server)
  browser = scriptedUser(overHttp(server.url), user.token)
  const registered = await aRegistered({})
  client = { client_id: registered.client_id, auth: clientSecretJwt(registered.client_secret) }
})
// Looks for codes, tokens, passphrases and keys in all that the server leaves behind.
afterAll(() => server.stop())

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'
const aRegistered = (form: object): Promise<RegisteredClient> =>
  aClient(server, { grant_types: ['authorization_code', 'refresh_token', deviceCode], ...form }, developer)

const passphrase = 'a passphrase of the user'
const access = { actions: ['read', 'list'], bucket: 'photos', prefix: '2026/' } as const

/** What the SDK sends, as text. */
function listening() {
  const sent: string[] = []
  const listen: typeof fetch = (url, options) => {
    sent.push(`${url} ${options?.body ?? ''}`)
    return fetch(url, options)
  }
  return { sent, options: { fetch: listen } }
}

async function granted(
  form: Partial<AuthorizationForm> = {},
  { as = client, choice = {}, fetch }: { as?: Client; choice?: Choice; fetch?: typeof globalThis.fetch } = {},
): Promise<Grant> {
  const options = { fetch }
  const asked: AuthorizationForm = { redirect_uri: redirectUri, access, offline_access: true }
  const { url, pending } = await beginAuthorization(valetkey, as, Object.assign(asked, form), options)
  const back = await browser.decide(url, { passphrase, ...choice })
  server.secrets.add('code verifier', pending.code_verifier)
  server.secrets.add('passphrase', passphrase)
  const grant = await finishAuthorization(valetkey, as, pending, back.url, options)
  keepSecret(grant)
  return grant
}

function keepSecret(grant: Grant): void {
  server.secrets.addExchange({}, { access_grant: grant.access_grant })
  server.secrets.add('refresh token', grant.refresh_token ?? '')
  for (const half of grant.refresh_token?.split('.') ?? []) server.secrets.add('half', half)
}

const keysOf = ({ access_grant }: Grant) => parseAccessGrant(access_grant).encryption_access
const halfOf = ({ refresh_token = '' }: Grant) => refresh_token.split('.')[1] ?? ''

/** Whether the storage network lets its key read an object in its place. */
async function lives({ access_grant }: Pick<Grant, 'access_grant'>): Promise<boolean> {
  const { api_key, encryption_access } = parseAccessGrant(access_grant)
  const [place] = encryption_access.store_entries
  if (place === undefined) throw new Error('it has no key')
  const encrypted_path = Uint8Array.of(...place.encrypted_path, ...new TextEncoder().encode('/x'))
  return (await server.deps.network.check(api_key, { op: 'read', bucket: 'photos', encrypted_path })).allowed
}

describe('the life of a grant', () => {
  test('is asked for, renewed and given back, and the half of the browser is in nothing that is sent', async () => {
    const { sent, options } = listening()
    const grant = await granted({}, options)
    expect(grant).toMatchObject({
      scope: 'read list bucket:photos;2026/ offline_access',
      authorization_details: [{ type: 'storage_access', ...access }],
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(keysOf(grant).store_entries).toHaveLength(1)
    expect(await lives(grant)).toBe(true)

    const renewed = await refreshGrant(valetkey, client, grant, options)
    keepSecret(renewed)
    expect(keysOf(renewed)).toEqual(keysOf(grant))
    expect(halfOf(renewed)).toBe(halfOf(grant))
    expect(renewed.refresh_token).not.toBe(grant.refresh_token)
    expect(await lives(renewed)).toBe(true)

    await revokeGrant(valetkey, client, renewed, options)
    expect([await lives(grant), await lives(renewed)]).toEqual([false, false])
    await expect(refreshGrant(valetkey, client, renewed, options)).rejects.toMatchObject({
      status: 400,
      error: 'invalid_grant',
    })
    expect(sent.map((one) => new URL(one.split(' ')[0] ?? '').pathname)).toEqual(
      ['par', 'token', 'token', 'revoke', 'token'].map((name) => `/oauth2/${name}`),
    )
    expect(halfOf(grant)).toHaveLength(43)
    expect(sent.join()).not.toContain(halfOf(grant))
  })

  test('ends with its access grant as well, which is sent without the keys', async () => {
    const { sent, options } = listening()
    const grant = await granted({ offline_access: false })
    expect(grant).not.toHaveProperty('refresh_token')
    await revokeGrant(valetkey, client, grant, options)
    expect(await lives(grant)).toBe(false)
    const token = new URLSearchParams(sent[0]?.split(' ')[1]).get('token') ?? ''
    expect(parseAccessGrant(token).encryption_access.store_entries).toEqual([])
  })

  test('is narrowed offline, and the network keeps to it', async () => {
    const grant = await granted()
    const less = restrictAccessGrant(grant.access_grant, { actions: ['list'], bucket: 'photos' })
    expect(await lives({ access_grant: less })).toBe(false)
  })

  test('is renewed with less, and the next time with all of it again', async () => {
    const grant = await granted({ access: { actions: ['read', 'list'], bucket: 'photos' } })
    const less = await refreshGrant(valetkey, client, grant, {
      access: { actions: ['list'], bucket: 'photos' },
    })
    expect(less.authorization_details).toMatchObject([{ actions: ['list'] }])
    expect(await lives(less)).toBe(false)
    const all = await refreshGrant(valetkey, client, less)
    expect(all.authorization_details).toMatchObject([{ actions: ['read', 'list'] }])
    for (const one of [grant, less, all]) keepSecret(one)
    const wider = { access: { actions: ['write'] as const, bucket: 'photos' } }
    await expect(refreshGrant(valetkey, client, all, wider)).rejects.toMatchObject({
      error: 'invalid_authorization_details',
    })
  })

  test('outlives an answer that was lost on its way', async () => {
    const grant = await granted()
    let answers = 0
    const losing: typeof fetch = async (url, options) => {
      const answer = await fetch(url, options)
      if (answers++ === 0) throw new TypeError('the connection broke')
      return answer
    }
    const renewed = await refreshGrant(valetkey, client, grant, { fetch: losing })
    keepSecret(renewed)
    expect(answers).toBe(2)
    const next = await refreshGrant(valetkey, client, renewed)
    keepSecret(next)
    expect(await lives(next)).toBe(true)
  })

  test('is asked for once at a time: two refreshes at once get the same successor', async () => {
    const grant = await granted()
    const [one, another] = await Promise.all([
      refreshGrant(valetkey, client, grant),
      refreshGrant(valetkey, client, grant),
    ])
    keepSecret(one)
    expect(another.refresh_token).toBe(one.refresh_token)
  })
})

describe('whoever asks', () => {
  test('may be a page, which has nothing but its name', async () => {
    const redirect_uris = [redirectUri]
    const { client_id } = await aRegistered({
      redirect_uris,
      token_endpoint_auth_method: 'none',
      application_type: 'browser',
    })
    const page = { client_id, auth: noAuth() }
    const grant = await granted({}, { as: page })
    expect(await lives(grant)).toBe(true)
    const renewed = await refreshGrant(valetkey, page, grant)
    keepSecret(renewed)
    await revokeGrant(valetkey, page, renewed)
    expect(await lives(grant)).toBe(false)
  })

  test.each<[alg: string, EcKeyGenParams | RsaHashedKeyGenParams | { readonly name: 'Ed25519' }]>([
    ['EdDSA', { name: 'Ed25519' }],
    ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }],
    [
      'PS256',
      { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
    ],
    [
      'RS256',
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 2048,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
    ],
  ])('may have a private key for %s', async (alg, generation) => {
    const keys = await crypto.subtle.generateKey(generation, true, ['sign', 'verify'])
    if (!('privateKey' in keys)) throw new Error('no key pair')
    const { key_ops: _, ext: __, ...jwk } = await crypto.subtle.exportKey('jwk', keys.publicKey)
    const { client_id } = await aRegistered({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...jwk, alg, use: 'sig', kid: 'k1' }] },
    })
    const keyed = { client_id, auth: privateKeyJwt(keys.privateKey, { kid: 'k1' }) }
    expect(await lives(await granted({}, { as: keyed }))).toBe(true)
  })

  test('may know the passphrase, and hands the keys of the old access grant over for the new one', async () => {
    const { url, pending } = await beginAuthorization(valetkey, client, {
      redirect_uri: redirectUri,
      scope: 'read list bucket:photos',
      offline_access: true,
    })
    const asked = await call(server, 'GET', url.slice(server.url.length), { token: user.token })
    const request_id = asked.headers.get('location')?.split('/').at(-1)
    const body = { request_id, approve: true, approved_scopes: ['read', 'list', 'bucket:photos'] }
    const { code } = (await call(server, 'POST', '/api/v0/oauth2/consent', { token: user.token, body })).body
    const callback = new URLSearchParams({ code, state: pending.state, iss: valetkey.issuer })
    const grant = await finishAuthorization(valetkey, client, pending, callback, { passphrase })
    keepSecret(grant)
    expect(grant.refresh_token).toMatch(/^[\w-]{43}$/)
    const renewed = await refreshGrant(valetkey, client, grant)
    keepSecret(renewed)
    expect(keysOf(renewed)).toEqual(keysOf(grant))
    expect(keysOf(renewed).store_entries).toHaveLength(1)
  })

  test('may have the answer posted, so that the code is in no address', async () => {
    const form = { redirect_uri: redirectUri, access, response_mode: 'form_post' } as const
    const { url, pending } = await beginAuthorization(valetkey, client, form)
    const { response_mode, parameters } = await browser.decide(url, { passphrase })
    expect(response_mode).toBe('form_post')
    const grant = await finishAuthorization(valetkey, client, pending, new URLSearchParams(parameters))
    keepSecret(grant)
    expect(await lives(grant)).toBe(true)
  })

  test('may be a device, whose user decides elsewhere', async () => {
    const device = await beginDeviceAuthorization(valetkey, client, { access, offline_access: true })
    expect(device.user_code).toMatch(/^[B-Z]{4}-[B-Z]{4}$/)
    expect(device.interval).toBe(5)
    await browser.decideForDevice(device.user_code, { passphrase })
    const grant = await pollDevice(valetkey, client, { ...device, interval: 0 })
    keepSecret(grant)
    expect(await lives(grant)).toBe(true)
    const renewed = await refreshGrant(valetkey, client, grant)
    keepSecret(renewed)
    expect(keysOf(renewed)).toEqual(keysOf(grant))
  })

  test('is told when the user of a device says no', async () => {
    const device = await beginDeviceAuthorization(valetkey, client, { scope: 'read bucket:photos' })
    await browser.decideForDevice(device.user_code, { deny: true })
    await expect(pollDevice(valetkey, client, { ...device, interval: 0 })).rejects.toMatchObject({
      error: 'access_denied',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })
})

describe('an error', () => {
  test('is the no of the user', async () => {
    await expect(granted({}, { choice: { deny: true } })).rejects.toMatchObject({
      name: 'ValetkeyError',
      status: 0,
      error: 'access_denied',
    })
  })

  test('names the trace that says what is wrong, and the page', async () => {
    const wrong = { ...client, auth: clientSecretJwt('vks_wrong'.repeat(6)) }
    const form = { redirect_uri: redirectUri, access }
    const error = await beginAuthorization(valetkey, wrong, form).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 401, error: 'invalid_client', error_uri: expect.any(String) })
    await server.deps.recorder.flush()
    const trace = await server.deps.store.traces.find(String(Object(error).trace_id))
    expect(trace?.reason).toBe('signature_wrong')
  })

  test('is told at once when a code is used twice', async () => {
    const form = { redirect_uri: redirectUri, access }
    const { url, pending } = await beginAuthorization(valetkey, client, form)
    const back = await browser.decide(url, { passphrase })
    const grant = await finishAuthorization(valetkey, client, pending, back.url)
    keepSecret(grant)
    await expect(finishAuthorization(valetkey, client, pending, back.url)).rejects.toMatchObject({
      status: 400,
      error: 'invalid_grant',
    })
    expect(await lives(grant)).toBe(false)
  })
})
