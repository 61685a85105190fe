import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Client } from '../../domain/client.ts'
import { storePushed } from '../../oauth/push-authorization.ts'
import { type Answer, redirectUri, signedInPerson } from '../../testing/people.ts'
import { type RefusalScene, refusalScene } from '../../testing/refusal-scene.ts'

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

const issuer = 'https://valetkey.test'
const path = '/oauth2/authorize'
const state = 'a b&c=é"<'

type Change = Record<string, string | undefined>

const parametersOf = (change: Change = {}): [string, string][] =>
  Object.entries({
    response_type: 'code',
    client_id: scene.client.client_id,
    redirect_uri: redirectUri,
    scope: 'read list bucket:photos',
    state,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...change,
  }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))

const addressOf = (change: Change = {}) => `${path}?${new URLSearchParams(parametersOf(change))}`

const open = (url: string, who: 'user' | 'nobody' = 'user') =>
  scene.send({
    method: 'GET',
    url,
    ...(who === 'nobody' ? {} : { cookies: { _tokenKey: scene.user.token } }),
  })
const post = (change: Change = {}, more = '') =>
  scene.send({
    method: 'POST',
    url: path,
    payload: `${new URLSearchParams(parametersOf(change))}${more}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://photos.example' },
  })
const registeredAs = (change: Partial<Client>) =>
  scene.deps.store.clients.update(scene.client.id, () => change, scene.deps.clock.now())
const push = async (change: Change = {}, client_id = scene.client.client_id) =>
  (await storePushed(scene.deps, client_id, new Map(parametersOf(change)), 'client')).request_uri
const pushedAddress = (request_uri: string, change: Change = {}) =>
  `${path}?${new URLSearchParams([
    ['client_id', scene.client.client_id],
    ['request_uri', request_uri],
    ...Object.entries(change).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ])}`
const locationOf = ({ headers }: Answer) => new URL(String(headers.location), issuer)
const requestsOfClient = () =>
  scene.deps.store.requests.history(scene.user.account.id, scene.client.client_id, scene.deps.clock.now())

describe('before client and redirect URI are proven', () => {
  test.each<[string, Change, string]>([
    ['no client', { client_id: undefined }, 'client_id is missing'],
    ['an unknown client', { client_id: 'nobody' }, 'This link is not of an app known here'],
    ['no redirect URI', { redirect_uri: undefined }, 'redirect_uri is missing'],
    [
      'another redirect URI',
      { redirect_uri: 'https://evil.example/' },
      'This link is not of an app known here',
    ],
    [
      'a redirect URI with more behind it',
      { redirect_uri: `${redirectUri}?x=1` },
      'not of an app known here',
    ],
    ['a secret in the address', { client_secret: 'x' }, 'This link gives a secret away'],
    ['a token in the address', { access_token: 'x' }, 'This link gives a secret away'],
    ['a request_uri that is none', { request_uri: 'urn:x' }, 'This link is too old'],
  ])('%s: a page, and nobody is sent anywhere', async (_what, change, words) => {
    for (const who of ['user', 'nobody'] as const) {
      const page = await open(addressOf(change), who)
      expect([page.status, page.headers.location]).toEqual([400, undefined])
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(page.text).toContain(words)
      expect(page.text).not.toContain('evil.example')
    }
    expect(await requestsOfClient()).toEqual([])
  })

  test.each(['client_id', 'redirect_uri'])('two of %s: a page', async (name) => {
    const [, value = ''] = parametersOf().find(([one]) => one === name) ?? []
    const page = await open(`${addressOf()}&${new URLSearchParams({ [name]: value })}`)
    expect([page.status, page.headers.location]).toEqual([400, undefined])
    expect(page.text).toContain(`${name} is there more than once`)
  })

  test('which of the two is wrong, and whether the client is switched off, no stranger can tell', async () => {
    const told = async (change: Change) => {
      const { status, headers, text } = await open(addressOf(change), 'nobody')
      const { 'x-trace-id': trace_id, date: _, ...others } = headers
      return { status, others, text: text.replaceAll(String(trace_id), 'trace') }
    }
    const unknown = await told({ client_id: 'nobody' })
    expect(await told({ redirect_uri: 'https://evil.example/' })).toEqual(unknown)
    await scene.deps.store.clients.setState(scene.client.id, 'inactive', scene.deps.clock.now())
    expect(await told({})).toEqual(unknown)
  })

  test('its developer reads how the redirect URI differs, and nobody else does', async () => {
    const page = await open(addressOf({ redirect_uri: `${redirectUri}/` }), 'nobody')
    await scene.deps.recorder.flush()
    const url = `/api/v0/developer/auth/token-requests/${page.headers['x-trace-id']}`
    const { status, body } = await scene.ask(scene.developer, 'GET', url)
    expect([status, body.reason]).toEqual([200, 'link_unproven'])
    const kept = await scene.deps.store.traces.find(String(page.headers['x-trace-id']))
    expect(kept?.request).toMatchObject({ endpoint: 'authorize', redirect_uri_difference: 'trailing slash' })
    expect((await scene.ask(await signedInPerson(scene.deps, 'developer'), 'GET', url)).status).toBe(404)
  })
})

describe('a stranger', () => {
  test('signs in at this very address, and nothing is recorded before', async () => {
    const page = await open(addressOf(), 'nobody')
    expect([page.status, page.headers.location]).toEqual([200, undefined])
    expect(page.text).toContain('<bdi>Photos</bdi> asks for access')
    expect(page.text).toContain('id="sign-in"')
    expect(await requestsOfClient()).toEqual([])
  })

  test('is not sent to the app with an error either', async () => {
    const page = await open(addressOf({ scope: 'admin' }), 'nobody')
    expect([page.status, page.headers.location]).toEqual([200, undefined])
  })

  test('whom prompt=none forbids to ask finds a way back, and is not sent', async () => {
    const page = await open(addressOf({ prompt: 'none' }), 'nobody')
    expect([page.status, page.headers.location]).toEqual([400, undefined])
    const [, link = ''] = /<a class="button secondary" href="([^"]*)">Back to the app/.exec(page.text) ?? []
    const back = new URL(link.replaceAll('&#38;', '&'))
    expect(back.searchParams.get('error')).toBe('interaction_required')
    expect([back.searchParams.get('state'), back.searchParams.get('iss')]).toEqual([state, issuer])
  })
})

describe('a signed-in user', () => {
  test('is asked: the request is recorded as it came, and waits under an address of its own', async () => {
    await registeredAs({ grant_types: ['authorization_code', 'refresh_token'] })
    const answer = await open(addressOf({ scope: 'read offline_access', response_mode: 'form_post' }))
    const [request] = await requestsOfClient()
    expect([answer.status, answer.headers.location]).toEqual([303, `/consent/${request?.id}`])
    expect(request).toMatchObject({
      state: 'waiting',
      dialect: 'standard',
      ends_with: 'code',
      redirect_uri: redirectUri,
      scopes: ['read'],
      offline_access: true,
      response_mode: 'form_post',
      client_state: state,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  test.each<[string, Change]>([
    ['invalid_scope', { scope: 'admin' }],
    ['invalid_request', { code_challenge: undefined }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_request', { response_mode: 'fragment' }],
    ['invalid_target', { resource: 'https://elsewhere.example' }],
    ['invalid_authorization_details', { scope: undefined, authorization_details: '[]' }],
    ['request_not_supported', { request: 'a.b.c' }],
    ['interaction_required', { prompt: 'none' }],
  ])('is sent back with %s for %j', async (error, change) => {
    const answer = await open(addressOf(change))
    expect(answer.status).toBe(303)
    const to = locationOf(answer)
    expect(to.origin + to.pathname).toBe(redirectUri)
    expect([...to.searchParams.keys()]).toEqual(['error', 'error_description', 'state', 'iss'])
    expect([to.searchParams.get('error'), to.searchParams.get('state'), to.searchParams.get('iss')]).toEqual([
      error,
      state,
      issuer,
    ])
    expect(await requestsOfClient()).toEqual([])
  })

  test('is sent back when a parameter is there twice; a state that is, is not repeated', async () => {
    const twice = locationOf(await open(`${addressOf()}&scope=write`)).searchParams
    expect([twice.get('error'), twice.get('state')]).toEqual(['invalid_request', state])
    const states = locationOf(await open(`${addressOf()}&state=b`)).searchParams
    expect([states.get('error'), states.get('state')]).toEqual(['invalid_request', null])
  })

  test('carries an error back in a form where the app wants it so, under a policy for that app alone', async () => {
    const page = await open(addressOf({ scope: 'admin', response_mode: 'form_post' }))
    expect(page.status).toBe(200)
    expect(page.text).toContain(`<form method="post" id="post-back" action="${redirectUri}">`)
    expect(page.text).toContain('<input type="hidden" name="error" value="invalid_scope">')
    expect(page.text).toContain('<input type="hidden" name="state" value="a b&#38;c=é&#34;&#60;">')
    expect(page.text).toContain(`<input type="hidden" name="iss" value="${issuer}">`)
    const policy = String(page.headers['content-security-policy']).split('; ')
    expect(policy).toContain("form-action 'self' https://photos.example")
  })

  test('and the developer can look up what was refused', async () => {
    const answer = await open(addressOf({ code_challenge: undefined }))
    await scene.deps.recorder.flush()
    const url = `/api/v0/developer/auth/token-requests/${answer.headers['x-trace-id']}`
    const { status, body } = await scene.ask(scene.developer, 'GET', url)
    expect([status, body.reason]).toEqual([200, 'pkce_missing'])
  })

  test('a failure of ours is told to the app as one', async () => {
    const { deps } = scene
    const add = () => Promise.reject(new Error('a defect'))
    const broken = await scene.where({ store: { ...deps.store, requests: { ...deps.store.requests, add } } })
    const answer = await broken.send({
      method: 'GET',
      url: addressOf(),
      cookies: { _tokenKey: scene.user.token },
    })
    expect([answer.status, locationOf(answer).searchParams.get('error')]).toEqual([303, 'server_error'])
    expect(deps.logLines.some((line) => line.includes('"reason":"internal"'))).toBe(true)
    expect(String(answer.headers.location)).not.toContain('defect')
  })
})

describe('a request that was pushed', () => {
  test('is opened while its user signs in, and asked once', async () => {
    const url = pushedAddress(await push())
    expect((await open(url, 'nobody')).text).toContain('id="sign-in"')
    scene.deps.clock.advance(120)
    expect((await open(url, 'nobody')).status).toBe(200)
    expect((await open(url)).headers.location).toMatch(/^\/consent\//)
    expect((await open(url)).status).toBe(400)
    expect(await requestsOfClient()).toHaveLength(1)
  })

  test('wins over what stands in the address', async () => {
    const url = pushedAddress(await push({ scope: 'read' }), {
      scope: 'read write delete',
      redirect_uri: 'https://evil.example/',
    })
    expect((await open(url)).status).toBe(303)
    expect(await requestsOfClient()).toMatchObject([{ scopes: ['read'], redirect_uri: redirectUri }])
  })

  test('of another client, too old, or made up is a page', async () => {
    const foreign = pushedAddress(await push({}, 'another client'))
    const old = pushedAddress(await push())
    scene.deps.clock.advance(61)
    const made_up = pushedAddress(`urn:ietf:params:oauth:request_uri:${'x'.repeat(43)}`)
    for (const url of [foreign, old, made_up]) {
      const page = await open(url)
      expect([page.status, page.headers.location]).toEqual([400, undefined])
      expect(page.text).toContain('This link is too old')
    }
  })

  test('is the only kind for clients that are registered so, and a posted one is none', async () => {
    await registeredAs({ require_pushed_authorization_requests: true })
    const refused = locationOf(await open(addressOf())).searchParams
    expect(refused.get('error_description')).toContain('pushes its authorization requests')
    const posted = locationOf(await open(String((await post()).headers.location))).searchParams
    expect(posted.get('error_description')).toContain('pushes its authorization requests')
    expect((await open(pushedAddress(await push()))).headers.location).toMatch(/^\/consent\//)
  })
})

describe('a form that another site posts', () => {
  test('is kept, and the browser goes on with what stands for it', async () => {
    const answer = await post()
    expect(answer.status).toBe(303)
    const to = locationOf(answer)
    expect([to.pathname, [...to.searchParams.keys()]]).toEqual([path, ['client_id', 'request_uri']])
    expect((await open(`${to.pathname}${to.search}`)).headers.location).toMatch(/^\/consent\//)
    expect(await requestsOfClient()).toMatchObject([
      { client_state: state, scopes: ['read', 'list', 'bucket:photos'] },
    ])
  })

  test('with a request_uri is sent on with it', async () => {
    const request_uri = await push()
    expect(locationOf(await post({ request_uri })).searchParams.get('request_uri')).toBe(request_uri)
  })

  test.each<[string, Change, string, number]>([
    ['of an unknown client', { client_id: 'nobody' }, '', 400],
    ['with a secret', { client_secret: 'x' }, '', 400],
    ['with anything twice', {}, '&scope=write', 400],
  ])('%s is a page, and nothing is kept', async (_what, change, more, status) => {
    const page = await post(change, more)
    expect([page.status, page.headers.location]).toEqual([status, undefined])
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  })

  test('repeats nothing of its address', async () => {
    const page = await scene.send({
      method: 'POST',
      url: `${path}?scope=write`,
      payload: `${new URLSearchParams(parametersOf())}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect([page.status, page.headers.location]).toEqual([400, undefined])
  })

  test('in JSON is none', async () => {
    const page = await scene.send({ method: 'POST', url: path, payload: Object.fromEntries(parametersOf()) })
    expect(page.status).toBe(415)
  })
})
