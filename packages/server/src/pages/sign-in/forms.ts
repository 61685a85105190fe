import { type AccountPageData, passwordRule } from '@valetkey/protocol'
import { doors, signInAddress } from '../../accounts/account-kinds.ts'
import type { AccountKind } from '../../domain/account.ts'
import { type Html, html } from '../../http/html.ts'
import { brand, type Page } from '../../http/page.ts'
import { emailField, formAlert, needsScripts, passwordField, submitButton, textField } from '../fields.ts'

/** Somebody at one of the doors, and where they go on to. */
export type Visit = Pick<AccountPageData, 'kind' | 'next'>

/** What is said at the one door and at the other. */
const words = {
  developer: {
    signIn: 'Sign in to the developer console',
    register: 'Create a developer account',
    whom: 'For people who build apps that ask for storage.',
    others: html`Looking for your storage? <a class="keep" href="${signInAddress('user')}">Sign in here</a>`,
    place: 'developer console',
  },
  user: {
    signIn: 'Sign in to your storage',
    register: 'Create a storage account',
    whom: 'For people who keep their files here.',
    others: html`Building an app? <a class="keep" href="${signInAddress('developer')}">Sign in as a developer</a>`,
    place: 'storage',
  },
} as const satisfies Record<AccountKind, object>

/** What the script `sign-in` is told; it belongs to `signInForm`. */
export const accountData = ({ kind, next }: Visit): AccountPageData => ({ kind, api: doors[kind].api, next })

/**
 * The form alone, for any page that needs somebody to sign in first: its script is `sign-in`, its data `accountData`.
 * With `next: 'reload'` its links open beside the page, and signing in there lets this page go on too.
 */
export const signInForm = (
  visit: Visit,
): Html => html`<form id="sign-in" class="stack" method="post" novalidate>
${formAlert}
${emailField({ first: true })}
${passwordField({ label: 'Password', missing: 'Enter your password.', autocomplete: 'current-password' })}
<div class="row between">
<label class="check"><input type="checkbox" name="remember"> Remember for one week</label>
<a href="${addressOf(visit, 'forgot-password')}"${beside(visit)}>Forgot password?</a>
</div>
${submitButton('Sign in')}
${needsScripts}
<p>New here? ${createAccount(visit)}</p>
</form>`

/** `ended`: their session did, and that is why they are here. */
export function signInPage(visit: Visit, { ended }: { ended: boolean }): Page {
  const { signIn: title, whom } = words[visit.kind]
  const content = html`${greeting(title, whom)}
${ended ? sessionEnded : undefined}
${signInForm(visit)}`
  return { title, body: card(visit.kind, content), script: 'sign-in', data: accountData(visit) }
}

const sessionEnded: Html = html`<p class="alert" role="status">Your session ended. Sign in and you are back where you were.</p>`

/** From a page that waits it opens beside it, and says there when to come back. */
const createAccount = (visit: Visit): Html =>
  visit.next === 'reload'
    ? html`<a id="beside" href="${addressOf(visit, 'register')}?after=close" target="_blank" rel="noopener">Create an account (opens a new tab)</a></p>
<p id="waiting" class="soft" role="status">`
    : html`<a href="${addressOf(visit, 'register')}">Create an account</a>`

/** With `next: 'close'` it ends with the way back to the tab that waits. */
export function registerPage(visit: Visit): Page {
  const { register: title, whom } = words[visit.kind]
  const content = html`${greeting(title, whom)}
<form id="register" class="stack" method="post" novalidate>
${formAlert}
${textField({ name: 'fullName', label: 'Name', missing: 'Enter your name.', autocomplete: 'name', first: true })}
${emailField()}
${newPassword('Password')}
${submitButton('Create account')}
${needsScripts}
</form>
<p id="to-sign-in">Have an account? <a href="${addressOf(visit, 'sign-in')}">Sign in</a></p>
${activation}
${visit.next === 'close' ? accountReady : undefined}`
  return { title, body: card(visit.kind, content), script: 'register', data: accountData(visit) }
}

/** Only on servers that verify addresses; the script shows it when the answer to the registration says so. */
const activation: Html = html`<div id="activation" class="stack" hidden>
<p>We have sent a code of six digits to <strong id="mailed-to" class="break"></strong>. Enter it here within 24 hours, and leave this page open meanwhile.</p>
<form id="activate" class="stack" method="post" novalidate>
${formAlert}
${textField({ name: 'code', label: 'Code', missing: 'Enter the code from the mail.', autocomplete: 'one-time-code', longest: 16, also: html` class="code" inputmode="numeric"` })}
${submitButton('Confirm')}
</form>
<div class="row">
<p>No mail? Check your spam folder, or</p>
<button type="button" class="button secondary" id="another-code">Send another code</button>
</div>
<p class="soft" id="another-code-sent" role="status"></p>
</div>`

const accountReady: Html = html`<div id="ready" class="alert good" role="status" tabindex="-1" hidden>
<p>Your account is ready. Go back to the tab in which the app asked.</p>
</div>`

/** `outbox`: the server sends no mails, but keeps them in a folder. */
export function forgotPasswordPage(visit: Visit, { outbox }: { outbox: boolean }): Page {
  const title = 'Choose a new password'
  const lead = `For your ${words[visit.kind].place} account. We mail you a link that lets you choose one.`
  const kept = html`<p>This server has no mail server to send with. It keeps its mails in its outbox folder; whoever operates it finds yours there.</p>`
  const content = html`${greeting(title, lead)}
<form id="forgot-password" class="stack" method="post" novalidate>
${formAlert}
${emailField({ first: true })}
${submitButton('Send the link')}
${needsScripts}
</form>
<div id="mail-sent" class="alert good" role="status" tabindex="-1" hidden>
<p>If this address has an account, a mail with a link is on its way to it. The link works once, within 24 hours.</p>
${outbox ? kept : undefined}
</div>
<p><a href="${addressOf(visit, 'sign-in')}">Back to sign-in</a></p>`
  return { title, body: card(visit.kind, content), script: 'forgot-password', data: accountData(visit) }
}

export function resetPasswordPage(visit: Visit): Page {
  const title = 'Choose a new password'
  const { pages } = doors[visit.kind]
  const content = html`${greeting(title, `For your ${words[visit.kind].place} account. Everywhere it is signed in, it will be signed out.`)}
<form id="reset-password" class="stack" method="post" novalidate>
${formAlert}
${newPassword('New password')}
${submitButton('Set the new password')}
<p><a href="${pages}/forgot-password">Ask for another link</a></p>
</form>
${needsScripts}
<div id="no-token" class="alert warn" hidden>
<p>This page needs the link from the mail: open it from there. <a href="${pages}/forgot-password">Ask for another link</a></p>
</div>
<div id="password-changed" class="alert good" role="status" tabindex="-1" hidden>
<p>Your password is changed. <a href="${signInAddress(visit.kind)}">Sign in with it</a></p>
</div>`
  return { title, body: card(visit.kind, content), script: 'reset-password', data: accountData(visit) }
}

const newPassword = (label: string): Html =>
  passwordField({ label, hint: passwordRule, autocomplete: 'new-password' })

const greeting = (title: string, lead: string): Html => html`<div class="stack tight">
<h1>${title}</h1>
<p class="lead">${lead}</p>
</div>`

const card = (kind: AccountKind, content: Html): Html => html`${brand()}
<main class="card stack">
${content}
<p class="soft apart">${words[kind].others}</p>
</main>`

const beside = ({ next }: Visit): Html | undefined =>
  next === 'reload' ? html` target="_blank" rel="noopener"` : undefined

/** Of another page at the same door, which leads on to the same place. */
function addressOf({ kind, next }: Visit, page: string): string {
  const path = `${doors[kind].pages}/${page}`
  if (typeof next === 'string' || next.go_to === doors[kind].home) return path
  return `${path}?return_to=${encodeURIComponent(next.go_to)}`
}
