import { parseAccessGrant } from '@valetkey/access-grant'
import { describe, expect, test } from 'vitest'
import { expectAccessible, expectNoSideways, looks } from '../testing/accessible.ts'
import { openPagesScene } from '../testing/pages-scene.ts'
import {
  aClient,
  aCode,
  aDeveloper,
  aUser,
  call,
  type Person,
  password,
  type RegisteredClient,
  redeem,
} from '../testing/story.ts'

const { server, visit } = await openPagesScene()
const developer = await aDeveloper(server)

interface Connected {
  readonly client: RegisteredClient
  /** Whether the storage network lets the app read with the key it got. */
  mayRead(): Promise<boolean>
}

async function connect(user: Person, name: string, scope = ['read', 'list']): Promise<Connected> {
  const client = await aClient(server, { name }, developer)
  const { code } = await aCode(server, client, user, { scope })
  const { body } = await redeem(server, client, code)
  const { api_key } = parseAccessGrant(body.access_grant)
  const action = { op: 'read', bucket: 'photos', encrypted_path: Buffer.from('x') } as const
  return { client, mayRead: async () => (await server.deps.network.check(api_key, action)).allowed }
}

const isSignedIn = async ({ token }: Person): Promise<boolean> =>
  (await call(server, 'GET', '/api/v0/auth/account', { token })).status === 200

const signInAgain = async ({ email }: Person, user_agent: string): Promise<Person> => {
  const { body } = await call(server, 'POST', '/api/v0/auth/token', {
    body: { email, password },
    headers: { 'user-agent': user_agent },
  })
  return { email, token: body.token }
}

describe('connected apps', () => {
  test('access ends by keyboard alone: the key stops working, the row goes and is told, the other app stays', async () => {
    const user = await aUser(server)
    const films = await connect(user, 'Films')
    const photos = await connect(user, 'Photos')
    const page = await visit('/apps', user)
    const end = page.getByRole('button', { name: 'End access of Photos' })

    await end.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'End all access of Photos?' })
    await dialog.waitFor()
    // The harmless answer has the focus; Escape leaves too, and gives the focus back.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Keep access')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(await end.evaluate((button) => button === document.activeElement)).toBe(true)
    expect(await photos.mayRead()).toBe(true)

    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Photos has no access any more.').waitFor()
    expect(await page.getByRole('button', { name: /^End access of/ }).allTextContents()).toEqual([
      'End access of Films',
    ])
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
    expect([await photos.mayRead(), await films.mayRead()]).toEqual([false, true])

    const ended = page.getByRole('region', { name: 'No longer connected' })
    expect(await ended.getByRole('listitem').first().innerText()).toContain('You ended its access on')
    await ended.locator('summary').click()
    await ended
      .getByText('It asked to read files and see which files there are in a whole project.')
      .waitFor()
    await page.getByRole('button', { name: 'End access of Films' }).waitFor()
    page.expectSilence()
  })

  test('an app that nobody knows any more is told as ended, and a session that is over leads to sign in', async () => {
    const user = await aUser(server)
    const { client, mayRead } = await connect(user, 'Photos')
    const page = await visit('/apps', user, { refusals: [401, 404] })
    const path = `/api/v0/auth/developer-access/${client.client_id}/revoke`
    await call(server, 'DELETE', path, { token: user.token })
    await page.getByRole('button', { name: 'End access of Photos' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End access' }).click()
    await page.getByText('No app holds access to your storage.').waitFor()
    expect(await mayRead()).toBe(false)

    await call(server, 'DELETE', '/api/v0/auth/sessions', { token: user.token })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in?return_to=%2Fapps&ended=1')
    await page.getByText('Your session ended. Sign in and you are back where you were.').waitFor()
    page.expectSilence()
  })

  test('an answer that is none of ours ends nothing, and the dialog says so', async () => {
    const user = await aUser(server)
    const { mayRead } = await connect(user, 'Photos')
    const page = await visit('/apps', user)
    await page.route('**/revoke', (route) =>
      route.fulfill({ status: 200, contentType: 'application/json', body: 'no JSON' }),
    )
    await page.getByRole('button', { name: 'End access of Photos' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End access' }).click()
    await page.getByRole('dialog').getByRole('alert').getByText('cannot be reached').waitFor()
    await page.getByRole('button', { name: 'Keep access' }).click()
    expect(await page.getByRole('button', { name: 'End access of Photos' }).isEnabled()).toBe(true)
    expect(await mayRead()).toBe(true)
    page.expectSilence()
  })

  test('many apps with long names stay within a phone, and one is found among them', async () => {
    const user = await aUser(server)
    for (let app = 0; app < 9; app += 1)
      await connect(user, `${app}${'W'.repeat(60)}`, [
        'read',
        'bucket:films',
        `bucket:photos;${'long/'.repeat(90)}x`,
      ])
    const page = await visit('/apps', user, { viewport: { width: 390, height: 800 } })
    const buttons = page.getByRole('button', { name: /^End access of/ })
    expect(await buttons.count()).toBe(9)
    expect(
      await page
        .getByRole('listitem')
        .filter({ hasText: /^bucket films$/ })
        .count(),
    ).toBe(9)
    await page.getByRole('searchbox', { name: 'Find an app' }).fill(' 3w')
    await page.getByRole('status').getByText('1 of 9 apps').waitFor()
    expect(await buttons.count()).toBe(1)
    await expectNoSideways(page)
    page.expectSilence()
  })
})

describe('the account', () => {
  test('a name changes, a project is made, and what is wrong is said beside its field', async () => {
    const page = await visit('/account', await aUser(server), { refusals: [400] })
    const name = page.getByRole('textbox', { name: 'Name', exact: true })
    await name.fill('\u200b')
    await page.getByRole('button', { name: 'Save name' }).click()
    await page.getByText('A name has 1 to 64 characters').waitFor()
    expect(await name.getAttribute('aria-invalid')).toBe('true')
    await name.fill('Grace Hopper')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Your name is changed.').waitFor()
    expect(await page.getByRole('banner').innerText()).toContain('Grace Hopper')

    for (const project of ['Films', 'Letters']) {
      await page.getByRole('textbox', { name: 'Name of a new project' }).fill(project)
      await page.getByRole('button', { name: 'Make project' }).click()
      await page.getByRole('status').getByText(`The project ${project} is made.`).waitFor()
    }
    const projects = page.getByRole('region', { name: 'Projects' }).getByRole('listitem')
    expect((await projects.allInnerTexts()).map((row) => row.split('\n')[0])).toEqual([
      'My first project',
      'Films',
      'Letters',
    ])
    page.expectSilence()
  })

  test('one session ends and the others go on; signing out everywhere ends them all', async () => {
    const user = await aUser(server)
    const phone = await signInAgain(
      user,
      'Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0',
    )
    const laptop = await signInAgain(user, 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko Firefox/145.0')
    const page = await visit('/account', user)
    await page.getByRole('button', { name: 'Sign out Firefox on Android' }).click()
    await page.getByRole('status').getByText('That session has ended.').waitFor()
    expect(await Promise.all([user, phone, laptop].map(isSignedIn))).toEqual([true, false, true])
    const sessions = page.getByRole('region', { name: 'Where you are signed in' }).getByRole('listitem')
    expect(await sessions.count()).toBe(2)
    expect(await sessions.filter({ hasText: 'This one' }).count()).toBe(1)

    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.waitForURL('**/sign-in?return_to=/account')
    expect(await Promise.all([user, laptop].map(isSignedIn))).toEqual([false, false])
    page.expectSilence()
  })

  test('who works stays signed in: an input prolongs the session, at most every five minutes', async () => {
    const page = await visit('/account', await aUser(server))
    await page.clock.install()
    await page.reload()
    const isRefresh = (url: string) => url.endsWith('/api/v0/auth/refresh-session')
    const refreshes = () => page.addresses.filter(isRefresh).length
    const title = page.getByRole('heading', { level: 1 })
    await title.click()
    await expect.poll(refreshes).toBe(1)
    await title.click()
    expect(refreshes()).toBe(1)
    await page.clock.fastForward('06:00')
    const answered = page.waitForResponse((response) => isRefresh(response.url()))
    await title.click()
    expect((await answered).status()).toBe(200)
    expect(refreshes()).toBe(2)
    page.expectSilence()
  })

  test('signing out ends this session and the way back', async () => {
    const user = await aUser(server)
    const other = await signInAgain(user, 'another')
    const page = await visit('/apps', user)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in')
    expect(await Promise.all([user, other].map(isSignedIn))).toEqual([false, true])
    await page.goBack()
    await page.waitForURL('**/sign-in?return_to=%2Fapps')
    page.expectSilence()
  })

  test('a new password needs the old one, ends every session, and signs in from then on', async () => {
    const user = await aUser(server)
    const other = await signInAgain(user, 'another')
    const { mayRead } = await connect(user, 'Photos')
    const page = await visit('/account', user, { refusals: [400] })
    const field = (label: string) => page.getByLabel(label, { exact: true })
    const [current, fresh] = [field('Current password'), field('New password')]
    const change = page.getByRole('button', { name: 'Change password' })

    await change.click()
    await page.getByText('Enter the password you have now.').waitFor()
    await current.fill('not the password')
    await fresh.fill('a better battery staple')
    await change.click()
    await page.getByRole('alert').getByText('The current password is wrong.').waitFor()
    await current.fill(password)
    await fresh.fill('short')
    await change.click()
    await page.getByText('A password has 8 to 64 characters.').waitFor()
    expect(await fresh.getAttribute('aria-invalid')).toBe('true')
    expect(await isSignedIn(other)).toBe(true)

    await fresh.fill('a better battery staple')
    await change.click()
    await page.getByRole('status').getByText('Your password is changed, and you are signed out').waitFor()
    expect(await Promise.all([user, other].map(isSignedIn))).toEqual([false, false])
    await page.getByRole('link', { name: 'Sign in with it' }).click()
    await page.waitForURL('**/sign-in?return_to=%2Faccount')
    const signIn = (word: string) =>
      call(server, 'POST', '/api/v0/auth/token', { body: { email: user.email, password: word } })
    expect((await signIn(password)).status).toBe(401)
    expect((await signIn('a better battery staple')).status).toBe(200)
    expect(await mayRead()).toBe(true)
    page.expectSilence()
  })

  test('what is on record can be searched and taken along', async () => {
    const user = await aUser(server)
    await connect(user, 'Photos')
    await server.deps.recorder.flush()
    const page = await visit('/account', user)
    await page.getByRole('searchbox', { name: 'Search' }).fill('Photos')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/account?search=Photos#activity')
    const events = page.getByRole('region', { name: 'Activity' }).getByRole('listitem')
    expect(await events.count()).toBe(3)
    const downloading = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download the last 7 days' }).click()
    expect((await downloading).suggestedFilename()).toMatch(/^audit-logs-\d{4}-\d\d-\d\d\.csv$/)
    page.expectSilence()
  })
})

describe.each(looks)('in $colorScheme, $viewport.width wide', (look) => {
  test('axe finds nothing serious on any of these pages, empty or full, nor in the dialog', {
    timeout: 60_000,
  }, async () => {
    const user = await aUser(server)
    await expectAccessible(await visit('/apps', user, look))

    const gone = await connect(user, 'Gone')
    await call(server, 'DELETE', `/api/v0/auth/developer-access/${gone.client.client_id}/revoke`, {
      token: user.token,
    })
    const { client } = await connect(user, 'Photos')
    for (const path of ['/apps', `/apps/${client.client_id}/history`, '/account']) {
      const page = await visit(path, user, look)
      await expectAccessible(page)
      if (path !== '/apps') continue
      await page.locator('summary').first().click()
      await page.getByText('It asked to read').waitFor()
      await page.getByRole('button', { name: /^End access of/ }).click()
      await expectAccessible(page, 'the dialog')
      page.expectSilence()
    }
  })
})
