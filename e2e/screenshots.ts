/**
 * `npm run screenshots`: every page in its states, at desktop and phone width, light and dark, into .cache/screenshots.
 *
 * For looking at; they are compared with nothing. Arguments are parts of names: only those that contain one are made.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { deviceKeyOf } from '../packages/server/src/domain/device-key.ts'
import { newUserCode } from '../packages/server/src/domain/user-code.ts'
import { newToken, tokenHash } from '../packages/server/src/ids.ts'
import { userCodeHash } from '../packages/server/src/oauth/authorize-device.ts'
import { openBrowser, type SignedIn, type TestBrowser } from './testing/browser.ts'
import { startHookReceiver } from './testing/hook-receiver.ts'
import {
  aClient,
  aCode,
  aDeveloper,
  aUser,
  call,
  jwtSecret,
  type RegisteredClient,
  redeem,
  redirectUri,
  startServer,
  type TestServer,
} from './testing/story.ts'

const folder = join(import.meta.dirname, '../.cache/screenshots')
const widths = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 780 } }
const schemes = ['light', 'dark'] as const

/** What a set of pages began for itself. */
const endings: (() => Promise<void>)[] = []

interface Shot {
  /** The page and its state. */
  readonly name: string
  /** On the server of most, or the whole address. */
  readonly path: string
  readonly as?: Viewer
  /** What brings the page into its state, once it is loaded. */
  readonly act?: (page: Page) => Promise<void>
  /** Answers of the API that are held back, or fail. */
  readonly api?: 'waits' | 'fails'
  /** The page's clock is ours, and `act` may turn it. */
  readonly clock?: true
}

type Viewer = Pick<SignedIn, 'kind' | 'person'>

const longName = 'The long-winded photo archive of everything that ever happened'

async function main(): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const [server, broken] = [await startServer(), await startServer()]
  await broken.deps.store.close()
  const browser = await openBrowser()
  const wanted = process.argv.slice(2)
  const shots = (await everyShot(server, broken)).filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  )
  for (const shot of shots) await take(browser, server, shot)
  console.log(`${shots.length * 4} screenshots in ${folder}`)
  // Pages that failed on purpose are not silent; what they show is the point.
  await browser.close().catch(() => undefined)
  await Promise.all([server.stop(), broken.stop(), ...endings.map((end) => end())])
}

async function take(browser: TestBrowser, server: TestServer, shot: Shot): Promise<void> {
  for (const [width, viewport] of Object.entries(widths))
    for (const colorScheme of schemes) {
      const url = new URL(shot.path, server.url)
      const as = shot.as === undefined ? {} : { as: { ...shot.as, url: url.origin } }
      const page = await browser.newPage({ viewport, colorScheme, ...as })
      if (shot.clock) await page.clock.install()
      if (shot.api !== undefined)
        await page.route('**/api/v0/**', (route) => (shot.api === 'fails' ? route.abort() : undefined))
      await page.goto(url.href)
      if (shot.api === undefined)
        await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => undefined)
      else await page.waitForTimeout(shot.api === 'fails' ? 4000 : 300)
      await shot.act?.(page)
      await page.screenshot({
        path: join(folder, `${shot.name}-${width}-${colorScheme}.png`),
        // A dialog stands over the window, not over the page.
        fullPage: (await page.getByRole('dialog').count()) === 0,
      })
      await page.context().close()
    }
}

/** The broken server has lost its database. */
async function everyShot(server: TestServer, broken: TestServer): Promise<readonly Shot[]> {
  return [
    ...strangersShots(),
    ...(await userShots(server)),
    { name: 'apps-failed', path: `${broken.url}/apps`, as: { kind: 'user', person: await aUser(server) } },
    ...(await consentShots(server)),
    ...(await standardShots(server)),
    ...(await developerShots(server)),
    ...(await webhookShots()),
  ]
}

function strangersShots(): readonly Shot[] {
  const doors = ['', '/console'].flatMap((door) => {
    const who = door === '' ? 'user' : 'developer'
    return ['sign-in', 'register', 'forgot-password', 'reset-password'].map((page) => ({
      name: `${who}-${page}`,
      path: `${door}/${page}${page === 'reset-password' ? `#token=${'x'.repeat(43)}` : ''}`,
    }))
  })
  const signInWrong = async (page: Page) => {
    await page.getByLabel('E-mail').fill('nobody@example.org')
    await page.getByLabel('Password', { exact: true }).fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
  }
  return [
    { name: 'home', path: '/' },
    { name: 'not-found', path: '/nothing/here' },
    { name: 'errors', path: '/errors' },
    { name: 'error-invalid-client', path: '/errors/invalid_client' },
    ...doors,
    { name: 'user-sign-in-wrong', path: '/sign-in', act: signInWrong },
  ]
}

async function userShots(server: TestServer): Promise<readonly Shot[]> {
  const [newcomer, user] = [await aUser(server), await aUser(server)]
  const developer = await aDeveloper(server)
  const clients = []
  for (const name of ['Photos', longName, 'Backup']) {
    const client = await aClient(server, { name }, developer)
    clients.push(client)
    const scope = ['read', 'list', `bucket:photos;${'a-long-folder-name/'.repeat(6)}`]
    const { code } = await aCode(server, client, user, { scope })
    await redeem(server, client, code)
    if (name === 'Backup')
      await call(server, 'DELETE', `/api/v0/auth/developer-access/${client.client_id}/revoke`, {
        token: user.token,
      })
  }
  const as: Viewer = { kind: 'user', person: user }
  const endAccess = (page: Page) =>
    page
      .getByRole('button', { name: /^End access of/ })
      .first()
      .click()
  const endAccessInVain = async (page: Page) => {
    await page.route('**/revoke', (route) => route.abort())
    await endAccess(page)
    await page.getByRole('dialog').getByRole('button', { name: 'End access' }).click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
  }
  return [
    { name: 'apps-empty', path: '/apps', as: { kind: 'user', person: newcomer } },
    { name: 'apps', path: '/apps', as },
    { name: 'apps-revoke', path: '/apps', as, act: endAccess },
    { name: 'apps-revoke-failed', path: '/apps', as, act: endAccessInVain },
    { name: 'apps-history', path: `/apps/${clients[0]?.client_id}/history`, as },
    { name: 'account', path: '/account', as },
    {
      name: 'account-delete',
      path: '/account',
      as,
      act: (page) => page.getByText('Delete my account', { exact: true }).click(),
    },
  ]
}

async function consentShots(server: TestServer): Promise<readonly Shot[]> {
  const user = await aUser(server)
  const developer = await aDeveloper(server)
  const photos = await aClient(server, {}, developer)
  const wordy = await aClient(server, { name: longName }, developer)
  const pathOf = async (client: RegisteredClient, scope: string, changes: Record<string, string> = {}) => {
    const client_secret = await jwtSecret(client)
    const query = { client_id: client.client_id, client_secret, redirect_uri: redirectUri, scope, ...changes }
    return `/oauth2-integration?${new URLSearchParams(query)}`
  }
  const as: Viewer = { kind: 'user', person: user }
  // A browser that has no such app stays where it is.
  const redirect_uri = 'com.example.photos:/back'
  const onDevice = await aClient(server, { redirect_uris: [redirect_uri] }, developer)
  const letTimePass = async (page: Page) => {
    await page.clock.fastForward('20:00')
    await page.getByRole('heading', { name: 'The time to decide is over' }).waitFor()
  }
  const deny = async (page: Page) => {
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('heading', { name: 'You have decided' }).waitFor()
    await page.clock.fastForward('00:05')
  }
  const places = Array.from({ length: 5 }, (_, at) => `bucket:bucket-${at};${'deep/'.repeat(at * 5)}folder`)
  return [
    { name: 'consent-signed-out', path: await pathOf(photos, 'read,list,bucket:photos;2026/') },
    { name: 'consent', path: await pathOf(photos, 'read,list,bucket:photos;2026/'), as },
    { name: 'consent-everything', path: await pathOf(photos, 'read,write,list,delete,lock'), as },
    {
      name: 'consent-expired',
      path: await pathOf(photos, 'read,bucket:photos'),
      as,
      clock: true,
      act: letTimePass,
    },
    {
      name: 'consent-decided',
      path: await pathOf(onDevice, 'read', { redirect_uri }),
      as,
      clock: true,
      act: deny,
    },
    { name: 'consent-long', path: await pathOf(wordy, ['read', 'write', ...places].join(' ')), as },
    {
      name: 'consent-wrong-redirect',
      path: await pathOf(photos, 'read', { redirect_uri: 'https://evil.example/' }),
      as,
    },
    { name: 'consent-wrong-jwt', path: await pathOf(photos, 'read', { client_secret: 'not.a.jwt' }), as },
    { name: 'consent-unknown-request', path: '/consent/3f0c0e0a-0000-4000-8000-000000000000', as },
  ]
}

async function standardShots(server: TestServer): Promise<readonly Shot[]> {
  const [user, developer] = [await aUser(server), await aDeveloper(server)]
  const client = await aClient(server, { name: 'Photo frame' }, developer)
  const { store, clock } = server.deps
  const grant_types = ['authorization_code', 'refresh_token'] as const
  await store.clients.update(client.id, () => ({ grant_types }), clock.now())
  const { body: projects } = await call(server, 'GET', '/api/v0/projects', { token: user.token })
  const pathOf = (changes: Record<string, string>) => {
    const query = {
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: redirectUri,
      scope: 'read',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    }
    return `/oauth2/authorize?${new URLSearchParams({ ...query, ...changes })}`
  }
  const authorization_details = JSON.stringify([
    {
      type: 'storage_access',
      project: projects[0].id,
      bucket: 'photos',
      prefix: '2026/',
      actions: ['read', 'write'],
      not_after: clock.now() + 5 * 86_400,
      max_object_ttl: 7 * 86_400,
    },
  ])
  const addDevice = async (user_code: string) => {
    const device_code = newToken(server.deps)
    await store.devices.add({
      device_code_hash: tokenHash(device_code),
      user_code_hash: userCodeHash(server.deps, user_code),
      client_id: client.client_id,
      scopes: ['read', 'list', 'bucket:photos'],
      offline_access: true,
      asked_project_id: null,
      latest_end: null,
      max_object_ttl: null,
      ...deviceKeyOf(device_code),
      network: '198.51.100.7',
      user_agent: 'photo-frame/2.1',
      created_at: clock.now(),
      expires_at: clock.now() + 600,
      interval_seconds: 5,
      last_polled_at: null,
      too_fast: false,
      request_id: null,
    })
  }
  const goOn = async (page: Page) => {
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Photo frame' }).waitFor()
  }
  const as: Viewer = { kind: 'user', person: user }
  await addDevice('BCDFGHJK')
  return [
    { name: 'authorize', path: pathOf({ scope: 'offline_access', authorization_details }), as },
    { name: 'authorize-wrong-redirect', path: pathOf({ redirect_uri: 'https://evil.example/' }), as },
    { name: 'authorize-cannot-ask', path: pathOf({ prompt: 'none' }) },
    { name: 'device', path: '/device', as },
    { name: 'device-signed-out', path: '/device' },
    { name: 'device-filled-in', path: '/device?user_code=BCDF-GHJK', as },
    {
      name: 'device-wrong',
      path: '/device?user_code=ZZZZ-ZZZZ',
      as,
      act: async (page) => {
        await page.getByRole('button', { name: 'Continue' }).click()
        await page.getByText('No device waits with this code').waitFor()
      },
    },
    { name: 'device-asks', path: '/device?user_code=BCDF-GHJK', as, act: goOn },
    {
      name: 'device-connected',
      path: '/device',
      as,
      act: async (page) => {
        const code = newUserCode(server.deps.random)
        await addDevice(code)
        await page.getByLabel('Code on your device').fill(code)
        await goOn(page)
        await page.getByLabel('My project has no passphrase').check()
        await page.getByRole('button', { name: 'Allow' }).click()
        await page.getByRole('heading', { name: 'Your device is connected' }).waitFor()
      },
    },
  ]
}

async function developerShots(server: TestServer): Promise<readonly Shot[]> {
  const [newcomer, registering, developer] = [
    await aDeveloper(server),
    await aDeveloper(server),
    await aDeveloper(server),
  ]
  const user = await aUser(server)
  const photos = await aClient(server, { description: 'Shows what you took' }, developer)
  await aClient(server, { name: longName, redirect_uris: manyUris }, developer)
  const stopped = await aClient(server, { name: 'Backup' }, developer)
  await server.deps.store.administration.suspendClient(
    stopped.id,
    { end_access: false },
    server.deps.clock.now(),
  )
  const whileSuspended = await redeem(server, stopped, 'no-such-code')
  for (let turn = 0; turn < 6; turn++) {
    const { code } = await aCode(server, photos, user)
    await redeem(server, photos, code)
    await redeem(server, photos, 'no-such-code')
    await redeem(server, photos, code, {
      client_secret: await jwtSecret({ ...photos, client_secret: 'wrong' }),
    })
  }
  const failure = await redeem(server, photos, 'stale', {
    client_secret: await jwtSecret(
      { ...photos, client_secret: `${photos.client_secret}\n` },
      { expiresIn: -400 },
    ),
    redirect_uri: `${redirectUri}/`,
  })
  await server.deps.recorder.flush()
  const as: Viewer = { kind: 'developer', person: developer }
  const empty: Viewer = { kind: 'developer', person: newcomer }
  const tabs = ['settings', 'secrets', 'quickstart'].map((tab): Shot => {
    return { name: `client-${tab}`, path: `/console/clients/${photos.client_id}?tab=${tab}`, as }
  })
  const stale = await jwtSecret({ ...photos, client_secret: 'wrong' }, { expiresIn: -400 })
  const pages = {
    clients: '/console',
    'client-new': '/console/clients/new',
    client: `/console/clients/${photos.client_id}`,
    'client-suspended': `/console/clients/${stopped.client_id}`,
    'client-suspended-settings': `/console/clients/${stopped.client_id}?tab=settings`,
    'client-unknown': '/console/clients/01890000-0000-7000-8000-000000000000',
    'token-requests': '/console/token-requests',
    'token-request': `/console/token-requests/${failure.body.trace_id}`,
    'token-request-suspended': `/console/token-requests/${whileSuspended.body.trace_id}`,
    'token-request-unknown': `/console/token-requests/${'0'.repeat(32)}`,
    diagnose: '/console/diagnose',
    'access-log': '/console/access-log',
    'console-account': '/console/account',
  }
  return [
    ...Object.entries(pages).flatMap(([name, path]): Shot[] => [
      { name, path, as },
      ...(['clients', 'token-requests', 'access-log'].includes(name)
        ? [
            { name: `${name}-empty`, path, as: empty },
            { name: `${name}-loading`, path, as, api: 'waits' } as const,
            { name: `${name}-failed`, path, as, api: 'fails' } as const,
          ]
        : []),
    ]),
    ...tabs,
    {
      name: 'client-delete',
      path: `/console/clients/${photos.client_id}?tab=settings`,
      as,
      act: (page) => page.getByRole('button', { name: 'Delete', exact: true }).click(),
    },
    {
      name: 'client-secret-once',
      path: pages['client-new'],
      as: { kind: 'developer', person: registering },
      act: registerClient,
    },
    { name: 'diagnosis', path: pages.diagnose, as, act: (page) => diagnose(page, stale) },
  ]
}

/** On a server of their own: one that sends to this machine. */
async function webhookShots(): Promise<readonly Shot[]> {
  const server = await startServer({ dev: 'on' })
  endings.push(() => server.stop())
  const receiver = await startHookReceiver()
  endings.push(() => receiver.close())
  const [developer, newcomer] = [await aDeveloper(server), await aDeveloper(server)]
  const { token } = developer
  const paths: string[] = []
  for (const description of ['', 'Ends sessions when access ends', longName]) {
    const url = `${receiver.url}/${description.replaceAll(' ', '-')}`
    const events = description === '' ? undefined : ['grant.revoked']
    const { body } = await call(server, 'POST', hooks, { token, body: { url, description, events } })
    paths.push(`${hooks}/${body.id}`)
  }
  const [working, failing, off] = paths
  await call(server, 'POST', `${working}/test`, { token })
  const photos = await aClient(server, {}, developer)
  const user = await aUser(server)
  await redeem(server, photos, (await aCode(server, photos, user)).code)
  await receiver.until((received) => received.length > 1)
  receiver.answer(500)
  await call(server, 'POST', `${failing}/test`, { token })
  await redeem(server, photos, 'no-such-code')
  await call(server, 'POST', `${working}/test`, { token })
  await call(server, 'PATCH', `${off}`, { token, body: { state: 'disabled' } })
  const as: Viewer = { kind: 'developer', person: developer }
  const pageOf = (path = '') => `${server.url}/console/webhooks/${path.split('/').at(-1)}`
  const list = `${server.url}/console/webhooks`
  return [
    { name: 'webhooks', path: list, as },
    { name: 'webhooks-empty', path: list, as: { kind: 'developer', person: newcomer } },
    { name: 'webhooks-loading', path: list, as, api: 'waits' },
    { name: 'webhooks-failed', path: list, as, api: 'fails' },
    { name: 'webhook', path: pageOf(working), as },
    { name: 'webhook-off', path: pageOf(off), as },
    { name: 'webhook-new', path: `${list}/new`, as },
    {
      name: 'webhook-secret-once',
      path: `${list}/new`,
      as: { kind: 'developer', person: newcomer },
      act: (page) => addWebhook(page, receiver.url),
    },
  ]
}

const hooks = '/api/v0/developer/auth/webhooks'

async function addWebhook(page: Page, url: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Address' }).fill(url)
  await page.getByRole('button', { name: 'Add the webhook' }).click()
  await page.getByRole('heading', { name: 'Store the signing secret now' }).waitFor()
}

async function registerClient(page: Page): Promise<void> {
  const uri = page.getByRole('textbox', { name: 'Redirect URI', exact: true })
  await page.getByRole('textbox', { name: 'Name' }).fill('Photos')
  await uri.fill(redirectUri)
  await uri.press('Enter')
  await page.getByRole('heading', { name: 'Store the client secret now' }).waitFor()
}

async function diagnose(page: Page, request: string): Promise<void> {
  await page.getByLabel('Request', { exact: true }).fill(request)
  await page.getByRole('button', { name: 'Diagnose' }).click()
  await page.getByRole('region', { name: 'Diagnosis' }).waitFor()
}

const manyUris = Array.from(
  { length: 12 },
  (_, at) => `https://photos-${at}.example/${'path/'.repeat(at)}callback`,
)

await main()
