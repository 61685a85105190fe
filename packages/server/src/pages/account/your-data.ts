import type { Account } from '../../domain/account.ts'
import { type Html, html } from '../../http/html.ts'
import { formAlert, secretField } from '../fields.ts'

/** What is kept about a user, as a file; and the end of the account, which takes a tick and the password. */
export const yourData = ({
  email,
}: Account): Html => html`<section class="panel stack" aria-labelledby="data-title">
<h2 id="data-title">Your data</h2>
<p>Everything that is kept about you here, in one file: your account, sessions, projects, the access you gave and the activity above. It holds no password and no key. What is in your buckets is not here.</p>
<div class="actions"><a class="button secondary" href="/api/v0/auth/account/export" download>Export my data</a></div>
<details>
<summary>Delete my account</summary>
<form id="delete-account" class="stack narrow" novalidate>
<ul>
<li>All access that apps have ends at once, and every key they hold.</li>
<li>Your projects and their salts are gone. Without its salt, nobody opens what is encrypted in a bucket, you neither: fetch your files first.</li>
<li>Your name and address are removed, and you are signed out everywhere.</li>
</ul>
${formAlert}
<input type="text" name="username" autocomplete="username" value="${email}" hidden>
<label class="check"><input type="checkbox" id="delete-sure" name="sure" value="yes"> <span>I understand that nothing of it comes back.</span></label>
${secretField({ name: 'password', id: 'delete-password', label: 'Your password', autocomplete: 'current-password', missing: 'Enter your password.' })}
<div class="actions"><button type="submit" class="button danger" disabled>Delete my account for good</button></div>
</form>
</details>
</section>
<div id="account-deleted" class="alert good stack" role="status" tabindex="-1" hidden>
<p>Your account is deleted, and every access that apps had has ended. A mail says so as well.</p>
<p><a href="/">To the first page</a></p>
</div>`
