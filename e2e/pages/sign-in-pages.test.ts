/** Both doors, as people use them: by label and role, with the keyboard, in a real browser. */
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { expectAccessible, looks } from '../testing/accessible.ts'
import { openPagesScene } from '../testing/pages-scene.ts'
import { call, mailedTokens, mailsOf, password, startServer } from '../testing/story.ts'

const { server, browser } = await openPagesScene()

const doors = [
  { kind: 'user', pages: '', api: '/api/v0/auth', home: '/apps' },
  { kind: 'developer', pages: '/console', api: '/api/v0/developer/auth', home: '/console' },
] as const
type Door = (typeof doors)[number]

/** Axe takes seconds for a page on a busy machine. */
const axeTimeoutMs = 60_000

let people = 0
async function anAccount({ api }: Door): Promise<string> {
  const email = `ada${++people}@people.example`
  const body = { email, password, fullName: 'Ada' }
  expect((await call(server, 'POST', `${api}/register`, { body })).status).toBe(200)
  return email
}

async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

const isAt = (page: Page, path: string) => page.waitForURL(`${server.url}${path}`)
const newestMail = async () => {
  await server.deps.background.flush()
  return mailsOf(server.data).at(-1) ?? ''
}

describe.each(doors)('at the door for a $kind', (door) => {
  const { pages, api, home } = door

  test('somebody registers, is signed in, and comes back with the password later', async () => {
    const email = `new${++people}@people.example`
    const page = await browser.newPage()
    await page.goto(`${server.url}${pages}/register`)
    await page.getByLabel('Name', { exact: true }).fill('Grace <b>Hopper</b>')
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Create account' }).click()
    await isAt(page, home)

    await page.goto('about:blank')
    await page.context().clearCookies()
    await page.goto(`${server.url}${home}`)
    await page.waitForURL(`${server.url}${pages}/sign-in?return_to=${encodeURIComponent(home)}`)
    await signIn(page, email)
    await isAt(page, home)
    const account = await page.evaluate(async (url) => (await fetch(url)).json(), `${api}/account`)
    expect(account).toMatchObject({ email, fullName: 'Grace <b>Hopper</b>' })
    for (const address of page.addresses) expect(address).not.toContain('horse')
    page.expectSilence()
  })

  test('the server’s words stand beside the field they are about', async () => {
    const taken = await anAccount(door)
    const page = await browser.newPage({ refusals: [400, 409] })
    await page.goto(`${server.url}${pages}/register`)
    const [name, email, secret] = ['Name', 'E-mail address', 'Password'].map((label) =>
      page.getByLabel(label, { exact: true }),
    )
    const submit = page.getByRole('button', { name: 'Create account' })
    await submit.click()
    await expectBlame(page, 'fullName', 'Enter your name.')
    await expectBlame(page, 'email', 'Enter your e-mail address.')
    expect(await name?.evaluate((input) => input === document.activeElement)).toBe(true)

    await name?.fill('Ada')
    await email?.fill('ada')
    await secret?.fill('short')
    await submit.click()
    await expectBlame(page, 'email', 'The e-mail address is not valid.')
    await email?.fill(taken)
    await submit.click()
    await expectBlame(page, 'password', 'A password has 8 to 64 characters.')
    await secret?.fill(password)
    await submit.click()
    await expectBlame(page, 'email', 'An account with this e-mail address exists already.')
    page.expectSilence()
  })

  test('a wrong password is said in words, and after three of them what it costs', async () => {
    const email = await anAccount(door)
    const page = await browser.newPage({ refusals: [401] })
    await page.goto(`${server.url}${pages}/sign-in`)
    const alert = page.getByRole('alert')
    for (let tries = 1; tries <= 3; tries++) {
      await signIn(page, email, 'not the password')
      await page.getByText('The e-mail address or the password is wrong').waitFor()
      expect(await alert.textContent()).toMatch(tries < 3 ? /now\.$/ : /closed for two minutes/)
      await page.waitForFunction(() => document.activeElement?.id === 'password')
    }
    await signIn(page, email)
    await isAt(page, home)
    page.expectSilence()
  })

  test('a password is shown when asked for, and hidden again before it is sent', async () => {
    const email = await anAccount(door)
    const page = await browser.newPage()
    await page.goto(`${server.url}${pages}/sign-in`)
    const secret = page.getByLabel('Password', { exact: true })
    await secret.fill(password)
    const show = page.getByRole('button', { name: 'Show password' })
    await show.click()
    expect([await secret.getAttribute('type'), await show.getAttribute('aria-pressed')]).toEqual([
      'text',
      'true',
    ])
    await page.getByLabel('E-mail address').fill(email)
    await page.evaluate(() =>
      document.querySelector('form')?.addEventListener('submit', () => {
        document.title = document.querySelector<HTMLInputElement>('#password')?.type ?? ''
      }),
    )
    await page.route(`**${api}/token`, async (route) => {
      expect(await page.title()).toBe('password')
      await route.continue()
    })
    await page.getByRole('button', { name: 'Sign in' }).click()
    await isAt(page, home)
    page.expectSilence()
  })

  test('whoever is to be remembered stays for a week', async () => {
    const email = await anAccount(door)
    const page = await browser.newPage()
    await page.goto(`${server.url}${pages}/sign-in`)
    await page.getByLabel('Remember for one week').check()
    await signIn(page, email)
    await isAt(page, home)
    const [cookie] = await page.context().cookies()
    expect(((cookie?.expires ?? 0) - Date.now() / 1000) / 86_400).toBeCloseTo(7, 1)
    page.expectSilence()
  })

  test('a forgotten password is replaced by the mail in the outbox, whose token no address ever shows', async () => {
    const email = await anAccount(door)
    const page = await browser.newPage({ refusals: [401] })
    const sentence = page.getByText('If this address has an account, a mail with a link is on its way to it.')
    for (const asked of ['nobody@people.example', email]) {
      await page.goto(`${server.url}${pages}/sign-in`)
      await page.getByRole('link', { name: 'Forgot password?' }).click()
      await page.getByLabel('E-mail address').fill(asked)
      await page.getByRole('button', { name: 'Send the link' }).click()
      await sentence.waitFor()
    }
    const mail = await newestMail()
    const link = /https?:\S+#token=\S+/.exec(mail)?.[0] ?? ''
    expect(link).toContain(`${pages}/reset-password#token=`)

    await page.goto(`${server.url}${new URL(link).pathname}${new URL(link).hash}`)
    await page.getByLabel('New password', { exact: true }).fill('another correct horse')
    expect(page.url()).toBe(`${server.url}${pages}/reset-password`)
    await page.getByRole('button', { name: 'Set the new password' }).click()
    await page.getByRole('link', { name: 'Sign in with it' }).click()
    await signIn(page, email, 'another correct horse')
    await isAt(page, home)

    await page.goto(`${server.url}${pages}/reset-password${new URL(link).hash}`)
    await page.getByLabel('New password', { exact: true }).fill('a third correct horse')
    await page.getByRole('button', { name: 'Set the new password' }).click()
    await page.getByText('The link or code is wrong, used or expired.').waitFor()
    const [token = ''] = mailedTokens(mail)
    expect(token).toHaveLength(43)
    for (const address of page.addresses) expect(address.split('#')[0]).not.toContain(token)
    page.expectSilence()
  })

  test('a second link in the same tab starts afresh, also after the first has changed the password', async () => {
    const email = await anAccount(door)
    const page = await browser.newPage()
    for (const secret of ['another correct horse', 'a third correct horse']) {
      await call(server, 'POST', `${api}/forgot-password`, { body: { email } })
      const [token = ''] = mailedTokens(await newestMail())
      await page.goto(`${server.url}${pages}/reset-password#token=${token}`)
      await page.getByLabel('New password', { exact: true }).fill(secret)
      await page.getByRole('button', { name: 'Set the new password' }).click()
      await page.getByText('Your password is changed.').waitFor()
    }
    page.expectSilence()
  })

  test('without the link from the mail, the page says what is missing', async () => {
    const page = await browser.newPage()
    await page.goto(`${server.url}${pages}/reset-password`)
    await page.getByText('This page needs the link from the mail').waitFor()
    expect(await page.getByLabel('New password', { exact: true }).isVisible()).toBe(false)
    page.expectSilence()
  })

  test('the keyboard alone is enough, in the order that one sees', async () => {
    const email = await anAccount(door)
    const page = await browser.newPage()
    await page.goto(`${server.url}${pages}/sign-in`)
    await page.locator('button[type=submit]:enabled').waitFor()
    const steps: string[] = []
    await page.keyboard.type(email)
    for (let step = 0; step < 6; step++) {
      await page.keyboard.press('Tab')
      steps.push(await page.evaluate(nameOfFocused))
      if (step === 0) await page.keyboard.type(password)
    }
    expect(steps).toEqual([
      'password',
      'Show',
      'remember',
      'Forgot password?',
      'Sign in',
      'Create an account',
    ])
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await isAt(page, home)
    page.expectSilence()
  })

  test('signing in leads back to where somebody wanted to go, and other tabs of the door come along', async () => {
    const email = await anAccount(door)
    const wanted = `${home}?from=here`
    const page = await browser.newPage()
    const waiting = await page.context().newPage()
    for (const tab of [waiting, page])
      await tab.goto(`${server.url}${pages}/sign-in?return_to=${encodeURIComponent(wanted)}`)
    await signIn(page, email)
    await Promise.all([page, waiting].map((tab) => isAt(tab, wanted)))
    page.expectSilence()
  })

  test.each(looks)(
    'axe finds nothing serious in $colorScheme, $viewport.width wide, and nothing is wider',
    async (look) => {
      const page = await browser.newPage(look)
      for (const name of [
        'sign-in',
        'register',
        'forgot-password',
        'reset-password#token=x',
        'reset-password',
      ]) {
        await page.goto('about:blank')
        await page.goto(`${server.url}${pages}/${name}`)
        await expectAccessible(page)
      }
      page.expectSilence()
    },
    axeTimeoutMs,
  )
})

test.each(looks)(
  'the first page, the errors and the page for nothing are as good in $colorScheme',
  async (look) => {
    const page = await browser.newPage({ ...look, refusals: [404] })
    for (const path of [
      '/',
      '/errors',
      '/errors/client_authentication_failed',
      '/errors/nothing',
      '/nowhere',
    ]) {
      await page.goto(`${server.url}${path}`)
      await expectAccessible(page)
    }
    page.expectSilence()
  },
  axeTimeoutMs,
)

describe('where addresses are verified', () => {
  test('the mailed code opens the account; a wrong one is said, and another can be had', async () => {
    const verifying = await startServer({ verified_mail: 'on' })
    const page = await browser.newPage({ refusals: [401] })
    await page.goto(`${verifying.url}/console/register`)
    await page.getByLabel('Name', { exact: true }).fill('Ada')
    await page.getByLabel('E-mail address').fill('ada@people.example')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Create account' }).click()
    const code = page.getByLabel('Code')
    const codeIn = async () => {
      await verifying.deps.background.flush()
      return /^\d{6}$/m.exec(mailsOf(verifying.data).at(-1) ?? '')?.[0] ?? ''
    }
    await code.waitFor()
    const first = await codeIn()
    expect(first).toHaveLength(6)
    await page.getByRole('button', { name: 'Send another code' }).click()
    await page.getByText('Another code is on its way.').waitFor()
    await code.fill(first)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('This code is wrong, was tried too often').waitFor()
    await expectAccessible(page)

    const second = await codeIn()
    await code.fill(`${second.slice(0, 3)} ${second.slice(3)}`)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.waitForURL(`${verifying.url}/console`)
    page.expectSilence()
    await page.close()
    await verifying.stop()
  })
})

test('whoever did it too often is told how long to wait', async () => {
  const page = await browser.newPage({ refusals: [429] })
  await page.route('**/api/v0/auth/token', (route) =>
    route.fulfill({
      status: 429,
      headers: { 'retry-after': '241' },
      json: {
        error: 'temporarily_unavailable',
        error_description: 'x',
        trace_id: 'x',
        error_uri: '/errors/rate_limited',
      },
    }),
  )
  await page.goto(`${server.url}/sign-in`)
  await signIn(page, 'ada@people.example')
  await page.getByText('Too many tries from here. Wait 5 minutes, then try again.').waitFor()
  page.expectSilence()
})

async function expectBlame(page: Page, id: string, words: string): Promise<void> {
  const input = page.locator(`#${id}`)
  await page.locator(`#${id}-error`, { hasText: words }).waitFor()
  expect(await input.getAttribute('aria-invalid')).toBe('true')
  expect(await input.getAttribute('aria-describedby')).toContain(`${id}-error`)
}

function nameOfFocused(): string {
  const { activeElement } = document
  return activeElement instanceof HTMLInputElement ? activeElement.name : (activeElement?.textContent ?? '')
}
