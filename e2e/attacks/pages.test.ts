/** Pages of others that want to decide, sign in or click in our users' place, in a real browser. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { allow, openConsentScene } from '../testing/consent-scene.ts'
import { call, password } from '../testing/story.ts'

const site = await openConsentScene()

/** A page of the user on which they are asked, in the standard dialect. */
async function asked() {
  const query = {
    response_type: 'code',
    client_id: site.client.client_id,
    redirect_uri: site.app.redirect_uri,
    scope: 'read bucket:photos',
    state: 'x',
    code_challenge: crypto.randomUUID().replaceAll('-', '').padEnd(43, 'x'),
    code_challenge_method: 'S256',
  }
  const page = await site.visit(`${site.server.url}/oauth2/authorize?${new URLSearchParams(query)}`)
  await allow(page).waitFor()
  const data = JSON.parse((await page.locator('#page-data').textContent()) ?? '{}')
  return { page, data }
}
const stateOf = async (request_id: string) => {
  const { store, clock } = site.server.deps
  return (await store.requests.find(request_id, clock.now()))?.state
}

test('attack 28: CSRF on consent: no form and no script of another site decides, in whatever dress the JSON comes', {
  timeout: 60_000,
}, async () => {
  const { data } = await asked()
  const { request_id, csrf_token } = data
  const body = { request_id, csrf_token, approve: true, approved_scopes: ['read', 'bucket:photos'] }
  const json = JSON.stringify(body)
  const action = `${site.server.url}/consent`
  const forms = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'].map(
    (type, n) =>
      `<form id="f${n}" method="post" target="w${n}" enctype="${type}" action="${action}"><input name="${escaped(json.slice(0, -1))},&quot;x&quot;:&quot;" value="&quot;}"></form><iframe name="w${n}"></iframe>`,
  )
  const evil = await evilSite(forms.join(''))
  try {
    const page = await site.newPage(site.user, {
      origins: [site.server.url, evil.origin],
      refusals: [400, 403, 404, 415],
    })
    await page.goto(evil.origin)
    const outcomes = await page.evaluate(
      async ([url, text]) => {
        for (const form of document.forms) form.submit()
        const send = async (init: RequestInit) => {
          try {
            return (await fetch(url, { method: 'POST', credentials: 'include', body: text, ...init })).status
          } catch {
            return 'blocked'
          }
        }
        return [
          await send({ headers: { 'content-type': 'application/json' } }),
          await send({ headers: { 'content-type': 'text/plain' } }),
          await send({ mode: 'no-cors' }),
          navigator.sendBeacon(url, new Blob([text], { type: 'text/plain' })),
        ]
      },
      [action, json] as const,
    )
    expect(outcomes.slice(0, 2)).toEqual(['blocked', 'blocked'])
    await page.waitForTimeout(500)
    expect(await stateOf(request_id)).toBe('waiting')
    // The browser has stopped some of it, and that was not for nothing.
    expect(() => page.expectSilence()).toThrow(/./)
  } finally {
    evil.close()
  }
})

test('attack 29: login CSRF, session fixation: signing in makes a new session and ends the one before', {
  timeout: 60_000,
}, async () => {
  const { server, browser, user } = site
  const signIn = async () =>
    (await call(server, 'POST', '/api/v0/auth/token', { body: { email: user.email, password } })).body.token
  const lives = async (token: string) => (await call(server, 'GET', '/api/v0/auth/account', { token })).status
  const planted = [
    { what: 'made up', token: 'A'.repeat(43), before: 401 },
    { what: 'of the attacker', token: await signIn(), before: 200 },
  ]
  for (const { token, before } of planted) {
    const page = await browser.newPage()
    await page.context().addCookies([{ name: '_tokenKey', value: token, url: server.url }])
    expect(await lives(token)).toBe(before)
    await page.goto('about:blank')
    if (before === 401) {
      await page.goto(`${server.url}/sign-in`)
      await page.getByLabel('E-mail address').fill(user.email)
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForURL(`${server.url}/apps`)
    } else {
      // Whoever is signed in is led on; the form is sent from a page of ours all the same.
      await page.goto(`${server.url}/apps`)
      const status = await page.evaluate(
        async ([email, secret]) =>
          (
            await fetch('/api/v0/auth/token', {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ email, password: secret }),
            })
          ).status,
        [user.email, password] as const,
      )
      expect(status).toBe(200)
    }
    const cookie = (await page.context().cookies()).find(({ name }) => name === '_tokenKey')
    expect(cookie?.value).toMatch(/^[\w-]{43}$/)
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    expect(cookie?.value).not.toBe(token)
    expect(await lives(token)).toBe(401)
    expect(await lives(cookie?.value ?? '')).toBe(200)
  }
})

test('attack 29: login CSRF, session fixation: no page of another site signs its visitor in as somebody else', {
  timeout: 60_000,
}, async () => {
  const { server, browser, user } = site
  const action = `${server.url}/api/v0/auth/token`
  const json = JSON.stringify({ email: user.email, password })
  const evil = await evilSite(
    ['text/plain', 'application/x-www-form-urlencoded']
      .map(
        (type, n) =>
          `<form method="post" target="w${n}" enctype="${type}" action="${action}"><input name="${escaped(json.slice(0, -1))},&quot;x&quot;:&quot;" value="&quot;}"></form><iframe name="w${n}"></iframe>`,
      )
      .join(''),
  )
  try {
    const page = await browser.newPage({
      origins: [server.url, evil.origin],
      refusals: [400, 403, 404, 415],
    })
    await page.goto(evil.origin)
    const outcome = await page.evaluate(
      async ([url, text]) => {
        for (const form of document.forms) form.submit()
        try {
          await fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: text })
          return await fetch(url, {
            method: 'POST',
            credentials: 'include',
            headers: { 'content-type': 'application/json' },
            body: text,
          }).then(({ status }) => status)
        } catch {
          return 'blocked'
        }
      },
      [action, json] as const,
    )
    expect(outcome).toBe('blocked')
    await page.waitForTimeout(500)
    expect(await page.context().cookies(server.url)).toEqual([])
    expect(() => page.expectSilence()).toThrow(/./)
  } finally {
    evil.close()
  }
})

test('attack 30: clickjacking: the browser shows none of our pages in a frame, nested and sandboxed as it may be', {
  timeout: 120_000,
}, async () => {
  const { data } = await asked()
  const { searchParams } = new URL(await site.integrationUrl())
  const paths = {
    user: [
      '/',
      '/sign-in?return_to=%2Fapps',
      '/register',
      '/forgot-password',
      '/reset-password',
      '/apps',
      '/account',
      '/device',
      '/errors/code_invalid',
      '/nothing/here',
      `/consent/${data.request_id}`,
      '/oauth2/authorize',
      `/oauth2-integration?${searchParams}`,
    ],
    developer: ['/console', '/console/clients', '/console/sign-in', '/console/register', '/console/account'],
  } as const
  const all = (['user', 'developer'] as const).flatMap((kind) =>
    paths[kind].map((path) => [kind, path] as const),
  )
  // Pages mostly load, and some do so together.
  while (all.length > 0) await Promise.all(all.splice(0, 3).map(([kind, path]) => framed(kind, path)))
  expect(await stateOf(data.request_id)).toBe('waiting')
})

/** Another site tries to show the page of this person, in every way there is to embed one. */
async function framed(kind: 'user' | 'developer', path: string): Promise<void> {
  const { server, developer, browser } = site
  const url = escaped(`${server.url}${path}`)
  const inner = `<iframe class="it" src="${url}"></iframe>`
  const evil = await evilSite(
    `<iframe src="${url}"></iframe><iframe sandbox="allow-scripts allow-forms allow-same-origin" src="${url}"></iframe><iframe srcdoc="${escaped(inner)}"></iframe><object data="${url}"></object><embed src="${url}">`,
  )
  try {
    const person = kind === 'user' ? site.user : developer
    const page = await browser.newPage({
      as: { kind, person, url: server.url },
      origins: [server.url, evil.origin],
      refusals: [400, 401, 404],
    })
    await page.goto(evil.origin, { waitUntil: 'load' })
    const framesAt = (start: string) => page.frames().filter((frame) => frame.url().startsWith(start))
    const blocked = () => framesAt('chrome-error:').length
    await expect.poll(blocked, { message: path, timeout: 10_000 }).toBeGreaterThan(2)
    await page.waitForTimeout(150)
    expect([path, framesAt(server.url).map((frame) => frame.url())]).toEqual([path, []])
    expect(() => page.expectSilence()).toThrow(/./)
    await page.context().close()
  } finally {
    evil.close()
  }
}

/** Another site: not even another port of ours. It shows one page, and keeps what its forms and pictures would fetch. */
async function evilSite(html: string) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>x</title><link rel="icon" href="data:,">${html}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, close: () => void server.close() }
}
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
