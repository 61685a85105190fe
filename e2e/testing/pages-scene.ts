import type { SettingName } from '@valetkey/server'
import { afterAll } from 'vitest'
import { openBrowser, type PageOptions, type TestBrowser, type WatchedPage } from './browser.ts'
import { type Person, startServer, type TestServer } from './story.ts'

/** A server and a browser, for the tests of one file. */
export interface PagesScene {
  readonly server: TestServer
  readonly browser: TestBrowser
  /** A page of this person at this path: of a developer in the console, of a user elsewhere. */
  visit(path: string, person: Person, options?: PageOptions): Promise<WatchedPage>
}

/** Both are open until the last test of the file that calls this is done. */
export async function openPagesScene(
  settings: Partial<Record<SettingName, string>> = {},
): Promise<PagesScene> {
  const [server, browser] = await Promise.all([startServer(settings), openBrowser()])
  afterAll(async () => {
    try {
      await browser.close()
    } finally {
      await server.stop()
    }
  })
  return {
    server,
    browser,
    async visit(path, person, options = {}) {
      const kind = path.startsWith('/console') ? 'developer' : 'user'
      const page = await browser.newPage({ as: { kind, person, url: server.url }, ...options })
      await page.goto(`${server.url}${path}`)
      return page
    },
  }
}
