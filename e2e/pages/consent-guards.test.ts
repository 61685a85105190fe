/** What the consent page withstands, and whom it serves: forged links, frames, hasty clicks, hostile names, a keyboard alone. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Assets, loadAssets } from '../../packages/server/src/http/assets.ts'
import { expectAccessible, looks } from '../testing/accessible.ts'
import { allow, deny, grantIn, openConsentScene, passphrase, passphraseOf } from '../testing/consent-scene.ts'
import { aClient, call, jwtSecret, password } from '../testing/story.ts'

const scene = await openConsentScene()

describe('nobody is asked, and nobody sent anywhere', () => {
  test.each<[string, () => Promise<string>, number, string]>([
    [
      'for a redirect URI that is not registered',
      () => scene.integrationUrl({ redirect_uri: `${scene.app.origin}/elsewhere` }),
      400,
      'This link is not of an app known here',
    ],
    [
      'for an unknown app',
      () => scene.integrationUrl({ client_id: 'nobody' }),
      400,
      'This link is not of an app known here',
    ],
    [
      'with a JWT that is wrong',
      () => scene.integrationUrl({ client_secret: 'a.b.c' }),
      401,
      'The app could not prove who it is',
    ],
    [
      'with a JWT that has expired',
      async () => scene.integrationUrl({ client_secret: await jwtSecret(scene.client, { expiresIn: -60 }) }),
      401,
      'This link is too old',
    ],
  ])('%s', async (_what, url, status, words) => {
    const page = await scene.visit(await url(), scene.user, { refusals: [status], origins: [] })
    await page.getByRole('heading', { name: words }).waitFor()
    expect(await allow(page).count()).toBe(0)
    expect(page.url().startsWith(scene.server.url)).toBe(true)
    page.expectSilence()
    await expectAccessible(page)
  })

  test('when the page is loaded again, for its proof is gone from the address', async () => {
    const page = await scene.visit(await scene.integrationUrl(), scene.user, { refusals: [400] })
    await page.waitForURL(`${scene.server.url}/oauth2-integration`)
    await page.reload()
    await page.getByRole('heading', { name: 'Start again from the app' }).waitFor()
  })

  test('within the frame of another page', async () => {
    const url = await scene.integrationUrl()
    scene.app.show(`<!doctype html><title>x</title><iframe src="${url.replaceAll('&', '&amp;')}"></iframe>`)
    const page = await scene.visit(`${scene.app.origin}/page`, scene.user, { origins: [] })
    await expect.poll(() => page.frames()[1]?.url()).toMatch(/^chrome-error:/)
    expect(await page.frameLocator('iframe').locator('form').count()).toBe(0)
    expect(() => page.expectSilence()).toThrow('Framing')
  })
})

test('where the passphrase is worked with, nobody can be asked anything, and no text becomes code', async () => {
  const page = await scene.visit(await scene.integrationUrl())
  const name = readdirSync(join(builtFiles().folder, 'assets')).find((file) =>
    /^derive-worker-.*\.js$/.test(file),
  )
  const starting = page.waitForEvent('worker')
  await page.evaluate((address) => void new Worker(address, { type: 'module' }), `/assets/${name}`)
  const worker = await starting
  const outcomes = await worker.evaluate(
    async ([elsewhere, here]) => {
      const outcome = async (work: () => unknown) => {
        // In a task of its own: what a test evaluates itself is free of the policy.
        await new Promise((resolve) => setTimeout(resolve))
        try {
          await work()
          return 'done'
        } catch (thrown) {
          return thrown instanceof Error ? thrown.name : 'failed'
        }
      }
      return {
        elsewhere: await outcome(() => fetch(elsewhere, { mode: 'no-cors' })),
        here: await outcome(() => fetch(here)),
        // biome-ignore lint/security/noGlobalEval: that it does nothing is what is tested
        eval: await outcome(() => globalThis.eval('1')),
        function: await outcome(() => new Function('return 1')),
        wasm: await outcome(() => WebAssembly.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))),
      }
    },
    [scene.app.origin, `${scene.server.url}/favicon.svg`] as const,
  )
  expect(outcomes).toEqual({
    elsewhere: 'TypeError',
    here: 'TypeError',
    eval: 'EvalError',
    function: 'EvalError',
    wasm: 'done',
  })
  // The page itself, under its own policy, may ask its server.
  expect(await page.evaluate(async (address) => (await fetch(address)).ok, '/favicon.svg')).toBe(true)
})

describe('a yes is meant', () => {
  test('two clicks on Allow decide once', async () => {
    const page = await scene.visit(await scene.integrationUrl())
    let decisions = 0
    page.on('request', (request) => {
      if (request.url() === `${scene.server.url}/consent`) decisions += 1
    })
    await passphraseOf(page).fill(passphrase)
    await allow(page).dblclick()
    await scene.atTheApp(page)
    expect(decisions).toBe(1)
  })

  test('Allow rests until somebody has looked at the page for half a second, and again after each look away', async () => {
    const page = await scene.newPage()
    await page.clock.install({ time: new Date() })
    await page.clock.pauseAt(Date.now() + 60_000)
    await page.goto(await scene.integrationUrl())
    const rests = () => allow(page).getAttribute('aria-disabled')
    await page.clock.runFor(400)
    expect(await rests()).toBe('true')
    await page.clock.runFor(200)
    expect(await rests()).toBe('false')
    await page.evaluate(() => dispatchEvent(new Event('blur')))
    expect(await rests()).toBe('true')
    await passphraseOf(page).fill(passphrase)
    await allow(page).click({ force: true })
    expect(await page.getByRole('progressbar').isVisible()).toBe(false)
    await page.clock.runFor(600)
    expect(await rests()).toBe('false')
  })

  test('with the keyboard alone', async () => {
    const page = await scene.visit(await scene.integrationUrl({ scope: 'read' }))
    const press = async (key: string, times = 1) => {
      for (let at = 0; at < times; at++) await page.keyboard.press(key)
    }
    const focused = () =>
      page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute('value'))
    const tabTo = async (what: string) => {
      for (let tabs = 0; tabs < 40 && (await focused()) !== what; tabs++) await press('Tab')
      expect(await focused()).toBe(what)
    }
    await tabTo('bucket')
    await press('Space')
    await press('Tab')
    await page.keyboard.type('photos')
    await tabTo('passphrase')
    await page.keyboard.type(passphrase)
    await tabTo('deny')
    await tabTo('allow')
    await page.waitForTimeout(600)
    await press('Enter')
    expect(await scene.lets(grantIn(await scene.atTheApp(page)), 'read', 'photos', 'a')).toBe(true)
  })
})

test('when the time is over, the page says so and leads back', async () => {
  const page = await scene.newPage()
  await page.clock.install()
  await page.goto(await scene.integrationUrl())
  await page.getByText('minutes left to decide').waitFor()
  await page.clock.fastForward('10:00')
  await page.getByRole('heading', { name: 'The time to decide is over' }).waitFor()
  expect(await page.getByText('You can end this access').count()).toBe(0)
  await page.getByRole('link', { name: 'Back to the app' }).click()
  expect((await scene.atTheApp(page)).get('error')).toBe('request_expired')
  page.expectSilence()
})

test('an app on this device that does not open by itself can be opened by a link', async () => {
  const { server, developer } = scene
  const redirect_uri = 'com.example.photos:/back'
  const client = await aClient(server, { redirect_uris: [redirect_uri] }, developer)
  const page = await scene.newPage()
  await page.clock.install()
  await page.goto(await scene.integrationUrl({ redirect_uri, state: 'x' }, { client }))
  await page.getByText('the app com.example.photos on this device').waitFor()
  await deny(page).click()
  await page.getByRole('heading', { name: 'You have decided' }).waitFor()
  const link = page.getByRole('link', { name: 'Go on to the app' })
  await link.waitFor({ state: 'hidden' })
  await page.clock.fastForward(3000)
  await link.waitFor()
  expect(await link.getAttribute('href')).toBe(`${redirect_uri}?error=access_denied&state=x`)
  // Whoever comes back to this window finds it at rest.
  await page.evaluate(() => dispatchEvent(new Event('focus')))
  await page.clock.runFor(600)
  page.expectSilence()
})

test('when the sign-in is no longer new, the password is asked for before it is missed', async () => {
  const { body } = await call(scene.server, 'POST', '/api/v0/auth/token', {
    body: { email: scene.user.email, password },
  })
  const page = await scene.newPage({ email: scene.user.email, token: body.token })
  await page.clock.install()
  await page.goto(await scene.integrationUrl({ scope: 'read' }))
  await page.getByLabel('In the whole project').check()
  const field = page.getByLabel('Your Valetkey password', { exact: true })
  expect(await field.isVisible()).toBe(false)
  await page.clock.fastForward('05:00')
  await field.waitFor()
  expect(await page.locator('#password-error').textContent()).toBe('')
  page.expectSilence()
})

describe('hostile and long names', () => {
  test.each(looks)('stay text, at $viewport.width px in $colorScheme', async (look) => {
    const name = `<img src=x onerror=alert(1)>${'W'.repeat(30)}`
    const { server, app, developer } = scene
    const client = await aClient(server, { name, redirect_uris: [app.redirect_uri] }, developer)
    const scope = `read,delete,bucket:photos;"><script>alert(1)<,bucket:${'a'.repeat(63)};${'b'.repeat(200)}`
    const page = await scene.visit(await scene.integrationUrl({ scope }, { client }), scene.user, look)
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('onerror=alert(1)>')
    expect(await page.locator('img[onerror], script:not([src], #page-data)').count()).toBe(0)
    page.expectSilence()
    await expectAccessible(page)
  })
})

test.each(looks)(
  'the page has no barriers in $colorScheme, also with everything that can go wrong shown',
  async (look) => {
    const url = await scene.integrationUrl({ scope: 'read,delete,lock' })
    const page = await scene.visit(url, scene.user, look)
    await expectAccessible(page)
    await page.getByLabel('In one bucket only').check()
    await page.getByLabel('read files').uncheck()
    await page.getByLabel('Access ends on').fill('')
    await allow(page).click()
    await page.getByText('Allow at least one of these, or deny.').waitFor()
    await expectAccessible(page)
  },
)

test('what the page loads is light', () => {
  const assets = builtFiles()
  const read = (path: string) => readFileSync(join(assets.folder, path))
  const scripts = new Set<string>()
  const add = (file: string) => {
    if (scripts.has(file)) return
    scripts.add(file)
    for (const [, name = ''] of read(file)
      .toString()
      .matchAll(/from\s?"\.\/([\w.-]+\.js)"|import\s?"\.\/([\w.-]+\.js)"/g))
      add(`/assets/${name}`)
  }
  add(assets.script('consent'))
  const sizeOf = (file: string) => {
    const whole = read(file)
    return whole.length < 1024 ? whole.length : read(`${file}.br`).length
  }
  const bytes = [...scripts, assets.stylesheet].reduce((sum, file) => sum + sizeOf(file), 0)
  expect(scripts.size).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(150_000)
})

function builtFiles(): Assets {
  const assets = loadAssets()
  if (assets === undefined) throw new Error('the pages are not built')
  return assets
}
