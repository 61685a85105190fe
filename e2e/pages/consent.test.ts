/** The integration URL and the consent page, as a person meets them: from the app to Valetkey and back, in a real browser. */
import { operationNumber, parseAccessGrant, shareRootKey } from '@valetkey/access-grant'
import type { Locator } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findGo, type Judge, startJudge } from '../../interop/judge.ts'
import { newToken, tokenHash } from '../../packages/server/src/ids.ts'
import {
  allow,
  deny,
  grantIn,
  openConsentScene,
  passphrase,
  passphraseOf,
  state,
} from '../testing/consent-scene.ts'
import { createSecrets } from '../testing/secrets.ts'
import { aClient, call, clientsPath, type Person, password, redeem } from '../testing/story.ts'

const scene = await openConsentScene()

describe('from the app and back', () => {
  test('a stranger signs in, allows, and the app has a grant for exactly that; nothing secret left the browser', async () => {
    const page = await scene.browser.newPage({ origins: [scene.app.origin] })
    const sent: { url: string; whole: string }[] = []
    page.on('request', async (request) => {
      const whole = `${request.url()}\n${JSON.stringify(await request.allHeaders().catch(() => ({})))}\n${request.postData() ?? ''}`
      sent.push({ url: request.url(), whole })
    })
    await page.goto(await scene.integrationUrl())
    await page.getByLabel('E-mail address').fill(scene.user.email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Photos asks for access to your storage' }).waitFor()
    await page.waitForURL(`${scene.server.url}/oauth2-integration`)
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    const told = await scene.atTheApp(page)
    page.expectSilence()

    const grant = grantIn(told)
    expect(await scene.lets(grant, 'read', 'photos', 'a/b')).toBe(true)
    expect(await scene.lets(grant, 'list', 'photos', 'a')).toBe(true)
    expect(await scene.lets(grant, 'read', 'music', 'a/b')).toBe(false)
    expect(await scene.lets(grant, 'delete', 'photos', 'a/b')).toBe(false)
    const { encryption_access } = shareRootKey(await scene.rootKey(), [{ bucket: 'photos' }])
    expect(grant.encryption_access).toEqual(encryption_access)

    const secrets = createSecrets()
    for (const kept of [secrets, scene.server.secrets]) {
      kept.add('passphrase', passphrase)
      kept.add('root key', await scene.rootKey())
      for (const { key } of grant.encryption_access.store_entries) kept.add('key of a prefix', key)
    }
    scene.server.secrets.addExchange(undefined, { access_grant: told.get('access_grant') })
    const toUs = sent.filter(({ url }) => url.startsWith(scene.server.url))
    expect(toUs.filter(({ whole }) => whole.includes('sealed_encryption_access'))).toHaveLength(1)
    expect(toUs.some(({ url }) => url.endsWith('/api/v0/oauth2/token'))).toBe(true)
    expect(
      secrets.findIn({ 'what was sent to us': Buffer.from(toUs.map(({ whole }) => whole).join('\n')) }),
    ).toBeUndefined()
    // A needle that must be found shows that the search would have found the others.
    const found = createSecrets()
    found.add('password', password)
    expect(
      found.findIn({ 'what was sent to us': Buffer.from(toUs.map(({ whole }) => whole).join('\n')) }),
    ).toContain('password')
  })

  test('a request that an app began itself ends with a code of two halves, which gives the same', async () => {
    const { body } = await call(scene.server, 'POST', '/api/v0/oauth2/request', {
      token: scene.user.token,
      body: {
        client_id: scene.client.client_id,
        redirect_uri: scene.app.redirect_uri,
        scope: ['read', 'bucket:photos'],
        state,
      },
    })
    const page = await scene.visit(`${scene.server.url}/consent/${body.request_id}`)
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    const told = await scene.atTheApp(page)
    page.expectSilence()
    const code = told.get('code') ?? ''
    expect(code).toMatch(/^[\w-]{43}\.[\w-]{43}$/)
    scene.server.secrets.add('code', code)
    const answer = await redeem(scene.server, scene.client, code, {
      passphrase: undefined,
      redirect_uri: scene.app.redirect_uri,
    })
    const grant = parseAccessGrant(answer.body.access_grant)
    expect(grant.encryption_access).toEqual(
      shareRootKey(await scene.rootKey(), [{ bucket: 'photos' }]).encryption_access,
    )
    expect(await scene.lets(grant, 'read', 'photos', 'x')).toBe(true)
  })

  test('a stranger makes an account in another tab, which sends back to this one', async () => {
    const page = await scene.browser.newPage({ origins: [scene.app.origin] })
    await page.goto(await scene.integrationUrl())
    const opened = page.context().waitForEvent('page')
    await page.getByRole('link', { name: 'Create an account (opens a new tab)' }).click()
    await page.getByRole('status').getByText('Waiting for you to finish in the other tab').waitFor()
    const other = await opened
    await other.getByLabel('Name', { exact: true }).fill('Grace')
    await other.getByLabel('E-mail address').fill('grace@people.example')
    await other.getByLabel('Password', { exact: true }).fill(password)
    await other.getByRole('button', { name: 'Create account' }).click()
    await other.getByText('Your account is ready. Go back to the tab in which the app asked.').waitFor()
    await page.getByRole('heading', { name: 'Photos asks for access to your storage' }).waitFor()
    await page.getByText('grace@people.example').waitFor()
    page.expectSilence()
  })

  test('whoever is somebody else signs out there, and starts again from the app or decides after signing in', async () => {
    const here = await scene.visit(await scene.integrationUrl(), await signedInAgain())
    await here.getByRole('button', { name: 'Not you? Sign out' }).click()
    await here.getByRole('heading', { name: 'You are signed out' }).waitFor()
    const page = await scene.visit(await waitingAddress(), await signedInAgain())
    await page.getByRole('button', { name: 'Not you? Sign in with another account' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    for (const silent of [here, page]) silent.expectSilence()
  })

  test('whoever was signed out in the meantime is told how to go on', async () => {
    const somebody = await signedInAgain()
    const [here, there] = [await scene.integrationUrl(), await waitingAddress()]
    const pages = [
      await scene.visit(here, somebody, { refusals: [401] }),
      await scene.visit(there, somebody, { refusals: [401] }),
    ] as const
    await call(scene.server, 'POST', '/api/v0/auth/logout', { token: somebody.token })
    for (const page of pages) {
      await deny(page).click()
      await page.getByText('You were signed out in the meantime.').waitFor()
    }
    await pages[0].getByText('Go back to the app and start again from there.').waitFor()
    await pages[1].getByRole('link', { name: 'Sign in and decide again' }).click()
    await pages[1].getByRole('button', { name: 'Sign in' }).waitFor()
    for (const page of pages) page.expectSilence()
  })

  test('a no is as easy, and the app hears of it', async () => {
    const page = await scene.visit(await scene.integrationUrl())
    const [no, yes] = [await deny(page).boundingBox(), await allow(page).boundingBox()]
    expect([no?.width, no?.height, no?.y]).toEqual([yes?.width, yes?.height, yes?.y])
    await deny(page).click()
    expect((await scene.atTheApp(page)).get('error')).toBe('access_denied')
    page.expectSilence()
  })

  test('a no while the keys are being made is a no', async () => {
    const page = await scene.visit(await scene.integrationUrl())
    await page.getByLabel('My project has no passphrase').check()
    // On the page, not in the window: that is scrolled to reach the button.
    const place = () => deny(page).evaluate((button) => button.getBoundingClientRect().top + scrollY)
    const before = await place()
    await allow(page).click()
    await page.getByRole('progressbar').waitFor()
    expect(await place()).toBe(before)
    await deny(page).click()
    expect((await scene.atTheApp(page)).get('error')).toBe('access_denied')
  })

  test('while the keys are being made, what was chosen stays chosen', async () => {
    const page = await scene.visit(await scene.integrationUrl({ scope: 'read,delete,bucket:photos' }))
    const mayDelete = page.getByLabel(/^delete files/)
    await mayDelete.check()
    await page.getByLabel('My project has no passphrase').check()
    await allow(page).click()
    await page.getByRole('progressbar').waitFor()
    await page.mouse.click(...(await middleOf(mayDelete)))
    await mayDelete.focus()
    await page.keyboard.press('Space')
    expect(await mayDelete.isChecked()).toBe(true)
    expect(await page.getByRole('progressbar').isVisible()).toBe(true)
    const grant = grantIn(await scene.atTheApp(page))
    expect(await scene.lets(grant, 'delete', 'photos', 'a')).toBe(true)
  })

  test('a project without a passphrase is one that is said to have none', async () => {
    const page = await scene.visit(await scene.integrationUrl())
    await allow(page).click()
    await page.getByText('Enter the passphrase of the project, or say that it has none.').waitFor()
    await page.getByLabel('My project has no passphrase').check()
    await allow(page).click()
    const grant = grantIn(await scene.atTheApp(page))
    const { body: projects } = await call(scene.server, 'GET', '/api/v0/projects', {
      token: scene.user.token,
    })
    const { body: salt } = await call(scene.server, 'GET', `/api/v0/projects/${projects[0].id}/salt`, {
      token: scene.user.token,
    })
    const blank = shareRootKey(await scene.server.deps.rootKeys('', salt), [{ bucket: 'photos' }])
    expect(grant.encryption_access).toEqual(blank.encryption_access)
  })

  test('a token request that is refused is told to the app: its secret was replaced meanwhile', async () => {
    const { server, app, developer } = scene
    const client = await aClient(server, { redirect_uris: [app.redirect_uri] }, developer)
    const page = await scene.visit(await scene.integrationUrl({}, { client }), scene.user, {
      refusals: [401],
    })
    const { status } = await call(server, 'POST', `${clientsPath}/${client.id}/regenerate-secret`, {
      token: developer.token,
      body: {},
    })
    expect(status).toBe(200)
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    expect((await scene.atTheApp(page)).get('error')).toBe('invalid_client')
    page.expectSilence()
  })
})

/** Another session of the user, which may end. */
async function signedInAgain(): Promise<Person> {
  const { email } = scene.user
  const { body } = await call(scene.server, 'POST', '/api/v0/auth/token', { body: { email, password } })
  return { email, token: body.token }
}

/** Where a request waits that an app began itself. */
async function waitingAddress(): Promise<string> {
  const { client_id } = scene.client
  const { redirect_uri } = scene.app
  const { body } = await call(scene.server, 'POST', '/api/v0/oauth2/request', {
    token: scene.user.token,
    body: { client_id, redirect_uri, scope: ['read', 'bucket:photos'] },
  })
  return `${scene.server.url}/consent/${body.request_id}`
}

async function middleOf(field: Locator): Promise<[x: number, y: number]> {
  const { x, y, width, height } = (await field.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  return [x + width / 2, y + height / 2]
}

describe('the user gives less than was asked', () => {
  test('part of a bucket, fewer actions, one bucket less', async () => {
    const page = await scene.visit(
      await scene.integrationUrl({
        scope: 'read,write,delete,bucket:photos;2026/,bucket:music,bucket:notes',
      }),
    )
    await page.getByLabel('upload new files').uncheck()
    expect(await page.getByLabel(/^delete files/).isChecked()).toBe(false)
    await page.getByLabel('Bucket music').uncheck()
    const [photos, , notes] = await page.getByLabel('Only this folder (optional)').all()
    await photos?.fill('2025/')
    await page.getByText('That is not in 2026/, and more than the app asks for.').waitFor()
    await photos?.fill('2026/06')
    await notes?.fill('open')
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    const grant = grantIn(await scene.atTheApp(page))
    page.expectSilence()
    expect(await scene.lets(grant, 'read', 'photos', '2026/06/a')).toBe(true)
    expect(await scene.lets(grant, 'read', 'photos', '2026/07/a')).toBe(false)
    expect(await scene.lets(grant, 'read', 'notes', 'open/a')).toBe(true)
    expect(await scene.lets(grant, 'read', 'notes', 'a')).toBe(false)
    expect(await scene.lets(grant, 'read', 'music', 'a')).toBe(false)
    expect(await scene.lets(grant, 'write', 'photos', '2026/06/a')).toBe(false)
    const keys = shareRootKey(await scene.rootKey(), [
      { bucket: 'photos', prefix: '2026/06' },
      { bucket: 'notes', prefix: 'open' },
    ])
    expect(grant.encryption_access).toEqual(keys.encryption_access)
  })

  test('nothing at all is no choice', async () => {
    const page = await scene.visit(await scene.integrationUrl({ scope: 'read,bucket:photos,bucket:music' }))
    await passphraseOf(page).fill(passphrase)
    await page.getByLabel('read files').uncheck()
    await allow(page).click()
    await page.getByText('Allow at least one of these, or deny.').waitFor()
    await page.getByLabel('read files').check()
    for (const bucket of ['photos', 'music']) await page.getByLabel(`Bucket ${bucket}`).uncheck()
    await allow(page).click()
    await page.getByText('Leave at least one of these buckets, or deny.').waitFor()
    page.expectSilence()
  })

  test('where the app names no bucket, the user names one', async () => {
    const page = await scene.visit(await scene.integrationUrl({ scope: 'read' }))
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    await page.getByText('Choose one bucket or the whole project.').waitFor()
    await page.getByLabel('In one bucket only').check()
    await page.getByLabel('Name of the bucket').fill('Photos')
    await page.getByText('A bucket name has 3 to 63 lower-case letters, digits, dots or hyphens.').waitFor()
    await page.getByLabel('Name of the bucket').fill('photos')
    await allow(page).click()
    const grant = grantIn(await scene.atTheApp(page))
    expect(await scene.lets(grant, 'read', 'photos', 'a')).toBe(true)
    expect(await scene.lets(grant, 'read', 'music', 'a')).toBe(false)
  })

  test('for as long as the user says', async () => {
    const page = await scene.visit(await scene.integrationUrl())
    const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
    await page.getByLabel('Access ends on').fill(day)
    await passphraseOf(page).fill(passphrase)
    const asked = page.waitForRequest(`${scene.server.url}/consent`)
    await allow(page).click()
    const { not_after } = (await asked).postDataJSON()
    const end = new Date(not_after * 1000)
    expect([end.getHours(), end.getMinutes(), end.getSeconds()]).toEqual([23, 59, 59])
    expect(not_after - Date.now() / 1000).toBeLessThan(4 * 86_400)
    await scene.atTheApp(page)
  })
})

describe('the whole project', () => {
  /** A sign-in of ten minutes ago. */
  async function longAgo(): Promise<Person> {
    const { store, clock } = scene.server.deps
    const account = await store.users.findByEmail(scene.user.email)
    const token = newToken(scene.server.deps)
    const created_at = clock.now() - 600
    const session = {
      token_hash: tokenHash(token),
      kind: 'user',
      account_id: account?.id ?? '',
      network: '',
      user_agent: '',
    } as const
    await store.sessions.add(
      { ...session, created_at, expires_at: created_at + 3600, ttl_seconds: 3600 },
      account?.password_hash ?? '',
    )
    return { email: scene.user.email, token }
  }

  test('takes the password again when the sign-in is old', async () => {
    const page = await scene.visit(await scene.integrationUrl({ scope: 'read' }), await longAgo(), {
      refusals: [403],
    })
    const field = page.getByLabel('Your Valetkey password', { exact: true })
    expect(await field.isVisible()).toBe(false)
    await page.getByLabel('In the whole project').check()
    await field.waitFor()
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    await page.getByText('Enter your password.').waitFor()
    await field.fill('not my password')
    await allow(page).click()
    await page.getByText('The password is wrong').waitFor()
    await field.fill(password)
    await allow(page).click()
    const grant = grantIn(await scene.atTheApp(page))
    page.expectSilence()
    expect(await scene.lets(grant, 'read', 'anything', 'a/b')).toBe(true)
    expect(grant.encryption_access.default_key).toEqual(new Uint8Array(await scene.rootKey()))
  })

  test('takes none when it is new', async () => {
    const { body } = await call(scene.server, 'POST', '/api/v0/auth/token', {
      body: { email: scene.user.email, password },
    })
    const page = await scene.visit(await scene.integrationUrl({ scope: 'read' }), {
      email: scene.user.email,
      token: body.token,
    })
    await page.getByLabel('In the whole project').check()
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    expect(grantIn(await scene.atTheApp(page)).encryption_access.store_entries).toEqual([])
  })
})

const go = findGo()
describe.runIf(go !== undefined)('the Go implementation', { timeout: 600_000 }, () => {
  let judge: Judge
  beforeAll(async () => {
    judge = await startJudge(go ?? 'go')
  }, 600_000)
  afterAll(() => judge?.close())

  test('reads the grant that the browser put together, and lets the app in where it may go', async () => {
    const page = await scene.visit(await scene.integrationUrl({ scope: 'read,bucket:photos;2026/' }))
    await passphraseOf(page).fill(passphrase)
    await allow(page).click()
    const access_grant = (await scene.atTheApp(page)).get('access_grant') ?? ''
    const read = await judge.ask('decode_access_grant', { access_grant })
    if (!('answer' in read)) throw new Error(read.refusal)
    const { api_key, received, payload } = read.answer
    expect(received).toBe(payload)
    const record = await scene.server.deps.store.apiKeys.findByHead(api_key.head)
    if (record === undefined) throw new Error('nobody knows this API key')
    const secret = scene.server.deps.sealer.open('api-key', record.id, record.sealed_secret).toString('hex')
    const decide = async (path: string, op: 'read' | 'write') => {
      const encrypted_path = Buffer.from(await scene.encrypted('photos', path)).toString('hex')
      const time = { seconds: String(Math.floor(Date.now() / 1000)), nanos: 0 }
      const action = {
        op: operationNumber(op),
        bucket: Buffer.from('photos').toString('hex'),
        encrypted_path,
        time,
      }
      return judge.ask('check_api_key', { api_key: api_key.api_key, secret, version: record.version, action })
    }
    expect(await decide('2026/a', 'read')).toMatchObject({ answer: { decision: 'ok' } })
    expect(await decide('2025/a', 'read')).toMatchObject({ answer: { decision: 'unauthorized' } })
    expect(await decide('2026/a', 'write')).toMatchObject({ answer: { decision: 'unauthorized' } })
  })
})
