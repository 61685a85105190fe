/** The authorization endpoint of the standard dialect, as a person meets it: from the app to Valetkey and back, in a real browser. */
import { parseAccessGrant, shareRootKey } from '@valetkey/access-grant'
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { expectAccessible, looks } from '../testing/accessible.ts'
import { allow, deny, passphrase, passphraseOf, state } from '../testing/consent-scene.ts'
import { openStandardPagesScene } from '../testing/standard-scene.ts'
import { aClient, call, password } from '../testing/story.ts'

const scene = await openStandardPagesScene()
const { server, app } = scene

/** What the browser posts to the app. */
async function postedToTheApp(page: Page): Promise<URLSearchParams> {
  const request = await page.waitForRequest(
    (one) => one.method() === 'POST' && one.url().startsWith(app.origin),
  )
  expect(request.url()).toBe(app.redirect_uri)
  await page.getByRole('heading', { name: 'The app' }).waitFor()
  return new URLSearchParams(request.postData() ?? '')
}

const redeem = (code: string, code_verifier: string) =>
  scene.post('/oauth2/token', {
    grant_type: 'authorization_code',
    code,
    redirect_uri: app.redirect_uri,
    code_verifier,
  })

describe('from the app and back', () => {
  test('a stranger signs in, allows, and the app redeems a code of two halves for exactly that', async () => {
    const { url, code_verifier } = scene.authorize()
    const page = await scene.browser.newPage({ origins: [app.origin] })
    await page.goto(url)
    await page.getByLabel('E-mail address').fill(scene.user.email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Photos asks for access to your storage' }).waitFor()
    await page.waitForURL(/\/consent\/[0-9a-f-]{36}$/)
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    const told = await scene.atTheApp(page)
    page.expectSilence()
    expect([...told.keys()]).toEqual(['tab', 'name', 'code', 'state', 'iss'])
    expect(told.get('iss')).toBe(server.url)
    const code = told.get('code') ?? ''
    expect(code).toMatch(/^[\w-]{43}\.[\w-]{43}$/)
    server.secrets.add('code', code)

    const { status, body } = await redeem(code, code_verifier)
    expect([status, body.token_type, body.scope]).toEqual([200, 'Bearer', 'read write list bucket:photos'])
    const grant = parseAccessGrant(body.access_token)
    expect(await scene.lets(grant, 'read', 'photos', 'a/b')).toBe(true)
    expect(await scene.lets(grant, 'read', 'music', 'a/b')).toBe(false)
    const { encryption_access } = shareRootKey(await scene.rootKey(), [{ bucket: 'photos' }])
    expect(grant.encryption_access).toEqual(encryption_access)
  })

  test('in a form that the browser posts, where the app wants it so', async () => {
    const { url, code_verifier } = scene.authorize({ response_mode: 'form_post' })
    const page = await scene.visit(url)
    await passphraseOf(page).fill(passphrase)
    const posted = postedToTheApp(page)
    await allow(page).click()
    const told = await posted
    page.expectSilence()
    expect([...told.keys()]).toEqual(['code', 'state', 'iss'])
    expect([told.get('state'), told.get('iss')]).toEqual([state, server.url])
    expect(page.url()).toBe(app.redirect_uri)
    expect((await redeem(told.get('code') ?? '', code_verifier)).status).toBe(200)
  })

  test.each(['query', 'form_post'])('a no is heard, by %s', async (response_mode) => {
    const page = await scene.visit(scene.authorize({ response_mode }).url)
    const told = response_mode === 'query' ? scene.atTheApp(page) : postedToTheApp(page)
    await deny(page).click()
    const answer = await told
    page.expectSilence()
    expect([answer.get('error'), answer.get('state'), answer.get('iss')]).toEqual([
      'access_denied',
      state,
      server.url,
    ])
    expect(answer.get('code')).toBeNull()
  })

  test.each(['query', 'form_post'])(
    'what is wrong with the question is told at once, by %s',
    async (response_mode) => {
      const page = await scene.newPage()
      const told = response_mode === 'query' ? scene.atTheApp(page) : postedToTheApp(page)
      await page.goto(scene.authorize({ response_mode, scope: 'admin' }).url)
      const answer = await told
      page.expectSilence()
      expect([answer.get('error'), answer.get('state'), answer.get('iss')]).toEqual([
        'invalid_scope',
        state,
        server.url,
      ])
    },
  )

  test('a request that was pushed is opened by a stranger, who signs in first; once', async () => {
    const { parameters, code_verifier } = scene.authorize()
    const pushed = await scene.post('/oauth2/par', parameters)
    expect(pushed.status).toBe(201)
    const { request_uri } = pushed.body
    const { client_id } = scene.client
    const url = `${server.url}/oauth2/authorize?${new URLSearchParams({ client_id, request_uri })}`
    const page = await scene.browser.newPage({ origins: [app.origin], refusals: [400] })
    await page.goto(url)
    await page.getByLabel('E-mail address').fill(scene.user.email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    const told = await scene.atTheApp(page)
    expect((await redeem(told.get('code') ?? '', code_verifier)).status).toBe(200)
    await page.goto(url)
    await page.getByRole('heading', { name: 'This link is too old' }).waitFor()
    page.expectSilence()
  })

  test('a form that the app lets the browser post brings the signed-in user here as well', async () => {
    const { parameters } = scene.authorize()
    const fields = Object.entries(parameters).map(([name, value]) => {
      const escaped = value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
      return `<input type="hidden" name="${name}" value="${escaped}">`
    })
    app.show(
      `<!doctype html><title>x</title><link rel="icon" href="data:,"><form method="post" action="${server.url}/oauth2/authorize">${fields.join('')}<button>Go</button></form>`,
    )
    const page = await scene.visit(`${app.origin}/page`, scene.user, {
      origins: [new URL(server.url).origin],
    })
    await page.getByRole('button', { name: 'Go' }).click()
    await page.getByRole('heading', { name: 'Photos asks for access to your storage' }).waitFor()
    await deny(page).click()
    expect((await scene.atTheApp(page)).get('error')).toBe('access_denied')
  })
})

describe('the page', () => {
  test('can be loaded again; and whoever comes back after deciding finds that it is decided', async () => {
    const page = await scene.visit(scene.authorize({ response_mode: 'form_post' }).url, scene.user, {
      refusals: [400],
    })
    const address = page.url()
    await page.reload()
    await passphraseOf(page).fill(passphrase)
    const posted = postedToTheApp(page)
    await allow(page).click()
    await posted
    await page.goBack()
    await page.getByRole('heading', { name: 'You have decided already' }).waitFor()
    expect(page.url()).toBe(address)
    page.expectSilence()
  })

  test('tells of renewing, of the life of files, of the one project and of the end that the app asked for', async () => {
    const client = await aClient(server, { redirect_uris: [app.redirect_uri] }, scene.developer)
    await scene.register({ grant_types: ['authorization_code', 'refresh_token'] }, client)
    const { body: projects } = await call(server, 'GET', '/api/v0/projects', { token: scene.user.token })
    const { url } = scene.authorize(
      {
        scope: 'offline_access',
        authorization_details: JSON.stringify([
          {
            type: 'storage_access',
            project: projects[0].id,
            bucket: 'photos',
            actions: ['read', 'write'],
            not_after: Math.floor(Date.now() / 1000) + 5 * 86_400,
            max_object_ttl: 7 * 86_400,
          },
        ]),
      },
      client,
    )
    for (const look of looks) {
      const page = await scene.visit(url, scene.user, look)
      await page
        .getByText('It may renew this access by itself until then, without you being there.')
        .waitFor()
      await page.getByText('What it uploads is deleted by itself, 7 days after the upload').waitFor()
      await page.getByText('the app asks for this one').waitFor()
      const until = page.getByLabel('Access ends on')
      const latest = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)
      expect([await until.inputValue(), await until.getAttribute('max')]).toEqual([latest, latest])
      await expectAccessible(page)
      page.expectSilence()
    }
  })

  test('whoever is somebody else signs out, and is told to start again', async () => {
    const { body } = await call(server, 'POST', '/api/v0/auth/token', {
      body: { email: scene.user.email, password },
    })
    const page = await scene.visit(scene.authorize().url, { ...scene.user, token: body.token })
    await page.getByRole('button', { name: 'Not you? Sign out' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    page.expectSilence()
  })
})

test('for a redirect URI that is not registered nobody is sent anywhere', async () => {
  const { url } = scene.authorize({ redirect_uri: `${app.origin}/elsewhere` })
  const page = await scene.visit(url, scene.user, { refusals: [400], origins: [] })
  await page.getByRole('heading', { name: 'This link is not of an app known here' }).waitFor()
  await expectAccessible(page)
  page.expectSilence()
})
