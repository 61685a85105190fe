import { type BrowserContext, chromium, type Page } from 'playwright'
import { launchOptions } from '../../e2e/testing/chromium.ts'
import type { Site } from './site.ts'

/** A user with a real browser, who is signed in at the site and has a passphrase. */
export interface Visitor {
  /** A page that is nowhere yet. */
  newPage(): Promise<Page>
  /** Says yes on the consent page that this page is at. */
  approve(page: Page): Promise<void>
  close(): Promise<void>
}

export async function openVisitor(site: Site): Promise<Visitor> {
  const browser = await chromium.launch(launchOptions())
  const context: BrowserContext = await browser.newContext()
  context.setDefaultTimeout(20_000)
  await context.addCookies([{ name: '_tokenKey', value: site.user, url: site.url }])
  return {
    newPage: () => context.newPage(),
    async approve(page) {
      await page.getByLabel('Passphrase of the project', { exact: true }).fill('of the visitor')
      await page.getByRole('button', { name: 'Allow' }).click()
    },
    close: () => browser.close(),
  }
}
