import { reachInWords } from '@valetkey/protocol'
import type { AuthorizationRequest, AuthorizationRequestState } from '../../domain/authorization-request.ts'
import { type Html, html } from '../../http/html.ts'
import { minute, type UserPage } from '../user-frame.ts'

/** How many requests of one app are shown; the audit log has them all. */
const mostAsked = 50

/** What one app asked, newest first, and how it ended. */
export function historyPage(
  asked: readonly (AuthorizationRequest & { readonly client_name: string })[],
): UserPage {
  const [newest] = asked
  return {
    title: 'What an app asked',
    here: '/apps',
    name: 'apps',
    main: html`<div class="stack tight">
<p><a href="/apps">Connected apps</a></p>
<h1 class="break">${newest === undefined ? 'An app that asked nothing' : html`What <bdi>${newest.client_name}</bdi> asked`}</h1>
</div>
<div id="history" class="panel stack tight">
${
  newest === undefined
    ? html`<p>No app with this id ever asked for access to your storage.</p>`
    : html`<ul class="list">${asked.slice(0, mostAsked).map(askedEntry)}</ul>`
}
${asked.length > mostAsked ? html`<p class="soft">${asked.length - mostAsked} earlier ones are in your <a href="/account#activity">activity</a>.</p>` : undefined}
</div>`,
  }
}

function askedEntry({
  id,
  state,
  ends_with,
  created_at,
  scopes,
  approved_scopes,
}: AuthorizationRequest): Html {
  const { badge, words } = outcomes[state]
  return html`<li class="stack tight">
<p class="row"><span class="badge ${badge}">${words}</span> ${minute(created_at)}</p>
<p class="soft break">It asked to ${reachInWords(scopes)}.${
    state === 'approved' && !isSame(scopes, approved_scopes)
      ? html` You allowed it to ${reachInWords(approved_scopes)}.`
      : undefined
  }</p>
${state === 'waiting' && ends_with === 'code' ? html`<p><a href="/consent/${id}">Decide now</a></p>` : undefined}
</li>`
}

/** Narrowed places are others; what comes in another order, or twice, is the same. */
const isSame = (asked: readonly string[], allowed: readonly string[]): boolean =>
  asked.every((scope) => allowed.includes(scope)) && allowed.every((scope) => asked.includes(scope))

const outcomes: Record<AuthorizationRequestState, { badge: string; words: string }> = {
  waiting: { badge: 'warn', words: 'Waits for you' },
  approved: { badge: 'good', words: 'Allowed' },
  rejected: { badge: 'bad', words: 'Refused' },
  expired: { badge: '', words: 'Not decided in time' },
}
