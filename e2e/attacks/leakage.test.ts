/** What addresses, referrers and caches give away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { injected, type Send, scriptedUser } from '../../packages/server/src/testing/scripted-user.ts'
import { type Form, standardScene } from '../../packages/server/src/testing/standard-scene.ts'
import { deny } from '../testing/consent-scene.ts'
import { openPagesScene } from '../testing/pages-scene.ts'
import { aUser, call, type Person, type RegisteredClient } from '../testing/story.ts'
import { anApproval, anAuthorization, aStandardClient, postAs } from './testing/over-http.ts'
import { type CachingProxy, type SpySite, startCachingProxy, startSpySite } from './testing/spy-site.ts'

const scene = await openPagesScene()
const { server } = scene
let site: SpySite
let proxy: CachingProxy
let user: Person
let client: RegisteredClient
beforeAll(async () => {
  ;[site, proxy] = await Promise.all([startSpySite(), startCachingProxy(server.url)])
  user = await aUser(server)
  client = await aStandardClient(server, { redirect_uris: [`${site.origin}/back`] })
})
afterAll(() => {
  site.close()
  proxy.close()
})

const toTheSite = (changes: Record<string, string> = {}) =>
  anAuthorization(server, client, { redirect_uri: `${site.origin}/back`, ...changes })

/** A page of this server as somebody sees it; `as` is nobody for those who are not signed in. */
async function open(url: string, as: Person | 'nobody', statuses: readonly number[] = []) {
  const signedIn = as === 'nobody' ? {} : { as: { kind: 'user', person: as, url: server.url } as const }
  const page = await scene.browser.newPage({
    ...signedIn,
    origins: [site.origin, server.url],
    refusals: statuses,
  })
  await page.goto(url)
  return page
}

describe('attack 57: referrer leakage', () => {
  test.each<[string, () => string, 'nobody' | 'user', number[]]>([
    ['the consent page', () => toTheSite().url, 'user', []],
    ['the sign-in page', () => toTheSite().url, 'nobody', []],
    [
      'the page for a link that is no app\u2019s',
      () => toTheSite({ client_id: 'nobody' }).url,
      'user',
      [400],
    ],
    [
      'the page that asks for the code of a device',
      () => `${server.url}/device?user_code=BCDF-GHJK`,
      'user',
      [],
    ],
    ['the page of an error', () => `${server.url}/errors/code_invalid?state=canary-state`, 'nobody', []],
  ])(
    'attack 57: referrer leakage: a link on %s takes no address along, and no image comes from elsewhere',
    async (what, url, who, refusals) => {
      const page = await open(url(), who === 'user' ? user : who, refusals)
      const before = site.heard.length
      const id = encodeURIComponent(what)
      await page.evaluate((src) => {
        const image = document.createElement('img')
        image.src = src
        document.body.append(image)
      }, `${site.origin}/pixel?${id}`)
      await expect.poll(() => policyStopped(page)).toContain('img-src')
      await page.evaluate((href) => {
        const link = document.createElement('a')
        link.href = href
        link.textContent = 'Elsewhere'
        document.body.replaceChildren(link)
      }, `${site.origin}/clicked?${id}`)
      await page.getByRole('link', { name: 'Elsewhere' }).click()
      await page.getByRole('heading', { name: 'Elsewhere' }).waitFor()
      const heard = site.heard.slice(before)
      expect(heard.map(({ path }) => path)).toEqual([`/clicked?${id}`])
      expect(heard[0]?.headers.referer).toBe(undefined)
      expect(await page.evaluate(() => document.referrer)).toBe('')
      policyStopped(page)
    },
  )

  test('attack 57: referrer leakage: whoever goes back to an app brings its state, and not where they come from', async () => {
    const page = await open(toTheSite({ prompt: 'none' }).url, 'nobody', [400])
    const before = site.heard.length
    await page.getByRole('link', { name: 'Back to the app' }).click()
    await page.getByRole('heading', { name: 'Elsewhere' }).waitFor()
    const [heard] = site.heard.slice(before)
    const told = new URL(heard?.path ?? '', site.origin).searchParams
    expect([...told.keys()].sort()).toEqual(['error', 'error_description', 'iss', 'state'])
    expect(heard?.headers.referer).toBe(undefined)
  })
})

/** What the content policy of the page stopped since the last time, in words. */
function policyStopped(page: { expectSilence(): void }): string {
  try {
    page.expectSilence()
    return ''
  } catch (thrown) {
    return String(thrown)
  }
}

describe('attack 58: cache leakage', () => {
  test('attack 58: cache leakage: of all that a token is traded for, a proxy that caches what it may keeps nothing', async () => {
    const form = await anApproval(server, client, user, { redirect_uri: `${site.origin}/back` })
    const through = (path: string, sent: Form) => postAs(proxy, path, client, sent, server.url)
    // The very same bytes again: an assertion counts once, so whoever is answered 200 was answered by the cache.
    const assertions: Form[] = []
    const twice = async (path: string, sent: Form) => {
      const first = await through(path, sent)
      const fixed = { ...sent, client_assertion: 'the.same.again' }
      assertions.push(fixed)
      return [first, await through(path, fixed), await through(path, fixed)] as const
    }
    const [granted] = await twice('/oauth2/token', form)
    expect(granted.status, granted.text).toBe(200)
    for (const path of ['/oauth2/introspect', '/oauth2/revoke'])
      expect((await twice(path, { token: granted.body.refresh_token }))[0].status).toBe(200)
    expect((await twice('/oauth2/device_authorization', { scope: 'read' }))[0].status).toBe(200)
    const { searchParams } = new URL(toTheSite().url)
    expect((await twice('/oauth2/par', Object.fromEntries(searchParams)))[0].status).toBe(201)
    const headers = { authorization: `Bearer ${user.token}`, accept: 'text/html' }
    for (const path of [
      '/apps',
      '/account',
      '/device',
      toTheSite().url.slice(server.url.length),
      '/api/v0/auth/developer-access',
      '/api/v0/auth/account',
    ]) {
      for (let again = 0; again < 2; again++)
        await (await fetch(`${proxy.url}${path}`, { headers, redirect: 'manual' })).text()
    }
    expect(proxy.hits).toEqual([])
    // What anybody may know it keeps, so that it is a cache.
    for (let again = 0; again < 2; again++)
      expect((await fetch(`${proxy.url}/.well-known/oauth-authorization-server`)).status).toBe(200)
    expect(proxy.hits).toEqual(['GET /.well-known/oauth-authorization-server'])
    for (const header of ['cache-control', 'pragma'])
      expect(granted.headers.get(header)).toBe(header === 'pragma' ? 'no-cache' : 'no-store')
  })

  test('attack 58: cache leakage: the back button shows no consent page again that was answered', async () => {
    const page = await open(`${site.origin}/start`, user, [400, 404, 409, 410])
    await page.goto(toTheSite().url)
    await page.waitForURL(/\/consent\//)
    const asked = page.url()
    // Left without an answer, and answered in another tab: what comes back is not what was left.
    await page.goto(`${site.origin}/elsewhere`)
    const tab = await open(asked, user)
    await deny(tab).click()
    await tab.waitForURL(`${site.origin}/back?**`)
    await page.goBack()
    await page.getByRole('heading', { name: 'You have decided already' }).waitFor()
    expect([page.url(), await deny(page).count()]).toEqual([asked, 0])
    // From the app there is no way back to the question either: the answer took its place.
    await tab.goto(`${site.origin}/start`)
    await tab.goto(toTheSite().url)
    await deny(tab).click()
    await tab.waitForURL(`${site.origin}/back?**`)
    await tab.goBack()
    expect(tab.url()).toBe(`${site.origin}/start`)
    const { headers } = await call(server, 'GET', new URL(asked).pathname, { token: user.token })
    expect(headers.get('cache-control')).toBe('no-store')
  })
})

test('attack 59: grant or code in URLs: every Location of every flow has code, state, iss and the error fields alone, and the code only at the app', async () => {
  const standard = await standardScene()
  const addresses: string[] = []
  const straight = injected(standard.app)
  const send: Send = async (request) => {
    const answer = await straight(request)
    if (answer.location !== undefined) addresses.push(answer.location)
    return answer
  }
  const { app, browser: _, ...rest } = standard
  const user = scriptedUser(send, standard.user.token)
  const url = (changes: Form = {}) => standard.authorizationUrl(changes)

  const granted: string[] = []
  for (const changes of [{}, { response_mode: 'form_post' }, { scope: 'read' }]) {
    const { url: back, parameters, response_mode } = await user.decide(url(changes))
    if (response_mode === 'query') addresses.push(back)
    granted.push(parameters.code ?? '')
  }
  addresses.push((await user.decide(url(), { deny: true })).url)
  for (const changes of [
    { scope: 'nonsense' },
    { response_type: 'token' },
    { code_challenge_method: 'plain' },
    { code_challenge: undefined },
    { prompt: 'none' },
    { resource: 'https://other.example' },
    { authorization_details: '[' },
    { request: 'a.b.c' },
    { state: 'x'.repeat(3000) },
    { id_token_hint: 'canary-secret', login_hint: 'canary-secret', nonce: 'canary-secret' },
  ])
    addresses.push((await user.decide(url(changes))).url)

  // Pushed, posted, and for a device.
  const parameters = (changes: Form = {}) =>
    Object.fromEntries(new URL(url(changes), 'http://here').searchParams)
  const pushed = await rest.post('/oauth2/par', parameters())
  const { client_id } = rest.client
  const { request_uri } = pushed.body
  addresses.push(
    (await user.decide(`/oauth2/authorize?${new URLSearchParams({ client_id, request_uri })}`)).url,
  )
  const posted = await app.inject({
    method: 'POST',
    url: '/oauth2/authorize',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(parameters()).toString(),
  })
  addresses.push(String(posted.headers.location), (await user.decide(String(posted.headers.location))).url)
  const device = await rest.post('/oauth2/device_authorization', { scope: 'read' })
  await user.decideForDevice(device.body.user_code)

  expect(addresses.length).toBeGreaterThan(25)
  for (const address of addresses) {
    const { origin, pathname, searchParams } = new URL(address, 'https://valetkey.test')
    const names = [...searchParams.keys()]
    const allowed =
      origin === 'https://valetkey.test'
        ? ['client_id', 'request_uri']
        : ['code', 'state', 'iss', 'error', 'error_description']
    expect(
      names.filter((name) => !allowed.includes(name)),
      address,
    ).toEqual([])
    expect(new Set(names).size, address).toBe(names.length)
    expect(address).not.toContain('#')
    if (origin === 'https://valetkey.test')
      expect(pathname).toMatch(/^\/(?:consent\/[0-9a-f-]{36}|oauth2\/authorize)$/)
    else expect([origin, pathname]).toEqual(['https://photos.example', '/callback'])
    expect(address).not.toContain('canary')
  }
  // Every code that was made is the app's, and none stands in an address of ours or in the log.
  const log = standard.deps.logLines.join('')
  for (const code of granted) {
    expect(code).toMatch(/^[\w-]{43}\.[\w-]{43}$/)
    for (const half of code.split('.')) expect(log).not.toContain(half)
  }
  await standard.close()
})
