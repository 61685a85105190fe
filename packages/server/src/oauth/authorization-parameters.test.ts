import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../domain/client.ts'
import { isRegisteredFor } from '../domain/redirect-uri.ts'
import type { Reason } from '../refusals.ts'
import { aClient, aRequest, signedInPerson } from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'
import { askedAccess, askedAuthorization } from './authorization-parameters.ts'

let deps: TestDeps
let client: Client
let close: () => Promise<void>
beforeAll(async () => {
  const { app, deps: made } = await testApp({ settings: { resource: 'https://gateway.example' } })
  deps = made
  close = () => app.close()
  const { client_id } = await aClient(app, await signedInPerson(deps, 'developer'))
  const found = await deps.store.clients.findByClientId(client_id)
  if (found === undefined) throw new Error('the client is not there')
  client = found
})
afterAll(() => close())

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const good = {
  response_type: 'code',
  redirect_uri: 'https://photos.example/callback',
  scope: 'read list bucket:photos;My%20Photos/',
  code_challenge: challenge,
  code_challenge_method: 'S256',
}
const asked = (change: Record<string, string | undefined> = {}, by: Partial<Client> = {}) => {
  const sent = Object.entries({ ...good, ...change }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return askedAuthorization(deps, { ...client, ...by }, new Map(sent))
}
const reasonOf = (work: () => unknown) =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'nothing is refused',
      (thrown) => thrown.reason,
    )

const details = (change: object = {}) =>
  JSON.stringify([{ type: 'storage_access', bucket: 'photos', actions: ['read'], ...change }])

test('a good request is taken as it was meant', async () => {
  expect(await asked({ state: 'a b&c=é', prompt: 'none', response_mode: 'form_post' })).toEqual({
    redirect_uri: good.redirect_uri,
    state: 'a b&c=é',
    response_mode: 'form_post',
    code_challenge: challenge,
    prompt_none: true,
    scopes: ['read', 'list', 'bucket:photos;My Photos/'],
    offline_access: false,
    asked_project_id: null,
    latest_end: null,
    max_object_ttl: null,
  })
  expect(await asked()).toMatchObject({ state: null, response_mode: 'query', prompt_none: false })
})

test.each<[Reason, Record<string, string | undefined>]>([
  ['request_object_unsupported', { request: 'a.b.c' }],
  ['registration_unsupported', { registration: '{}' }],
  ['request_malformed', { state: 'x'.repeat(2049) }],
  ['request_malformed', { response_type: undefined }],
  ['request_malformed', { prompt: 'login none' }],
  ['request_malformed', { prompt: 'dance' }],
  ['response_type_unsupported', { response_type: 'token' }],
  ['response_type_unsupported', { response_type: 'code id_token' }],
  ['pkce_missing', { code_challenge: undefined }],
  ['pkce_method_wrong', { code_challenge_method: undefined }],
  ['pkce_method_wrong', { code_challenge_method: 'plain' }],
  ['pkce_method_wrong', { code_challenge_method: 's256' }],
  ['code_challenge_malformed', { code_challenge: challenge.slice(1) }],
  ['code_challenge_malformed', { code_challenge: `${challenge}a` }],
  ['code_challenge_malformed', { code_challenge: `${challenge.slice(1)}+` }],
  ['response_mode_unknown', { response_mode: 'fragment' }],
  ['response_mode_unknown', { response_mode: 'form_post', redirect_uri: 'com.example.app:/back' }],
  ['resource_unknown', { resource: 'https://gateway.example/' }],
  ['scope_invalid', { scope: undefined }],
  ['scope_invalid', { scope: 'bucket:photos' }],
  ['scope_invalid', { scope: 'offline_access read' }],
  ['scope_invalid', { scope: 'read  list' }],
  ['scope_invalid', { scope: 'read,list' }],
  ['scope_invalid', { scope: 'read', authorization_details: details() }],
  ['authorization_details_invalid', { scope: undefined, authorization_details: '{}' }],
  ['authorization_details_invalid', { scope: undefined, authorization_details: details({ type: 'other' }) }],
  ['authorization_details_invalid', { scope: undefined, authorization_details: details({ extra: 1 }) }],
  ['authorization_details_invalid', { scope: undefined, authorization_details: details({ actions: [] }) }],
  ['authorization_details_invalid', { scope: undefined, authorization_details: details({ not_after: 1 }) }],
  [
    'authorization_details_invalid',
    { scope: undefined, authorization_details: details({ not_after: 4_000_000_000 }) },
  ],
])('%s: %j', async (reason, change) => {
  expect(await reasonOf(() => asked(change))).toBe(reason)
})

describe('what the client is registered for bounds it', () => {
  test.each<[Reason, Partial<Client>, Record<string, string | undefined>]>([
    ['grant_type_unregistered', { grant_types: ['refresh_token'] }, {}],
    ['scope_invalid', { scopes: ['read'] }, {}],
    [
      'authorization_details_invalid',
      { scopes: ['list'] },
      { scope: undefined, authorization_details: details() },
    ],
  ])('%s', async (reason, by, change) => {
    expect(await reasonOf(() => asked(change, by))).toBe(reason)
  })

  test('offline access is for those who may refresh', async () => {
    const by = { grant_types: ['authorization_code', 'refresh_token'] } as const
    expect(await asked({ scope: 'read offline_access' }, by)).toMatchObject({
      scopes: ['read'],
      offline_access: true,
    })
    expect(await asked({ scope: 'offline_access', authorization_details: details() }, by)).toMatchObject({
      scopes: ['read', 'bucket:photos'],
      offline_access: true,
    })
  })
})

test('authorization_details name a project, an end, and how long objects live', () => {
  const not_after = deps.clock.now() + 3600
  const text = details({ project: 'a-project', not_after, max_object_ttl: 86_400, prefix: '2026/' })
  expect(askedAccess(deps, client, new Map([['authorization_details', text]]))).toEqual({
    scopes: ['read', 'bucket:photos;2026/'],
    offline_access: false,
    asked_project_id: 'a-project',
    latest_end: not_after,
    max_object_ttl: 86_400,
  })
})

test('the resource is the gateway that the operator names, letter by letter', async () => {
  expect((await asked({ resource: 'https://gateway.example' })).scopes).toContain('read')
})

test('a challenge with which something was approved is not taken again for a day', async () => {
  const user = await signedInPerson(deps, 'user')
  const code_challenge = 'x'.repeat(43)
  const { id } = await aRequest(deps, user, client.client_id, { code_challenge })
  expect((await asked({ code_challenge })).code_challenge).toBe(code_challenge)
  const decision = { state: 'approved', approved_scopes: ['read'], rejected_scopes: [] } as const
  await deps.store.requests.decide(id, user.account.id, decision, undefined, deps.clock.now())
  expect(await reasonOf(() => asked({ code_challenge }))).toBe('code_challenge_reused')
  expect(await reasonOf(() => asked({ code_challenge }, { client_id: 'other' }))).toBe('nothing is refused')
  deps.clock.advance(86_401)
  expect(await reasonOf(() => asked({ code_challenge }))).toBe('nothing is refused')
})

describe('a redirect URI is compared as a string', () => {
  const of = (application_type: Client['application_type'], ...redirect_uris: string[]) => ({
    application_type,
    redirect_uris,
  })
  const loopback = of('native', 'http://127.0.0.1/cb', 'http://[::1]:4000/cb', 'http://localhost:4000/cb')

  test.each([
    'http://127.0.0.1:51000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:9/cb',
    'http://[::1]/cb',
    'http://localhost:4000/cb',
  ])('a native app may listen at %s', (uri) => {
    expect(isRegisteredFor(loopback, uri)).toBe(true)
  })

  test.each([
    'http://localhost:4001/cb',
    'http://127.0.0.1:51000/cb/',
    'http://127.0.0.1:51000/cb?x=1',
    'http://127.0.0.1:51000/CB',
    'http://127.0.0.1:51000',
    'http://127.0.0.1:99999/cb',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:/cb',
    'http://127.0.0.1:80@evil.example/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://127.1:51000/cb',
    'http://0.0.0.0:51000/cb',
    'https://127.0.0.1:51000/cb',
    'http://127.0.0.1:51000/cb\n',
    'http://127.0.0.1:51000/../cb',
    'http://127.0.0.1:51000/cb#x',
    '',
  ])('and never at %j', (uri) => {
    expect(isRegisteredFor(loopback, uri)).toBe(false)
  })

  test('an app of another kind may not choose its port', () => {
    for (const kind of ['web', 'browser'] as const) {
      expect(isRegisteredFor(of(kind, 'http://127.0.0.1:4000/cb'), 'http://127.0.0.1:4001/cb')).toBe(false)
      expect(isRegisteredFor(of(kind, 'http://127.0.0.1:4000/cb'), 'http://127.0.0.1:4000/cb')).toBe(true)
    }
  })

  test.each([
    'https://photos.example/cb/../evil',
    'https://photos.example/cb%2f..',
    'https://photos.example/cb;x',
    'https://photos.example//evil',
    'https://photos.example\\cb',
    'https://photos.example/cb\t',
    'https://photos.example/cb%00',
    'https://user@photos.example/cb',
    'https://photos.example.evil.com/cb',
    'https://photos.example./cb',
    'https://PHOTOS.example/cb',
    'https://photos.example/cb?x=1',
    'https://photos.example/cb#',
    'javascript:alert(1)//https://photos.example/cb',
  ])('%j is another one', (uri) => {
    expect(isRegisteredFor(of('web', 'https://photos.example/cb'), uri)).toBe(false)
  })
})
