import { durationInWords, rfc3339 } from '@valetkey/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { signInAddress } from '../accounts/account-kinds.ts'
import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { sendRefusalPage } from '../http/answers.ts'
import { type Html, html } from '../http/html.ts'
import { brand, sendPage } from '../http/page.ts'
import { asRefusal } from '../http/reply.ts'
import { whoIsHere } from '../http/sessions.ts'
import type { PageOptions } from './page-options.ts'

/** A page for a user who is signed in. */
export interface UserPage {
  readonly title: string
  /** Which entry of the navigation it belongs to. */
  readonly here: '/apps' | '/account'
  /** Also the name of its script. */
  readonly name: 'apps' | 'account'
  /** The content of `<main>`. */
  readonly main: Html
}

/** The user who asks for a page. A stranger is sent to sign in, and comes back from there; undefined then. */
export async function userAt(
  deps: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Acting | undefined> {
  const by = await whoIsHere(deps, request, 'user')
  if (by === undefined) await reply.redirect(signInAddress('user', request.url), 303)
  return by
}

/** Tells whoever looks at these pages in a page what went wrong. */
export function failAsPages(app: FastifyInstance, { deps, assets }: PageOptions): void {
  app.setErrorHandler(async (thrown, request, reply) => {
    const refusal = asRefusal(thrown)
    return sendRefusalPage({ log: deps.log, assets }, request, reply, refusal, {
      title: 'Not now',
      body: html`${brand()}
<main class="card stack">
<h1>This page cannot be shown now</h1>
<p>${refusal.description}</p>
<p><a href="${request.url}">Try again</a></p>
<p class="soft">If it stays so, tell whoever runs this server this number: <code class="break">${request.id}</code></p>
</main>`,
    })
  })
}

/** Sends a page in the frame that all pages of a user have. */
export function sendUserPage(
  reply: FastifyReply,
  { assets }: Pick<PageOptions, 'assets'>,
  { account }: Acting,
  { title, here, name, main }: UserPage,
): FastifyReply {
  const current = (path: string) => (path === here ? html` aria-current="page"` : undefined)
  return sendPage(reply, assets, {
    title,
    script: name,
    body: html`${brand(html`<nav aria-label="Your storage">
<a href="/apps"${current('/apps')}>Connected apps</a>
<a href="/account"${current('/account')}>Account</a>
</nav>
<div class="who">
<span id="who" class="soft" title="${account.email}"><span class="visually-hidden">Signed in as </span><bdi>${account.full_name}</bdi></span>
<button type="button" id="sign-out" class="button quiet" disabled>Sign out</button>
</div>`)}
<main class="page stack loose">
${readOnly}
${main}
</main>`,
  })
}

const readOnly = html`<noscript><p class="alert warn">Without JavaScript this page can only be read. Allow it for this site to change anything, then load the page again.</p></noscript>`

/** Epoch seconds of what an API says in RFC 3339. */
export const secondsOf = (datetime: string): number => Date.parse(datetime) / 1000

/** A day, as `1 March 2026`; the very minute is in its title. */
export const day = (seconds: number): Html => time(seconds, dayWords)

/** A minute, as `1 March 2026 at 12:00 UTC`. */
export const minute = (seconds: number): Html => time(seconds, minuteWords)

/** A day that is to come, and how far away it is. */
export const dayAhead = (seconds: number, now: number): Html =>
  html`${day(seconds)} <span class="soft">(in ${durationInWords(seconds - now)})</span>`

const time = (seconds: number, words: (seconds: number) => string): Html =>
  html`<time datetime="${rfc3339(seconds)}" title="${minuteWords(seconds)}">${words(seconds)}</time>`

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})

const dayWords = (seconds: number): string => dayFormat.format(seconds * 1000)

const minuteWords = (seconds: number): string =>
  `${dayWords(seconds)} at ${rfc3339(seconds).slice(11, 16)} UTC`
