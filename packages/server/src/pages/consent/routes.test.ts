import type { ConsentPageData } from '@valetkey/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tokenHash } from '../../ids.ts'
import { type Person, redirectUri, signedInAgain, signedInPerson } from '../../testing/people.ts'
import { type RefusalScene, refusalScene } from '../../testing/refusal-scene.ts'
import { formToken } from './form-token.ts'

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

type Parameters = Record<string, string | readonly string[] | undefined>

/** What the app puts into the integration URL; a parameter that is undefined is left out. */
async function addressOf(change: Parameters = {}): Promise<string> {
  const parameters: Parameters = {
    client_id: scene.client.client_id,
    client_secret: await scene.jwt(),
    redirect_uri: redirectUri,
    scope: 'read,write',
    ...change,
  }
  const query = new URLSearchParams()
  for (const [name, values] of Object.entries(parameters))
    for (const value of values === undefined ? [] : [values].flat()) query.append(name, value)
  return `/oauth2-integration?${query}`
}

/** Opens a page as a browser does. */
const open = (url: string, who: Person | 'nobody' = scene.user) =>
  scene.send({ method: 'GET', url, ...(who === 'nobody' ? {} : { cookies: { _tokenKey: who.token } }) })

function dataOf(page: { text: string }): ConsentPageData {
  const [, json = 'null'] =
    /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(page.text) ?? []
  return JSON.parse(json)
}

const requestsOfClient = () =>
  scene.deps.store.requests.history(scene.user.account.id, scene.client.client_id, scene.deps.clock.now())

const post = (
  data: Pick<ConsentPageData, 'request_id' | 'csrf_token'>,
  change: object = {},
  who = scene.user,
) =>
  scene.ask(who, 'POST', '/consent', {
    request_id: data.request_id,
    csrf_token: data.csrf_token,
    approve: true,
    approved_scopes: ['read', 'bucket:photos'],
    ...change,
  })

describe('whoever asks must be who they say, before anybody is asked anything', () => {
  test.each<[string, Parameters, string]>([
    ['no client', { client_id: undefined }, 'client_id is missing'],
    ['an empty client', { client_id: '' }, 'client_id is missing'],
    ['no proof', { client_secret: undefined }, 'client_secret is missing'],
    ['no redirect URI', { redirect_uri: undefined }, 'redirect_uri is missing'],
    [
      'two redirect URIs',
      { redirect_uri: [redirectUri, redirectUri] },
      'redirect_uri is there more than once',
    ],
    ['two states', { state: ['a', 'b'] }, 'state is there more than once'],
    ['a state beyond all bounds', { state: 'x'.repeat(2049) }, 'state is too long'],
    ['a client_id beyond all bounds', { client_id: 'x'.repeat(257) }, 'client_id is too long'],
    ['an unknown client', { client_id: 'nobody' }, 'This link is not of an app known here'],
    ['a redirect URI that is not registered', { redirect_uri: `${redirectUri}/` }, 'not the app\u2019s'],
    ['a proof that is none', { client_secret: 'secret' }, 'The app could not prove who it is'],
  ])('%s', async (_what, change, words) => {
    const page = await open(await addressOf(change))
    expect(page.headers.location).toBeUndefined()
    expect(page.status).toBeGreaterThanOrEqual(400)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.text).toContain(words)
    expect(page.text).toContain(String(page.headers['x-trace-id']))
    expect(page.text).not.toContain('id="allow"')
    expect(await requestsOfClient()).toEqual([])
  })

  test('which of the two is wrong, the client or its redirect URI, no stranger can tell', async () => {
    const told = async (change: Parameters) => {
      const { status, headers, text } = await open(await addressOf(change), 'nobody')
      const { 'x-trace-id': trace_id, date: _, ...others } = headers
      return { status, others, text: text.replaceAll(String(trace_id), 'trace') }
    }
    const unknown = await told({ client_id: 'nobody' })
    expect(unknown.text).toContain('trace')
    expect(await told({ redirect_uri: 'https://evil.example/' })).toEqual(unknown)
    expect(await told({ client_id: 'nobody', redirect_uri: 'https://evil.example/' })).toEqual(unknown)
  })

  test.each<[string, () => Promise<string>, string]>([
    ['an expired JWT', () => scene.jwt({ exp: scene.deps.clock.now() - 31 }), 'assertion_expired'],
    [
      'a JWT of another key',
      () => scene.jwt({}, 'another key of some length, not the secret'),
      'signature_wrong',
    ],
    ['a JWT of another client', () => scene.jwt({ client_id: 'other' }), 'client_id_mismatch'],
    ['a JWT without exp', () => scene.jwt({ exp: undefined }), 'claims_invalid'],
  ])('%s is explained to the developer of the client, and to nobody else', async (_what, jwt, reason) => {
    const page = await open(await addressOf({ client_secret: await jwt() }))
    const trace_id = page.headers['x-trace-id']
    expect([page.status, page.text.includes(`/console/token-requests/${trace_id}"`)]).toEqual([401, true])
    await scene.deps.recorder.flush()
    const url = `/api/v0/developer/auth/token-requests/${trace_id}`
    const { status, body } = await scene.ask(scene.developer, 'GET', url)
    expect([status, body.reason]).toEqual([200, reason])
    expect(body.explanation.steps.some(({ result }: { result: string }) => result === 'failed')).toBe(true)
    expect((await scene.ask(await signedInPerson(scene.deps, 'developer'), 'GET', url)).status).toBe(404)
  })

  test('a jti that was used is refused, and one that was not stays unused', async () => {
    const client_secret = await scene.jwt({ jti: 'once' })
    for (let visit = 0; visit < 2; visit++)
      expect((await open(await addressOf({ client_secret }))).status).toBe(200)
    await scene.token({ client_secret })
    expect((await open(await addressOf({ client_secret }))).status).toBe(401)
  })

  test('an inactive client asks nobody', async () => {
    await scene.deps.store.clients.setState(scene.client.id, 'inactive', scene.deps.clock.now())
    expect((await open(await addressOf())).text).toContain('The app could not prove who it is')
  })

  test('a stranger signs in at the same address, once the app has proven itself', async () => {
    const page = await open(await addressOf(), 'nobody')
    expect(page.status).toBe(200)
    expect(page.text).toContain('<bdi>Photos</bdi> asks for access')
    expect(page.text).toContain('id="sign-in"')
    expect(page.text).toContain('href="/register?after=close"')
    expect(page.text).not.toContain(await scene.jwt())
    expect((await open(await addressOf({ client_secret: 'x' }), 'nobody')).status).toBe(401)
  })
})

describe('once the client is proven, a link tells it what is wrong with its question, and nobody is sent there', () => {
  test.each<[string, Parameters]>([
    ['an unknown scope', { scope: 'read,admin' }],
    ['no scope', { scope: undefined }],
    ['a bucket alone', { scope: 'bucket:photos' }],
  ])('%s', async (_what, change) => {
    const { status, headers, text } = await open(await addressOf({ ...change, state: 'a b&c=\u00e9' }))
    expect([status, headers.location]).toEqual([400, undefined])
    const [, link = '', words] = /<a [^>]*href="([^"]*)">(Back to the app[^<]*)</.exec(text) ?? []
    expect(words).toBe('Back to the app (photos.example)')
    const to = new URL(link.replaceAll('&#38;', '&'))
    expect([to.origin + to.pathname, ...to.searchParams]).toEqual([
      redirectUri,
      ['error', 'invalid_scope'],
      ['state', 'a b&c=\u00e9'],
    ])
  })
})

describe('the page', () => {
  test.each<[string, Parameters]>([
    ['commas', { scope: 'read,write' }],
    ['spaces', { scope: 'read write' }],
    [
      'several parameters, duplicates and others that mean nothing',
      { scope: ['read', 'write', 'read'], access: 'readwrite' },
    ],
  ])('takes scopes with %s', async (_what, change) => {
    expect(dataOf(await open(await addressOf(change))).asked.actions).toEqual(['read', 'write'])
  })

  test('makes one waiting request, and nothing else', async () => {
    const data = dataOf(await open(await addressOf({ state: 'xyz' })))
    const requests = await requestsOfClient()
    expect(requests).toMatchObject([
      { id: data.request_id, state: 'waiting', client_state: 'xyz', redirect_uri: redirectUri },
    ])
    expect(data).toMatchObject({
      ends_with: 'access_grant',
      redirect_uri: redirectUri,
      state: 'xyz',
      seconds_left: 330,
    })
  })

  test('is shown in nobody\u2019s frame, runs our scripts alone, and tells nobody where it was', async () => {
    const { headers } = await open(await addressOf())
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
    })
    const policy = String(headers['content-security-policy']).split('; ')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toContain('unsafe-inline')
  })

  test('repeats neither the proof nor anything hostile as it was sent', async () => {
    const hostile = '"><script>alert(1)</script>'
    const { client_id } = scene.client
    await scene.deps.store.clients.update(scene.client.id, () => ({ name: hostile }), 0)
    const client_secret = await scene.jwt()
    const page = await open(
      await addressOf({
        client_secret,
        scope: ['read', `bucket:photos;${hostile.replaceAll(/[ ,]/g, '')}`],
        state: hostile,
      }),
    )
    expect(page.status).toBe(200)
    expect(page.text).not.toContain('<script>alert')
    expect(page.text).not.toContain(client_secret)
    expect(dataOf(page)).toMatchObject({ state: hostile, client_id })
  })

  test('pre-selects nothing that cannot be undone, and no whole project', async () => {
    const { text } = await open(await addressOf({ scope: 'read,delete,lock' }))
    expect(text).toMatch(/value="read" checked/)
    expect(text).toMatch(/value="delete">/)
    expect(text).toMatch(/value="lock">/)
    expect(text).toMatch(/name="reach" value="project">/)
    expect(text).not.toMatch(/name="reach"[^>]*checked/)
  })

  test('tells what the app holds already', async () => {
    const { request_id } = (await scene.request({ scope: ['read', 'bucket:photos'] })).body
    const { body } = await scene.consent({ request_id, approved_scopes: ['read', 'bucket:photos'] })
    expect((await scene.token({ code: body.code })).status).toBe(200)
    expect((await open(await addressOf())).text).toContain('it may read files in bucket photos')
  })

  test('cannot send passphrase or password by itself, should its script not run', async () => {
    const { text } = await open(await addressOf())
    for (const id of ['passphrase', 'password']) {
      const [, input = ''] = new RegExp(`<input ([^>]* id="${id}"[^>]*)>`).exec(text) ?? []
      expect(input).toContain('type="password"')
      expect(input).not.toContain('name=')
    }
  })

  test('offers no answer before its script can give it', async () => {
    const { text } = await open(await addressOf())
    for (const id of ['allow', 'deny']) expect(text).toMatch(new RegExp(`<button [^>]*id="${id}" disabled>`))
  })

  test('without its parameters says to start again', async () => {
    const page = await open('/oauth2-integration')
    expect([page.status, page.text.includes('Start again from the app')]).toEqual([400, true])
  })

  test('asks which project when there are several', async () => {
    expect((await open(await addressOf())).text).not.toContain('name="project"')
    await scene.deps.network.createProject(scene.user.account.id, 'Second <one>')
    const page = await open(await addressOf())
    expect(page.text).toContain('Second &#60;one&#62;')
    expect(dataOf(page).projects).toHaveLength(2)
  })
})

describe('the page of a waiting request', () => {
  const waiting = async () => (await scene.request({ scope: ['read', 'bucket:photos'] })).body.request_id

  test('is for its user, and ends with a code', async () => {
    const request_id = await waiting()
    expect(dataOf(await open(`/consent/${request_id}`))).toMatchObject({
      ends_with: 'code',
      request_id,
      seconds_left: 600,
    })
    expect((await open(`/consent/${request_id}`, 'nobody')).text).toContain('id="sign-in"')
  })

  test('of the integration URL is none, and is not offered in the history of the app', async () => {
    const { request_id } = dataOf(await open(await addressOf()))
    const page = await open(`/consent/${request_id}`)
    expect([page.status, page.text.includes('There is no such request')]).toEqual([400, true])
    const history = async () => (await open(`/apps/${scene.client.client_id}/history`)).text
    expect(await history()).toContain('Waits for you')
    expect(await history()).not.toContain('Decide now')
    const other = await waiting()
    expect(await history()).toContain(`<a href="/consent/${other}">Decide now</a>`)
  })

  test('is a helpful page for everybody and everything else', async () => {
    const request_id = await waiting()
    const other = await open(`/consent/${request_id}`, await signedInPerson(scene.deps, 'user'))
    expect([other.status, other.text.includes('Somebody else is signed in')]).toEqual([403, true])
    expect((await open('/consent/nothing')).text).toContain('There is no such request')
    scene.deps.clock.advance(600)
    expect((await open(`/consent/${request_id}`)).text).toContain('The time to decide is over')
    const decided = await waiting()
    expect(
      (await scene.consent({ request_id: decided, approved_scopes: ['read', 'bucket:photos'] })).status,
    ).toBe(200)
    expect((await open(`/consent/${decided}`)).text).toContain('You have decided already')
  })

  test('is a page, too, when the server cannot read its database', async () => {
    const { deps } = scene
    const broken = await scene.where({
      store: {
        ...deps.store,
        requests: { ...deps.store.requests, find: () => Promise.reject(new Error('a defect')) },
      },
    })
    const page = await broken.send({
      method: 'GET',
      url: `/consent/${await waiting()}`,
      cookies: { _tokenKey: scene.user.token },
    })
    expect([page.status, page.headers['content-type']]).toEqual([500, 'text/html; charset=utf-8'])
    expect(deps.logLines.some((line) => line.includes('"reason":"internal"'))).toBe(true)
    expect(page.text).not.toContain('a defect')
  })
})

describe('the decision', () => {
  const page = async (change: Parameters = { scope: 'read,write,delete,bucket:photos' }) =>
    dataOf(await open(await addressOf(change)))

  test('gives a code, once', async () => {
    const data = await page()
    const [first, second] = await Promise.all([post(data), post(data)])
    const statuses = [first.status, second.status].sort()
    expect(statuses).toEqual([200, 400])
    const given = first.status === 200 ? first : second
    expect(given.body).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/), redirect_uri: redirectUri })
    expect(await requestsOfClient()).toMatchObject([{ state: 'approved' }])
  })

  test('of a no gives nothing that can be redeemed', async () => {
    const data = await page()
    expect((await post(data, { approve: false, approved_scopes: undefined })).body.code).toBe('REJECTED')
    expect(await requestsOfClient()).toMatchObject([{ state: 'rejected' }])
  })

  test.each<[string, (data: ConsentPageData) => Promise<string>]>([
    ['made up', async () => 'x'.repeat(43)],
    ['of another request', async () => (await page()).csrf_token],
    [
      'of another session of the same user',
      async ({ request_id }) => formToken(scene.deps, { token_hash: tokenHash('another') }, request_id),
    ],
  ])('with a form token that is %s changes nothing', async (_what, token) => {
    const data = await page()
    const answer = await post({ ...data, csrf_token: await token(data) })
    expect([answer.status, answer.body.error_uri]).toEqual([
      403,
      'https://valetkey.test/errors/form_token_wrong',
    ])
    expect((await requestsOfClient()).every(({ state }) => state === 'waiting')).toBe(true)
  })

  test('from a page of another origin changes nothing', async () => {
    const { request_id, csrf_token } = await page()
    const answer = await scene.send({
      method: 'POST',
      url: '/consent',
      payload: { request_id, csrf_token, approve: true, approved_scopes: ['read', 'bucket:photos'] },
      cookies: { _tokenKey: scene.user.token },
      headers: { origin: 'https://evil.example' },
    })
    expect(answer.status).toBe(403)
    expect(await requestsOfClient()).toMatchObject([{ state: 'waiting' }])
  })

  test('by nobody is refused as JSON', async () => {
    const answer = await scene.ask(undefined, 'POST', '/consent', {})
    expect([answer.status, answer.body.error]).toEqual([401, 'unauthorized'])
  })
})

describe('to give much, a sign-in that is older than five minutes is not enough', () => {
  const right = 'correct horse battery'
  beforeEach(async () => {
    const { deps, user } = scene
    await deps.store.users.setPassword(user.account.id, await deps.passwords.hash(right))
    scene = { ...scene, user: await signedInAgain(deps, 'user', user.account) }
  })
  const late = async (scope = 'read,delete,lock,bucket:photos') => {
    scene.deps.clock.advance(301)
    return dataOf(await open(await addressOf({ scope })))
  }

  test.each<[string, string, string[]]>([
    ['deleting', 'read,delete,bucket:photos', ['read', 'delete', 'bucket:photos']],
    ['locking', 'read,lock,bucket:photos', ['read', 'lock', 'bucket:photos']],
    ['the whole project', 'read', ['read']],
  ])('for %s the password must come, and be right', async (_what, scope, approved_scopes) => {
    const data = await late(scope)
    expect(data.fresh_seconds).toBe(0)
    for (const password of [undefined, '', 'wrong']) {
      const { status, body } = await post(data, { approved_scopes, password })
      expect([status, body.error]).toEqual([403, 'password_needed'])
    }
    expect((await post(data, { approved_scopes, password: right })).status).toBe(200)
  })

  test('little needs none, and so does a no', async () => {
    expect((await post(await late())).status).toBe(200)
    expect((await post(await late(), { approve: false })).status).toBe(200)
  })

  test('within five minutes much needs none', async () => {
    scene.deps.clock.advance(299)
    const data = dataOf(await open(await addressOf({ scope: 'read' })))
    expect((await post(data, { approved_scopes: ['read'] })).status).toBe(200)
  })

  test('after three wrong passwords even the right one waits', async () => {
    const data = await late()
    const approved_scopes = ['delete', 'bucket:photos']
    for (let tries = 0; tries < 3; tries++) await post(data, { approved_scopes, password: 'wrong' })
    expect((await post(data, { approved_scopes, password: right })).status).toBe(403)
    scene.deps.clock.advance(121)
    expect((await post(data, { approved_scopes, password: right })).status).toBe(200)
  })
})
