import { html } from '../../http/html.ts'
import { brand, type Page } from '../../http/page.ts'
import { accountData, signInForm } from '../sign-in/forms.ts'

const visit = { kind: 'user', next: 'reload' } as const

/** Signing in at the very address that asks for a decision, which then is loaded again. */
export const signInFirst = (asking = 'An app'): Page => ({
  title: 'Sign in to decide',
  script: 'sign-in',
  data: accountData(visit),
  body: html`${brand()}
<main class="card stack">
<div class="stack tight">
<h1>Sign in to decide</h1>
<p class="lead break"><bdi>${asking}</bdi> asks for access to your storage. What it may do, you say on the next page.</p>
</div>
${signInForm(visit)}
</main>`,
})
