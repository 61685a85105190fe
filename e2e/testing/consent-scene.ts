import {
  type AccessGrant,
  encryptSharePrefixes,
  parseAccessGrant,
  shareRootKey,
} from '@valetkey/access-grant'
import type { Page } from 'playwright'
import { afterAll } from 'vitest'
import type { PageOptions, WatchedPage } from './browser.ts'
import { openPagesScene, type PagesScene } from './pages-scene.ts'
import { aClient, aDeveloper, aUser, call, jwtSecret, type Person, type RegisteredClient } from './story.ts'
import { startTestApp, type TestApp } from './test-app.ts'

export const passphrase = 'the passphrase of a consent, \u00fc'
/** What the app wants to have back, as it is. */
export const state = 'a b&c=\u00e9"<'

/** A server, a browser, a running app with its client, and a user who is signed in; for the tests of one file. */
export interface ConsentScene extends Pick<PagesScene, 'server' | 'browser'> {
  readonly app: TestApp
  readonly developer: Person
  readonly user: Person
  readonly client: RegisteredClient
  /** The address that the app sends its user to; changes replace single parameters. */
  integrationUrl(
    change?: Record<string, string>,
    from?: { readonly client: RegisteredClient },
  ): Promise<string>
  /** A page of this user, nowhere yet. */
  newPage(who?: Person, options?: PageOptions): Promise<WatchedPage>
  /** A page of this user at this address. */
  visit(url: string, who?: Person, options?: PageOptions): Promise<WatchedPage>
  /** Waits until the browser is back at the app; what it is told there. */
  atTheApp(page: Page): Promise<URLSearchParams>
  /** Whether the storage network lets the app do this with the object of this name. */
  lets(
    grant: AccessGrant,
    op: 'read' | 'write' | 'list' | 'delete',
    bucket: string,
    path: string,
  ): Promise<boolean>
  /** The name as the user's own programs write it, from the root key. */
  encrypted(bucket: string, path: string): Promise<Uint8Array>
  rootKey(passphrase?: string): Promise<Uint8Array>
}

export async function openConsentScene(): Promise<ConsentScene> {
  const [{ server, browser }, app] = await Promise.all([openPagesScene(), startTestApp()])
  afterAll(() => app.close())
  const [developer, user] = await Promise.all([aDeveloper(server), aUser(server)])
  const client = await aClient(server, { redirect_uris: [app.redirect_uri] }, developer)

  const scene: ConsentScene = {
    server,
    browser,
    app,
    developer,
    user,
    client,
    async integrationUrl(change = {}, from = { client }) {
      const { client_id, client_secret: key } = from.client
      const client_secret = await jwtSecret({ client_id, client_secret: key })
      server.secrets.add('JWT', client_secret)
      const parameters = {
        client_id,
        client_secret,
        redirect_uri: app.redirect_uri,
        scope: 'read,write,list,bucket:photos',
        state,
      }
      return `${server.url}/oauth2-integration?${new URLSearchParams({ ...parameters, ...change })}`
    },
    newPage(person = user, options = {}) {
      const as = { kind: 'user', person, url: server.url } as const
      return browser.newPage({ as, origins: [app.origin], ...options })
    },
    async visit(url, who, options) {
      const page = await scene.newPage(who, options)
      await page.goto(url)
      return page
    },
    async atTheApp(page) {
      await page.waitForURL((url) => url.origin === app.origin, { timeout: 15_000 })
      const told = new URL(page.url()).searchParams
      if (!page.url().startsWith(app.redirect_uri))
        throw new Error(`the app is told elsewhere: ${page.url()}`)
      if (told.get('state') !== state) throw new Error(`the app has another state: ${told.get('state')}`)
      return told
    },
    async lets({ api_key }, op, bucket, path) {
      const encrypted_path = await scene.encrypted(bucket, path)
      return (await server.deps.network.check(api_key, { op, bucket, encrypted_path })).allowed
    },
    async encrypted(bucket, path) {
      const { encryption_access } = shareRootKey(await scene.rootKey(), [])
      const [prefix] = encryptSharePrefixes(encryption_access, [{ bucket, prefix: path }])
      return prefix?.encrypted_path_prefix ?? new Uint8Array()
    },
    async rootKey(of = passphrase) {
      const { token } = user
      const { body: projects } = await call(server, 'GET', '/api/v0/projects', { token })
      const { body: salt } = await call(server, 'GET', `/api/v0/projects/${projects[0].id}/salt`, { token })
      return new Uint8Array(await server.deps.rootKeys(of, salt))
    },
  }
  return scene
}

export const allow = (page: Page) => page.getByRole('button', { name: 'Allow' })
export const deny = (page: Page) => page.getByRole('button', { name: 'Deny' })
export const passphraseOf = (page: Page) => page.getByLabel('Passphrase of the project', { exact: true })

/** @throws when the app was told anything else than the access grant, or lost what its address had before */
export function grantIn(told: URLSearchParams): AccessGrant {
  const names = [...told.keys()].join(' ')
  if (names !== 'tab name access_grant state') throw new Error(`the app was told ${names}`)
  return parseAccessGrant(told.get('access_grant') ?? '')
}
