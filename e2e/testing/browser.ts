import { type BrowserContextOptions, chromium, type Page } from 'playwright'
import { launchOptions } from './chromium.ts'
import type { Person } from './story.ts'

declare global {
  interface Window {
    /** In the pages of these tests: where what the content policy stopped is told. */
    policyViolated(what: string): void
  }
}

/** Less than a test has, so that what did not come is told by its name. */
const patienceMs = 15_000

const cookies = { user: '_tokenKey', developer: '_developer_tokenKey' } as const

/** Somebody who is signed in at the server of this URL. */
export interface SignedIn {
  readonly kind: keyof typeof cookies
  readonly person: Person
  readonly url: string
}

export interface WatchedPage extends Page {
  /** @throws when the page wrote an error, threw one, met its content policy, or asked another origin for something */
  expectSilence(): void
  /** Everything the page asked for, its own addresses included. */
  readonly addresses: readonly string[]
}

export interface PageOptions extends BrowserContextOptions {
  /** Whose page it is. */
  readonly as?: SignedIn
  /** Statuses of refusals that this page is going to meet; browsers write each into the console as an error. */
  readonly refusals?: readonly number[]
  /** Origins that the page may go to besides its first: a test app. */
  readonly origins?: readonly string[]
}

export interface TestBrowser {
  /** A page in a context of its own: whoever is signed in on another is nobody here. */
  newPage(options?: PageOptions): Promise<WatchedPage>
  /** @throws when one of its pages was not silent */
  close(): Promise<void>
}

/** Chromium, without a window. */
export async function openBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch(launchOptions())
  const pages: WatchedPage[] = []
  return {
    async newPage({ as, refusals = [], origins = [], ...options } = {}) {
      const context = await browser.newContext(options)
      context.setDefaultTimeout(patienceMs)
      if (as !== undefined)
        await context.addCookies([
          { name: cookies[as.kind], value: as.person.token, url: new URL(as.url).origin },
        ])
      const page = await context.newPage()
      const watched = Object.assign(page, await watch(page, refusals, origins))
      pages.push(watched)
      return watched
    },
    async close() {
      await browser.close()
      for (const page of pages) page.expectSilence()
    },
  }
}

/** Collects what no page of ours may do, other tabs that it opens included. */
async function watch(
  first: Page,
  refusals: readonly number[],
  origins: readonly string[],
): Promise<Pick<WatchedPage, 'expectSilence' | 'addresses'>> {
  const noise: string[] = []
  const addresses: string[] = []
  let home: string | undefined
  const context = first.context()
  await context.exposeBinding('policyViolated', (_source, what: string) => void noise.push(what))
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      window.policyViolated(`content policy: ${violatedDirective} ${blockedURI}`),
    )
  })
  context.on('console', (message) => {
    const status = Number(/status of (\d+)/.exec(message.text())?.[1])
    if (message.type() === 'error' && !refusals.includes(status))
      noise.push(`console: ${message.text()} ${message.location().url}`)
  })
  context.on('weberror', (thrown) => noise.push(`thrown: ${thrown.error()}`))
  context.on('request', (request) => {
    addresses.push(request.url())
    const { origin, protocol } = new URL(request.url())
    if (!protocol.startsWith('http')) return
    home ??= origin
    if (origin !== home && !origins.includes(origin)) noise.push(`asked elsewhere: ${request.url()}`)
  })
  return {
    addresses,
    expectSilence() {
      if (noise.length > 0) throw new Error(noise.splice(0).join('\n'))
    },
  }
}
