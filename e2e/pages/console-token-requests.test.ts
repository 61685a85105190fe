/** A developer learns in the console why a token request failed, sees how consent went, and looks after the account. */
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { expectAccessible, expectNoSideways, looks } from '../testing/accessible.ts'
import type { PageOptions, WatchedPage } from '../testing/browser.ts'
import { openPagesScene } from '../testing/pages-scene.ts'
import {
  aClient,
  aCode,
  aDeveloper,
  aUser,
  call,
  clientsPath,
  jwtSecret,
  type Person,
  password,
  type RegisteredClient,
  redeem,
  redirectUri,
} from '../testing/story.ts'

const { server, browser, ...scene } = await openPagesScene()

const api = '/api/v0/developer/auth'
const noCode = 'x'.repeat(43)
const wrongSecret = 'It was signed with none of the secrets of this client'

const newPage = (person: Person, options: PageOptions): Promise<WatchedPage> =>
  browser.newPage({ as: { kind: 'developer', person, url: server.url }, ...options })

async function visit(path: string, who: Person, options?: PageOptions): Promise<WatchedPage> {
  const page = await scene.visit(`/console${path}`, who, options)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

/** A token request as an app makes it that has another secret. @returns its trace id */
async function withWrongSecret(client: RegisteredClient, client_secret = 'another secret'): Promise<string> {
  const jwt = await jwtSecret({ client_id: client.client_id, client_secret })
  const { status, headers } = await redeem(server, client, noCode, { client_secret: jwt })
  expect(status).toBe(401)
  return headers.get('x-trace-id') ?? ''
}

const liveWords = /^✓ Live$/
const isLive = (page: WatchedPage) => page.getByRole('status').filter({ hasText: liveWords }).waitFor()
const listOf = (page: WatchedPage) => page.getByRole('list', { name: 'Token requests, newest first' })

describe('token requests', () => {
  test('a failing one appears while its developer watches, and opens as its cause, its fix and its steps', async () => {
    const client = await aClient(server)
    const page = await visit('/token-requests', client.developer)
    await page.getByText('No token requests yet').waitFor()
    await isLive(page)

    const trace_id = await withWrongSecret(client)
    const link = listOf(page).getByRole('link', { name: wrongSecret })
    await link.waitFor()
    await page
      .getByRole('status')
      .filter({ hasText: `New token request, refused, Photos, ${wrongSecret}` })
      .waitFor()
    expect(await listOf(page).getByRole('listitem').count()).toBe(1)

    await link.click()
    await page.waitForURL(`${server.url}/console/token-requests/${trace_id}`)
    const headline = page.getByRole('region', { name: wrongSecret })
    expect(await headline.innerText()).toContain('Find out which secret your app really loads')
    const steps = page.getByRole('region', { name: 'All steps' })
    const verify = steps.getByRole('listitem').filter({ hasText: '4. Verify the signature' })
    expect(await verify.innerText()).toMatch(/failed\s+the server stopped here/)
    expect(await steps.getByRole('listitem').filter({ hasText: '1. Parse the JWT' }).innerText()).toContain(
      'passed',
    )
    expect(await steps.getByRole('listitem').filter({ hasText: '8. Find the code' }).innerText()).toContain(
      'would have failed',
    )
    await page.getByText('anybody may have sent this').waitFor()
    page.expectSilence()
  })

  test('one that came twice, live and in the list, is shown once; a pause holds what comes until it ends', async () => {
    const client = await aClient(server)
    await withWrongSecret(client)
    await server.deps.recorder.flush()
    const page = await visit('/token-requests', client.developer)
    const rows = listOf(page).getByRole('listitem')
    await isLive(page)
    await rows.first().waitFor()

    await page.getByRole('button', { name: 'Pause' }).click()
    await withWrongSecret(client)
    await page.getByText('Paused, 1 new').waitFor()
    expect(await rows.count()).toBe(1)
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(() => rows.count()).toBe(2)

    await page.reload()
    await isLive(page)
    await expect.poll(() => rows.count()).toBe(2)

    await rows.first().hover()
    await withWrongSecret(client)
    const waiting = page.getByRole('button', { name: '1 new', exact: true })
    await waiting.waitFor()
    expect(await rows.count()).toBe(2)
    await waiting.click()
    await expect.poll(() => rows.count()).toBe(3)
    await withWrongSecret(client)
    await waiting.waitFor()
    await page.mouse.move(0, 0)
    await expect.poll(() => rows.count()).toBe(4)
    page.expectSilence()
  })

  test('a stream that the server refuses is begun again, and what came meanwhile is there', async () => {
    const client = await aClient(server)
    const page = await newPage(client.developer, { refusals: [503] })
    await page.clock.install()
    const tail = `**${api}/token-requests/tail`
    await page.route(tail, (route) => route.fulfill({ status: 503, json: {} }))
    await page.goto(`${server.url}/console/token-requests`)
    await page.getByRole('status').filter({ hasText: 'Connection lost, trying again' }).waitFor()
    await withWrongSecret(client)
    await page.unroute(tail)
    await page.clock.fastForward(5_000)
    await isLive(page)
    await listOf(page).getByRole('link', { name: wrongSecret }).waitFor()
    page.expectSilence()
  })

  test('filters are part of the address: they survive a reload, and what comes live is held against them', async () => {
    const client = await aClient(server)
    const other = await aClient(server, { name: 'Diary' }, client.developer)
    await withWrongSecret(client)
    await withWrongSecret(other)
    await redeem(server, client, noCode)
    await server.deps.recorder.flush()
    const page = await visit('/token-requests', client.developer)
    const rows = listOf(page).getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(3)

    const filters = page.getByRole('search', { name: 'Filters' })
    await filters.getByLabel('Client').selectOption('Photos')
    await filters.getByLabel('Reason').selectOption('signature_wrong')
    await filters.getByLabel('Time').selectOption('Last hour')
    await expect.poll(() => rows.count()).toBe(1)
    const { searchParams } = new URL(page.url())
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: client.client_id,
      reason: 'signature_wrong',
      range: 'hour',
    })

    await page.reload()
    await expect.poll(() => rows.count()).toBe(1)
    expect(await filters.getByLabel('Reason').inputValue()).toBe('signature_wrong')
    await isLive(page)
    await withWrongSecret(other)
    await withWrongSecret(client)
    await expect.poll(() => rows.count()).toBe(2)

    await filters.getByRole('button', { name: 'Clear filters' }).click()
    await expect.poll(() => rows.count()).toBe(5)
    expect(new URL(page.url()).search).toBe('')
    page.expectSilence()
  })

  test('older ones come when they are asked for', async () => {
    const client = await aClient(server)
    for (let sent = 0; sent < 28; sent++) await redeem(server, client, noCode)
    await server.deps.recorder.flush()
    const page = await visit('/token-requests', client.developer)
    const rows = listOf(page).getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(25)
    await page.getByRole('button', { name: 'Show older' }).click()
    await expect.poll(() => rows.count()).toBe(28)
    expect(await page.getByRole('button', { name: 'Show older' }).count()).toBe(0)
    page.expectSilence()
  })

  test('the list that cannot be had says why in the server’s words, and comes when asked again', async () => {
    const client = await aClient(server)
    await withWrongSecret(client)
    await server.deps.recorder.flush()
    const page = await newPage(client.developer, { refusals: [503] })
    const list = `**${api}/token-requests?*`
    const refusal = {
      error: 'temporarily_unavailable',
      error_description: 'The server cannot reach its database. Try again.',
      error_uri: 'http://localhost/errors/store_unavailable',
      trace_id: 'f'.repeat(32),
    }
    for (const url of [list, `**${api}/token-requests`])
      await page.route(url, (route) => route.fulfill({ status: 503, json: refusal }))
    await page.goto(`${server.url}/console/token-requests`)
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).toContain('The server cannot reach its database. Try again.')
    expect(await alert.innerText()).toContain('f'.repeat(32))
    await page.unrouteAll()
    await alert.getByRole('button', { name: 'Try again' }).click()
    await listOf(page).getByRole('link', { name: wrongSecret }).waitFor()
    page.expectSilence()
  })

  test('what a stranger sent is text, however long and whatever it says', async () => {
    const client = await aClient(server, { name: '<img src=x onerror=alert(1)>' })
    const agent = `<script>alert(1)</script> ${'long'.repeat(100)}`
    const { headers } = await call(server, 'POST', '/api/v0/oauth2/token', {
      body: {
        client_id: client.client_id,
        client_secret: `${'A'.repeat(600)}.<b>.x`,
        redirect_uri: 'x',
        code: 'y',
      },
      headers: { 'user-agent': agent },
    })
    await server.deps.recorder.flush()
    const page = await visit(`/token-requests/${headers.get('x-trace-id')}`, client.developer, {
      viewport: { width: 390, height: 800 },
    })
    await page.getByText('<script>alert(1)</script>').waitFor()
    await page.getByRole('link', { name: '<img src=x onerror=alert(1)>' }).waitFor()
    await expectNoSideways(page)
    page.expectSilence()
  })

  test('a trace id opens from whatever it was copied with; one of somebody else is like none, with what to do', async () => {
    const client = await aClient(server)
    const stranger = await aDeveloper(server)
    const trace_id = await withWrongSecret(client)
    const page = await visit('/token-requests', client.developer)
    const field = page.getByLabel('Open a trace id')
    await field.fill('no id at all')
    await field.press('Enter')
    await page.getByText('A trace id has 32 hex digits.').waitFor()
    await field.fill(`{"error":"invalid_client","trace_id":"${trace_id.toUpperCase()}"}`)
    await field.press('Enter')
    await page.getByRole('region', { name: wrongSecret }).waitFor()
    page.expectSilence()

    const elsewhere = await visit(`/token-requests/${trace_id}`, stranger, { refusals: [404] })
    await elsewhere.getByRole('heading', { name: 'No such token request' }).waitFor()
    await elsewhere.getByRole('link', { name: 'have it diagnosed' }).waitFor()
    elsewhere.expectSilence()
  })

  test('a request that still signs with a secret that was rotated out is told just that', async () => {
    const client = await aClient(server)
    const body = { keep_previous_for: 0 }
    const rotation = `${clientsPath}/${client.id}/regenerate-secret`
    const { status } = await call(server, 'POST', rotation, { token: client.developer.token, body })
    expect(status).toBe(200)
    const trace_id = await withWrongSecret(client, client.client_secret)
    const page = await visit(`/token-requests/${trace_id}`, client.developer)
    const headline = page.getByRole('region', {
      name: 'an older secret of this client that has been retired',
    })
    expect(await headline.innerText()).toMatch(/Seen\s+made with the secret of \d{4}-.*, retired/)
    expect(await headline.innerText()).toContain(
      'Give the new secret to whatever still signs with the old one.',
    )
    page.expectSilence()
  })

  test('from the list to the fix by keyboard alone', async () => {
    const client = await aClient(server)
    await withWrongSecret(client, `${client.client_secret}\n`)
    await server.deps.recorder.flush()
    const page = await visit('/token-requests', client.developer)
    await listOf(page).getByRole('link').waitFor()
    await tabTo(page, 'It was signed with the secret plus a space or line break before or after it.')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/token-requests/*')
    await page.getByRole('region', { name: 'All steps' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await tabTo(page, 'Copy the fix')
    await page.keyboard.press('Enter')
    await page.getByText('Copied').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('.trim()')
    page.expectSilence()
  })
})

describe('diagnose', () => {
  test('a pasted curl command is explained as a request is, and its code is as good as before', async () => {
    const client = await aClient(server)
    const user = await aUser(server)
    const { code } = await aCode(server, client, user)
    const client_secret = await jwtSecret({ ...client, client_secret: `"${client.client_secret}"` })
    const body = JSON.stringify({
      client_id: client.client_id,
      client_secret,
      redirect_uri: redirectUri,
      code,
    })
    const page = await visit('/diagnose', client.developer)
    await page
      .getByLabel('Request', { exact: true })
      .fill(`curl ${server.url}/api/v0/oauth2/token -H 'content-type: application/json' -d '${body}'`)
    await page.getByRole('button', { name: 'Diagnose' }).click()
    const diagnosis = page.getByRole('region', { name: 'Diagnosis' })
    await diagnosis
      .getByRole('heading', { name: 'It was signed with the secret and quotes around it.' })
      .waitFor()
    expect(await diagnosis.evaluate((result) => result === document.activeElement)).toBe(true)
    const verify = diagnosis.getByRole('listitem').filter({ hasText: '4. Verify the signature' })
    expect(await verify.innerText()).toContain('the server would stop here')
    const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, location.href]))
    expect(kept).not.toContain(client_secret)
    expect((await redeem(server, client, code)).status).toBe(200)
    page.expectSilence()
  })

  test('a JWT alone is looked at alone, and the page says so', async () => {
    const client = await aClient(server)
    const page = await visit('/diagnose', client.developer)
    const field = page.getByLabel('Request', { exact: true })
    const diagnosis = page.getByRole('region', { name: 'Diagnosis' })
    await field.fill(await jwtSecret(client, { expiresIn: -600 }))
    await field.press('Control+Enter')
    await diagnosis.getByRole('heading', { name: 'It has expired' }).waitFor()
    await diagnosis.getByText('Only the JWT was looked at, not what goes with it. Client: Photos.').waitFor()
    expect(await diagnosis.getByText(/missing|Find the code/).count()).toBe(0)
    await field.fill(await jwtSecret(client))
    await page.getByRole('button', { name: 'Diagnose' }).click()
    await diagnosis.getByRole('heading', { name: 'Nothing is wrong with this JWT.' }).waitFor()
    page.expectSilence()
  })
})

describe('the access log', () => {
  async function decided(client: RegisteredClient): Promise<void> {
    const user = await aUser(server)
    for (const approve of [true, true, false]) {
      const consent = approve ? {} : { approve, approved_scopes: [], rejected_scopes: ['read'] }
      await aCode(server, client, user, { scope: ['read'], consent })
    }
  }

  test('numbers, chart, table and download tell the same', async () => {
    const client = await aClient(server)
    await decided(client)
    const page = await visit('/access-log', client.developer)
    const numbers = page.locator('dl[aria-label=Statistics]')
    await numbers.waitFor()
    expect((await numbers.innerText()).split(/\s+/).join(' ')).toBe(
      'Requests 3 Approved 2 Pending 0 Rejected 1 Success rate 66.67 %',
    )
    await page.locator('.recharts-bar-rectangle path').first().waitFor()
    await page.getByText('The numbers by day').click()
    const today = new Date().toISOString().slice(0, 10)
    const day = page.getByRole('region', { name: 'By day' }).getByRole('row', { name: today })
    expect((await day.innerText()).split(/\s+/).join(' ')).toBe(`${today} 2 0 1`)

    const table = page.getByRole('region', { name: 'Requests' })
    expect(await table.getByRole('row').count()).toBe(4)
    await page.getByLabel('Outcome').selectOption('Rejected')
    await expect.poll(() => table.getByRole('row').count()).toBe(2)
    expect(new URL(page.url()).searchParams.get('status')).toBe('rejected')
    await page.reload()
    await expect.poll(() => table.getByRole('row').count()).toBe(2)

    const downloading = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download CSV' }).click()
    const file = await downloading
    expect(file.suggestedFilename()).toMatch(/^access-logs-\d{4}-\d\d-\d\d\.csv$/)
    const lines = (await readFile(await file.path(), 'utf8')).trim().split(/\r?\n/)
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain('rejected')
    page.expectSilence()
  })

  test('a range of one’s own is in the address, and one without requests says so', async () => {
    const client = await aClient(server)
    await decided(client)
    const page = await visit('/access-log', client.developer)
    await page.getByText('From … to …').click()
    await page.getByLabel('To', { exact: true }).fill('2026-01-02')
    await page.getByLabel('From', { exact: true }).fill('2026-01-01')
    await page.getByText('Nothing in this time').waitFor()
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      range: 'custom',
      from: '2026-01-01',
      to: '2026-01-02',
    })
    await page.getByText('7 days').click()
    await page.getByRole('region', { name: 'Requests' }).waitFor()
    page.expectSilence()
  })
})

describe('the account', () => {
  test('the name changes, here and in the corner', async () => {
    const page = await visit('/account', await aDeveloper(server))
    await page.getByLabel('Name', { exact: true }).fill('Grace <i>Hopper</i>')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    await page.getByRole('button', { name: 'Account: Grace <i>Hopper</i>' }).waitFor()
    page.expectSilence()
  })

  test('another password needs the present one, and ends every session, this one too', async () => {
    const developer = await aDeveloper(server)
    const page = await visit('/account', developer, { refusals: [400] })
    const change = async (present: string) => {
      await page.getByLabel('Current password', { exact: true }).fill(present)
      await page.getByLabel('New password', { exact: true }).fill('another horse battery')
      await page.getByRole('button', { name: 'Change password' }).click()
    }
    await change('not the password')
    await page.getByRole('alert').getByText('The current password is wrong.').waitFor()
    await change(password)
    await page.getByRole('heading', { name: 'Your password is changed' }).waitFor()
    expect((await call(server, 'GET', `${api}/account`, developer)).status).toBe(401)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('E-mail address').fill(developer.email)
    await page.getByLabel('Password', { exact: true }).fill('another horse battery')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${server.url}/console/account`)
    page.expectSilence()
  })

  test('other sessions end one by one, and all of them at once', async () => {
    const developer = await aDeveloper(server)
    const signIn = async (): Promise<Person> => {
      const body = { email: developer.email, password }
      const headers = {
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
      }
      const { body: answer } = await call(server, 'POST', `${api}/token`, { body, headers })
      return { email: developer.email, token: answer.token }
    }
    const laptop = await signIn()
    const page = await visit('/account', developer)
    const sessions = page.getByRole('region', { name: 'Sessions' }).getByRole('listitem')
    await expect.poll(() => sessions.count()).toBe(2)
    expect(await sessions.filter({ hasText: 'this one' }).count()).toBe(1)
    await page.getByRole('button', { name: /^End the session of Firefox on Linux from / }).click()
    await expect.poll(() => sessions.count()).toBe(1)
    expect((await call(server, 'GET', `${api}/account`, laptop)).status).toBe(401)

    const again = await signIn()
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    for (const one of [developer, again])
      expect((await call(server, 'GET', `${api}/account`, one)).status).toBe(401)
    page.expectSilence()
  })
})

test.each(looks)(
  'axe finds nothing serious in $colorScheme, $viewport.width wide, and no page scrolls sideways',
  { timeout: 60_000 },
  async (size) => {
    const client = await aClient(server)
    const empty = await aDeveloper(server)
    const trace_id = await withWrongSecret(client)
    const { code } = await aCode(server, client, await aUser(server))
    const granted = await redeem(server, client, code)
    await server.deps.recorder.flush()
    const options = { ...size, refusals: [404] }
    const page = await visit('/token-requests', client.developer, options)
    const look = async (path: string, ready: string) => {
      await page.goto(`${server.url}/console${path}`)
      await page.getByText(ready).first().waitFor()
      await expectAccessible(page, path)
    }
    await look('/token-requests', wrongSecret)
    await look('/token-requests?range=hour&outcome=failed', 'No token request matches')
    await look(`/token-requests/${trace_id}`, 'All token requests')
    await look(`/token-requests/${granted.headers.get('x-trace-id')}`, 'Nothing was wrong with this request.')
    await look(`/token-requests/${'0'.repeat(32)}`, 'No such token request')
    await look('/access-log', 'Success rate')
    await page.getByText('The numbers by day').click()
    await expectAccessible(page, 'the numbers by day')
    await look('/account', 'this one')
    await look('/diagnose', 'Nothing you paste is kept')
    await page.getByLabel('Request', { exact: true }).fill(await jwtSecret(client, { expiresIn: -600 }))
    await page.getByRole('button', { name: 'Diagnose' }).click()
    await page.getByRole('region', { name: 'Diagnosis' }).waitFor()
    await expectAccessible(page, 'a diagnosis')
    page.expectSilence()

    const first = await visit('/token-requests', empty, options)
    await first.getByRole('link', { name: 'Register a client' }).waitFor()
    await expectAccessible(first, 'before the first client')
    first.expectSilence()
  },
)

/** Goes on with the Tab key until what has the focus bears this name. */
async function tabTo(page: WatchedPage, name: string): Promise<void> {
  for (let pressed = 0; pressed < 40; pressed++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
    )
    if (focused === name) return
  }
  throw new Error(`the Tab key does not get to: ${name}`)
}
