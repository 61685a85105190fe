/** The console's clients, as a developer uses them: by role and label, in a real browser. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { expectAccessible, looks } from '../testing/accessible.ts'
import type { PageOptions, WatchedPage } from '../testing/browser.ts'
import { openPagesScene } from '../testing/pages-scene.ts'
import {
  aClient,
  aCode,
  aDeveloper,
  aUser,
  call,
  clientsPath,
  type Person,
  type RegisteredClient,
  redeem,
  redirectUri,
} from '../testing/story.ts'

const { server, browser } = await openPagesScene()

const signedIn = (person: Person, options: PageOptions = {}): Promise<WatchedPage> =>
  browser.newPage({ as: { kind: 'developer', person, url: server.url }, ...options })
const open = (page: Page, path: string) => page.goto(`${server.url}/console${path}`)
const openClient = (page: Page, { client_id }: RegisteredClient, tab: string) =>
  open(page, `/clients/${client_id}?tab=${tab}`)
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name }).first()
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const dialog = (page: Page) => page.getByRole('dialog')
const confirm = (page: Page, name: string) => dialog(page).getByRole('button', { name, exact: true }).click()
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())
const shownSecret = async (page: Page) =>
  /vks_\w{49}/.exec(await page.getByRole('main').innerText())?.[0] ?? ''

/** What the server says to a token request with this secret: it is the code that is unknown, or the client. */
async function judged(client: RegisteredClient, client_secret: string): Promise<string> {
  return (await redeem(server, { ...client, client_secret }, 'no-such-code')).body.error
}
const accepted = 'invalid_code'
const refused = 'invalid_client'

describe('a new client', () => {
  test('is created, its secret copied, downloaded, and shown nowhere again', async () => {
    const developer = await aDeveloper(server)
    const page = await signedIn(developer, { permissions: ['clipboard-read', 'clipboard-write'] })
    await open(page, '')
    await heading(page, 'No clients yet').waitFor()
    await page.getByRole('link', { name: 'Register a client' }).click()
    await page.getByLabel('Name').fill('Photo Album')
    await page.getByLabel('Redirect URI').fill(redirectUri)
    await page.getByLabel('Only what is chosen here').check()
    await page.getByLabel(/^read:/).check()
    await page.getByLabel(/^list:/).check()
    await page.getByLabel('Description').fill('Shows what the camera took.')
    await button(page, 'Register a client').click()

    await heading(page, 'Store the client secret now').waitFor()
    const secret = await shownSecret(page)
    server.secrets.add('client secret', secret)
    await button(page, 'Copy client secret').click()
    expect(await clipboard(page)).toBe(secret)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      button(page, 'Download .env').click(),
    ])
    expect(download.suggestedFilename()).toBe('valetkey.env')
    const list = await call(server, 'GET', clientsPath, { token: developer.token })
    const [{ client_id, id, scopes, description }] = list.body
    expect({ scopes, description }).toEqual({
      scopes: ['read', 'list'],
      description: 'Shows what the camera took.',
    })
    expect(readFileSync(await download.path(), 'utf8')).toBe(
      `VALETKEY_CLIENT_ID=${client_id}\nVALETKEY_CLIENT_SECRET=${secret}\n`,
    )

    await page.getByRole('link', { name: 'Clients', exact: true }).click()
    await dialog(page).getByText('Leave without the secret?').waitFor()
    await confirm(page, 'Stay')
    await button(page, 'I have stored it').click()
    await heading(page, 'Photo Album').waitFor()
    await page.getByRole('tab', { name: 'Quickstart', selected: true }).waitFor()
    for (const language of ['Node', 'Python', 'Go', 'curl']) {
      await page.getByRole('tab', { name: language, exact: true }).click()
      const program = await page.getByRole('region', { name: `Program for ${language}` }).innerText()
      expect(program).toContain(client_id)
      expect(program).toContain(redirectUri)
      expect(program).toContain(server.url)
      expect(program).not.toContain('vks_')
    }
    await page.goBack()
    expect(await page.content()).not.toContain(secret)
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]),
    )
    expect(kept).not.toContain(secret)
    for (const address of page.addresses) expect(address).not.toContain(secret)
    expect(await judged({ developer, id, client_id, client_secret: secret }, secret)).toBe(accepted)
    page.expectSilence()
  })

  test('is created by keyboard alone', async () => {
    const page = await signedIn(await aDeveloper(server))
    await open(page, '/clients/new')
    await heading(page, 'Register a client').waitFor()
    await expect
      .poll(() => page.getByLabel('Name').evaluate((input) => input === document.activeElement))
      .toBe(true)
    await page.keyboard.type('Typed')
    await page.keyboard.press('Tab')
    await page.keyboard.type('http://localhost:3000/cb')
    await page.keyboard.press('Enter')
    await heading(page, 'Store the client secret now').waitFor()
    await expectFocus(page, 'Store the client secret now')
    for (const name of ['Copy', 'Copy', 'Download .env', 'I have stored it']) {
      await page.keyboard.press('Tab')
      await expectFocus(page, name)
    }
    await page.keyboard.press('Enter')
    await heading(page, 'Typed').waitFor()
    await expectFocus(page, 'Typed')
    expect(await page.title()).toBe('Typed - Valetkey')
    page.expectSilence()
  })

  test('an app that can keep no secret gets none, and its pages speak of none', async () => {
    const developer = await aDeveloper(server)
    const page = await signedIn(developer)
    await open(page, '/clients/new')
    await page.getByLabel('Name').fill('Photo Tool')
    const uri = page.getByRole('textbox', { name: 'Redirect URI', exact: true })
    await uri.fill('com.example.app:/cb')
    await page.getByRole('radio', { name: 'Browser' }).check()
    await page.getByText('A private-use scheme is for native apps').waitFor()
    await page.getByRole('radio', { name: 'Native or CLI' }).check()
    await page.getByText('A private-use scheme is for native apps').waitFor({ state: 'detached' })
    await page.getByLabel('Keep access while the user is away').check()
    await page.getByLabel('Signs in on devices without a browser').check()
    await button(page, 'Register a client').click()
    await heading(page, 'Photo Tool').waitFor()
    await page.getByRole('tab', { name: 'Quickstart', selected: true }).waitFor()
    await page.getByRole('region', { name: 'Settings for an OAuth library' }).waitFor()
    expect(await page.getByRole('tab', { name: 'Secrets' }).count()).toBe(0)
    const device = 'urn:ietf:params:oauth:grant-type:device_code'
    const read = async () => (await call(server, 'GET', clientsPath, { token: developer.token })).body[0]
    expect(await read()).toMatchObject({
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token', device],
      redirect_uris: ['com.example.app:/cb'],
    })
    await expectAccessible(page)

    await page.getByRole('tab', { name: 'Settings' }).click()
    await page.getByText('Native or CLI. It has no secret').waitFor()
    expect(await page.getByRole('switch', { name: /StorX/ }).count()).toBe(0)
    await page.getByLabel('Signs in on devices without a browser').uncheck()
    await expectAccessible(page)
    await button(page, 'Save signing in').click()
    await expect.poll(async () => (await read()).grant_types).toEqual(['authorization_code', 'refresh_token'])
    page.expectSilence()
  })

  test('a redirect URI that the server would refuse is refused while it is typed, in its words', async () => {
    const page = await signedIn(await aDeveloper(server))
    await open(page, '/clients/new')
    const uri = page.getByRole('textbox', { name: 'Redirect URI', exact: true })
    await uri.pressSequentially('http://photos.example/cb')
    await page.getByText('every other host needs https').waitFor()
    await uri.fill('https://Photos.example/cb')
    await button(page, 'Use https://photos.example/cb').click()
    expect(await uri.inputValue()).toBe('https://photos.example/cb')
    await page.getByText('is written as browsers write it').waitFor({ state: 'detached' })
    await button(page, 'Add another redirect URI').click()
    await page.getByRole('textbox', { name: 'Redirect URI 2' }).fill('https://photos.example/CB')
    await page.getByText('This redirect URI is registered already.').first().waitFor()
    await button(page, 'Remove redirect URI 2').click()
    await page.getByText('This redirect URI is registered already.').first().waitFor({ state: 'detached' })
    page.expectSilence()
  })

  test('what is missing is told, and has the focus', async () => {
    const page = await signedIn(await aDeveloper(server))
    await open(page, '/clients/new')
    await button(page, 'Register a client').click()
    await page.getByText('A client needs a name.').waitFor()
    await page.getByText('At least one is needed.').waitFor()
    expect(await page.getByLabel('Name').evaluate((input) => input === document.activeElement)).toBe(true)
    page.expectSilence()
  })

  test('the server’s own refusal is shown with its trace', async () => {
    const page = await signedIn(await aDeveloper(server), { refusals: [400] })
    await open(page, '/clients/new')
    await page.getByLabel('Name').fill('Photos')
    await page.getByLabel('Description').fill('x'.repeat(501))
    await page.getByLabel('Redirect URI').fill(redirectUri)
    await button(page, 'Register a client').click()
    const alert = page.getByRole('alert')
    await alert.getByText('A description has at most 500 characters').waitFor()
    expect(await alert.innerText()).toMatch(/[0-9a-f]{32}/)
    page.expectSilence()
  })
})

describe('the list', () => {
  test('is searched, and the slash leads there', async () => {
    const developer = await aDeveloper(server)
    for (const name of ['Photo Album', 'Backup']) await aClient(server, { name }, developer)
    const page = await signedIn(developer)
    await open(page, '/clients')
    await page.getByRole('link', { name: 'Backup' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('album')
    await page.getByText('1 of 2 clients').waitFor()
    expect(await page.getByRole('link', { name: 'Backup' }).count()).toBe(0)
    await page.keyboard.type(' nowhere')
    await heading(page, 'No client matches').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Backup' }).waitFor()
    page.expectSilence()
  })

  test('says how each goes', async () => {
    const developer = await aDeveloper(server)
    const client = await aClient(server, {}, developer)
    const { code } = await aCode(server, client, await aUser(server))
    await redeem(server, client, code)
    await redeem(server, client, code)
    await server.deps.recorder.flush()
    const page = await signedIn(developer)
    await open(page, '/clients')
    await page.getByText('1 refused in 24 h').waitFor()
    await page.getByRole('link', { name: 'Photos' }).click()
    await page.getByText('1 granted, 1 refused').waitFor()
    await page.getByRole('link', { name: 'code_replayed' }).waitFor()
    page.expectSilence()
  })
})

describe('its secrets', () => {
  test('both work while one is being replaced, and the older one is retired with a word on its use', async () => {
    const client = await aClient(server)
    const page = await signedIn(client.developer)
    await openClient(page, client, 'secrets')
    await page.getByLabel('for 7 days').check()
    await button(page, 'Rotate the secret').click()
    await dialog(page).getByText('Both work for 7 days').waitFor()
    await confirm(page, 'Make a new secret')
    await heading(page, 'Store the client secret now').waitFor()
    await expectFocus(page, 'Store the client secret now')
    const fresh = await shownSecret(page)
    server.secrets.add('client secret', fresh)
    expect(await judged(client, fresh)).toBe(accepted)
    expect(await judged(client, client.client_secret)).toBe(accepted)
    await server.deps.recorder.flush()

    await button(page, 'I have stored it').click()
    await page.reload()
    await page.getByText('Being replaced').waitFor()
    await page.getByText('Two secrets work already').waitFor()
    await button(page, 'Retire now').click()
    await dialog(page).getByText('something still signs with it').waitFor()
    await confirm(page, 'Retire the secret')
    await heading(page, 'Retired').waitFor()
    expect(await judged(client, client.client_secret)).toBe(refused)
    expect(await judged(client, fresh)).toBe(accepted)
    page.expectSilence()
  })
})

describe('its settings', () => {
  test('name, redirect URIs, scopes and profile are changed', async () => {
    const client = await aClient(server)
    const page = await signedIn(client.developer)
    await openClient(page, client, 'settings')
    await page.getByRole('textbox', { name: 'Name' }).fill('Albums')
    await button(page, 'Save name and description').click()
    await heading(page, 'Albums').waitFor()

    await page.getByLabel('Add a redirect URI').fill('https://photos.example/second')
    await button(page, 'Add').click()
    await button(page, `Replace ${redirectUri}`).click()
    await page.getByLabel(`Replace ${redirectUri} with`).fill('https://photos.example/first')
    await button(page, 'Replace').click()
    await button(page, 'Remove https://photos.example/second').click()
    await confirm(page, 'Remove')
    await button(page, 'Remove https://photos.example/second').waitFor({ state: 'detached' })

    await page.getByLabel('Only what is chosen here').check()
    await page.getByLabel(/^read:/).check()
    await page.getByLabel('Only in these buckets').fill('photos;2024/trips')
    await button(page, 'Save scopes').click()
    await page.getByText('Saved.').first().waitFor()
    await page.getByRole('switch', { name: /StorX/ }).click({ force: true })
    await expect
      .poll(
        async () =>
          (await call(server, 'GET', `${clientsPath}/${client.id}`, { token: client.developer.token })).body,
      )
      .toMatchObject({
        name: 'Albums',
        redirect_uris: ['https://photos.example/first'],
        scopes: ['read', 'bucket:photos;2024/trips'],
        storx_profile: false,
      })
    page.expectSilence()
  })

  test('it is disabled, enabled again, and deleted by its name', async () => {
    const client = await aClient(server)
    const page = await signedIn(client.developer)
    await openClient(page, client, 'settings')
    await button(page, 'Disable').click()
    await dialog(page).getByText('ends now').waitFor()
    await confirm(page, 'Disable the client')
    await button(page, 'Enable').waitFor()
    expect(await judged(client, client.client_secret)).toBe(refused)
    await button(page, 'Enable').click()
    await button(page, 'Disable').waitFor()
    expect(await judged(client, client.client_secret)).toBe(accepted)

    await button(page, 'Delete').click()
    const sure = dialog(page).getByRole('button', { name: 'Delete the client' })
    await dialog(page).getByLabel('Type Photos to confirm').fill('Photo')
    expect(await sure.isDisabled()).toBe(true)
    await dialog(page).getByLabel('Type Photos to confirm').fill('Photos')
    await sure.click()
    await heading(page, 'No clients yet').waitFor()
    expect(await judged(client, client.client_secret)).toBe(refused)
    page.expectSilence()
  })

  test('somebody else’s client looks like none', async () => {
    const client = await aClient(server)
    const page = await signedIn(await aDeveloper(server), { refusals: [404] })
    await openClient(page, client, 'settings')
    await heading(page, 'No such client').waitFor()
    await page.getByRole('link', { name: 'All clients' }).click()
    await heading(page, 'No clients yet').waitFor()
    page.expectSilence()
  })
})

describe('from one client straight to another, by the history', () => {
  async function leaving(tab: 'settings' | 'secrets') {
    const first = await aClient(server, { name: 'Albums' })
    const second = await aClient(server, { name: 'Backup' }, first.developer)
    const page = await signedIn(first.developer)
    await openClient(page, first, tab)
    await heading(page, 'Albums').waitFor()
    await page.getByRole('link', { name: 'Clients', exact: true }).click()
    await page.getByRole('link', { name: 'Backup' }).click()
    await heading(page, 'Backup').waitFor()
    await page.getByRole('tab', { name: tab, exact: false }).click()
    return { page, first, second }
  }

  test('settings that were not saved stay behind', async () => {
    const { page } = await leaving('settings')
    const name = page.getByRole('textbox', { name: 'Name' })
    await name.fill('Typed, not saved')
    await page.evaluate(() => history.go(-2))
    await heading(page, 'Albums').waitFor()
    await expect.poll(() => name.inputValue()).toBe('Albums')
    page.expectSilence()
  })

  test('a secret that was just made is nowhere any more', async () => {
    const { page } = await leaving('secrets')
    await button(page, 'Rotate the secret').click()
    await confirm(page, 'Make a new secret')
    await heading(page, 'Store the client secret now').waitFor()
    const secret = await shownSecret(page)
    server.secrets.add('client secret', secret)
    await page.evaluate(() => history.go(-2))
    await confirm(page, 'Leave')
    await heading(page, 'Albums').waitFor()
    await expect.poll(() => page.content()).not.toContain(secret)
    page.expectSilence()
  })
})

describe('the frame', () => {
  test('the focus follows to the heading, and the way out ends the session', async () => {
    const page = await signedIn(await aDeveloper(server))
    await open(page, '/clients')
    await heading(page, 'Clients').waitFor()
    await page.getByRole('link', { name: 'Account', exact: true }).click()
    await expectFocus(page, 'Account')
    await button(page, 'Account: Ada Example').click()
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    const scheme = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
    expect(scheme).toBe('dark')
    await button(page, 'Account: Ada Example').click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.waitForURL(`${server.url}/console/sign-in`)
    await open(page, '/clients')
    expect(new URL(page.url()).pathname).toBe('/console/sign-in')
    page.expectSilence()
  })

  test('a dialog gives the focus back, and a session that ended elsewhere leads to sign in and back', async () => {
    const client = await aClient(server)
    const page = await signedIn(client.developer, { refusals: [401] })
    await openClient(page, client, 'settings')
    await button(page, 'Delete').focus()
    await page.keyboard.press('Enter')
    await dialog(page).getByLabel('Type Photos to confirm').waitFor()
    await page.keyboard.press('Escape')
    await expectFocus(page, 'Delete')

    expect((await page.request.delete(`${server.url}/api/v0/developer/auth/sessions`)).status()).toBe(200)
    await page.getByRole('textbox', { name: 'Name' }).fill('Albums')
    await button(page, 'Save name and description').click()
    const back = `/console/clients/${client.client_id}?tab=settings`
    await page.waitForURL(`${server.url}/console/sign-in?return_to=${encodeURIComponent(back)}&ended=1`)
    page.expectSilence()
  })

  test('on a phone the navigation is behind a button', async () => {
    const page = await signedIn(await aDeveloper(server), { viewport: { width: 390, height: 844 } })
    await open(page, '/clients')
    await button(page, 'Open the navigation').click()
    await dialog(page).getByRole('link', { name: 'Account' }).click()
    await heading(page, 'Account').waitFor()
    await dialog(page).waitFor({ state: 'detached' })
    page.expectSilence()
  })
})

describe.each(looks)('in $colorScheme, $viewport.width wide', (look) => {
  test('every page is accessible, and none is wider than its window', async () => {
    const uris = Array.from(
      { length: 20 },
      (_, n) => `https://a-host-with-a-long-name-${n}.photos.example/oauth/callback/${n}`,
    )
    const client = await aClient(server, {
      name: 'A client whose name is as long as any may be, with 64 characters',
      redirect_uris: uris,
    })
    await redeem(server, client, 'no-such-code')
    await call(server, 'POST', `${clientsPath}/${client.id}/regenerate-secret`, {
      token: client.developer.token,
      body: { keep_previous_for: 3600 },
    })
    await server.deps.recorder.flush()
    const page = await signedIn(client.developer, { ...look, reducedMotion: 'reduce' })
    for (const path of [
      '/clients',
      '/clients/new',
      ...['health', 'settings', 'secrets', 'quickstart'].map(
        (tab) => `/clients/${client.client_id}?tab=${tab}`,
      ),
    ]) {
      await open(page, path)
      await page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'detached' })
      await page.waitForLoadState('networkidle')
      await expectAccessible(page)
    }
    await openClient(page, client, 'secrets')
    await button(page, 'Retire now').click()
    await dialog(page).getByText('Requests signed with it').waitFor()
    await expectAccessible(page)
    page.expectSilence()
  }, 60_000)
})

/** The focus is on what says this; it may come a moment later. */
async function expectFocus(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent?.trim())).toBe(text)
}
