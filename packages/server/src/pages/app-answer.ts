import { withParameters } from '@valetkey/protocol'
import type { ResponseMode } from '../domain/authorization-request.ts'
import { type Html, html } from '../http/html.ts'
import { brand, type Page } from '../http/page.ts'

/** What an app is told at its redirect URI, and how. */
export interface AppAnswer {
  readonly redirect_uri: string
  readonly response_mode: ResponseMode
  readonly parameters: Readonly<Record<string, string | undefined>>
}

/** The answer in the query. */
export const addressOf = ({ redirect_uri, parameters }: AppAnswer): string =>
  withParameters(redirect_uri, parameters)

/**
 * Where a form that answers this redirect URI goes, for the content policy of its page: the origin, or the scheme of an
 * installed app. A policy has no way to write an IPv6 address, so there it is the scheme as well.
 *
 * @source https://www.w3.org/TR/CSP3/#directive-form-action
 */
export function formTarget(redirect_uri: string): string {
  const { protocol, origin, hostname } = new URL(redirect_uri)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  return isWeb && !hostname.startsWith('[') ? origin : protocol
}

/** What the user can press to go back to the app: nobody is sent. */
export function wayBack(answer: AppAnswer): Html {
  const words = `Back to the app (${placeOf(answer.redirect_uri)})`
  return answer.response_mode === 'query'
    ? html`<p><a class="button secondary" href="${addressOf(answer)}">${words}</a></p>`
    : formOf(answer, words)
}

/** A host; of an installed app the scheme. */
function placeOf(redirect_uri: string): string {
  const { host, protocol } = new URL(redirect_uri)
  return host === '' ? protocol.slice(0, -1) : host
}

/** The answer as a form, which the page's script posts at once. @source https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html */
export const postBackPage = (answer: AppAnswer): Page => ({
  title: 'Back to the app',
  script: 'post-back',
  form_target: formTarget(answer.redirect_uri),
  body: html`${brand()}
<main class="card roomy stack">
<h1>Back to the app</h1>
<p>You are being sent back to the app.</p>
${formOf(answer, 'Go on to the app')}
</main>`,
})

const formOf = (
  { redirect_uri, parameters }: AppAnswer,
  words: string,
): Html => html`<form method="post" id="post-back" action="${redirect_uri}">
${Object.entries(parameters).map(([name, value]) =>
  value === undefined ? undefined : html`<input type="hidden" name="${name}" value="${value}">\n`,
)}
<button type="submit" class="button secondary">${words}</button>
</form>`
