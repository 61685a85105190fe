import { type Html, html } from '../http/html.ts'
import { brand, type Page } from '../http/page.ts'
import { pageOf, type Reason, type Refusal, type RefusalRow, refusals } from '../refusals.ts'
import { type AppAnswer, formTarget, wayBack } from './app-answer.ts'

interface Words {
  readonly title: string
  readonly what: string
}

const startAgain = 'Go back to the app and start again from there.'
const nothingShared = 'Nothing was shared, and the app learns nothing of this.'

/** For the visitor, who can do little about it. */
const words: Partial<Readonly<Record<Reason, Words>>> = {
  request_malformed: { title: 'Something is missing in this address', what: startAgain },
  link_unproven: {
    title: 'This link is not of an app known here',
    what: `It names an app that is not registered with this server, or would have sent you to an address that is not the app\u2019s; so you stay here. ${nothingShared}`,
  },
  assertion_expired: { title: 'This link is too old', what: `${startAgain} ${nothingShared}` },
  request_expired: { title: 'The time to decide is over', what: `${startAgain} ${nothingShared}` },
  request_not_pending: {
    title: 'You have decided already',
    what: 'Your first answer counts. Under Connected apps you see what you allowed, and can end it.',
  },
  request_id_unknown: { title: 'There is no such request', what: startAgain },
  request_of_another_user: {
    title: 'Somebody else is signed in',
    what: 'This request was made for another account. Sign in with that account, or go back to the app and start again.',
  },
  project_not_found: {
    title: 'You have no project yet',
    what: 'There is no storage that the app could be let into. Make a project first, then start again from the app.',
  },
  scope_invalid: {
    title: 'The app asks for something that cannot be given',
    what: 'What it asks for is not known here, or more than it may ask. Nothing was shared.',
  },
  request_uri_unknown: { title: 'This link is too old', what: `${startAgain} ${nothingShared}` },
  credentials_in_address: {
    title: 'This link gives a secret away',
    what: `An app must never put one into an address, so you stay here. ${startAgain} ${nothingShared}`,
  },
  interaction_needed: {
    title: 'You are not signed in',
    what: 'The app wants an answer without anybody being asked, and there is nobody to answer for. Nothing was shared.',
  },
  authorization_details_invalid: {
    title: 'The app asks for something that cannot be given',
    what: 'What it asks for is not known here, or more than it may ask. Nothing was shared.',
  },
  rate_limited: { title: 'Too many tries', what: 'Wait a few minutes, then start again from the app.' },
}

const unproven: Words = {
  title: 'The app could not prove who it is',
  what: `You were not asked anything, since it may be somebody else. ${nothingShared} If it lasts, tell whoever makes the app.`,
}

const wordsFor = ({ reason, status, description }: Refusal): Words => {
  if (status >= 500) return { title: 'That did not work', what: description }
  const row: RefusalRow = refusals[reason]
  return (
    words[reason] ??
    (row.error === 'invalid_client' ? unproven : { title: 'That did not work', what: description })
  )
}

/**
 * The page that stands where somebody would have been asked. Nobody is sent on from here; `back` is what the app is told
 * when its user goes back. `traced`: its developer can look it up.
 */
export function refusedPage(
  refusal: Refusal,
  trace_id: string,
  { back, traced = isTraced(refusal.reason) }: { back?: AppAnswer; traced?: boolean } = {},
): Page {
  const { title, what } = wordsFor(refusal)
  return {
    title,
    form_target: back && formTarget(back.redirect_uri),
    body: html`${brand()}
<main class="card roomy stack">
<h1>${title}</h1>
<p>${what}</p>
${back && wayBack(back)}
${forTheDeveloper(refusal, trace_id, traced)}
</main>`,
  }
}

/** Who came by reload finds the address without its parameters, among them the proof of the app. */
export const reloadedPage: Page = {
  title: 'Start again from the app',
  body: html`${brand()}
<main class="card roomy stack">
<h1>Start again from the app</h1>
<p>Apps send you to this address when they ask for access to your storage. It cannot be opened by itself or loaded again.</p>
<p>Go back to the app and start again from there. Nothing was shared.</p>
</main>`,
}

const forTheDeveloper = (
  { reason, error, description, status }: Refusal,
  trace_id: string,
  traced: boolean,
): Html => html`<details class="apart">
<summary>For the developer of the app</summary>
<div class="stack tight">
<p class="break">${status} <code>${error}</code>: ${description}</p>
${traced ? html`<p>Every step of it is explained to you under <a href="/console/token-requests/${trace_id}">Token requests</a> in the developer console.</p>` : undefined}
<p>Trace id: <code class="break" id="trace-id">${trace_id}</code></p>
<p><a href="/errors/${pageOf(reason)}">What this error means</a></p>
</div>
</details>`

const isTraced = (reason: Reason): boolean => {
  const row: RefusalRow = refusals[reason]
  return row.step !== undefined
}
