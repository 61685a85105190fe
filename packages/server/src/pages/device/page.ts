import { html } from '../../http/html.ts'
import { brand, type Page } from '../../http/page.ts'
import { formAlert, needsScripts, submitButton, textField } from '../fields.ts'

/** Asks for the code that a device shows. What comes with the address is only filled in: its user still compares it. */
export const devicePage = ({
  signed_in_as,
  user_code,
}: {
  readonly signed_in_as: string
  readonly user_code: string
}): Page => ({
  title: 'Connect a device',
  script: 'device',
  body: html`${brand()}
<main class="card stack">
<div class="stack tight">
<h1>Connect a device</h1>
<p class="lead">A television, a command line or another device shows you a code. On the next page you see what it asks for, and decide.</p>
</div>
<form id="device" class="stack" method="post" novalidate>
${formAlert}
${textField({
  name: 'user_code',
  label: user_code === '' ? 'Code on your device' : 'Does your device show this code?',
  missing: 'Enter the code that your device shows.',
  autocomplete: 'off',
  value: user_code,
  longest: 16,
  hint: 'Eight letters. Go on only if you started this yourself: whoever sends you a code wants to get at your files.',
  first: true,
  also: html` class="mono code" placeholder="XXXX-XXXX" autocapitalize="characters" spellcheck="false"`,
})}
${submitButton('Continue')}
${needsScripts}
</form>
<p class="soft break">You are signed in as ${signed_in_as}.</p>
</main>`,
})
