import {
  actions,
  actionsInWords,
  browserInWords,
  durationInWords,
  graveActions,
  type Place,
  reachInWords,
  type ScopeAction,
} from '@valetkey/protocol'
import { type Html, html } from '../../http/html.ts'
import { brand, type Page } from '../../http/page.ts'
import { formTarget } from '../app-answer.ts'
import { asTyped, dateField, secretField, textField } from '../fields.ts'
import type { ConsentView } from './view.ts'

/** The page on which the user decides. Its script, `consent.ts` of the web package, knows these names and ids. */
export function consentPage(view: ConsentView): Page {
  return {
    title: `${view.client_name} asks for access`,
    script: 'consent',
    wasm: true,
    data: view.data,
    // Nothing here is ever sent elsewhere but by an app that asked for it.
    form_target: view.data.response_mode === 'form_post' ? formTarget(view.data.redirect_uri) : undefined,
    body: html`${brand()}
<main class="card roomy consent" id="main">
<noscript><p class="alert warn">This page needs JavaScript: your passphrase is worked with here, in your browser, and nowhere else.</p></noscript>
<form class="stack loose" id="consent" method="post" autocomplete="off" novalidate>
${whoAsks(view)}
<div class="stack loose" id="chosen">
${whatItMay(view)}
${where(view)}
${whatItMayNot(view)}
${howLong(view)}
${whichProject(view)}
${passphrase(view)}
${password}
</div>
<div class="alert bad" role="alert" id="problem"></div>
<div class="stack tight unseen" id="progress">
<p id="progress-words">Working with your passphrase in this browser. This takes a few seconds.</p>
<div class="working" role="progressbar" aria-labelledby="progress-words"></div>
</div>
<div class="stack tight">
<div class="decide">
<button class="button secondary" type="button" id="deny" disabled>Deny</button>
<button class="button" type="submit" id="allow" disabled>Allow</button>
</div>
<p class="soft" id="time-left"></p>
</div>
</form>
</main>
<footer class="foot">You can end this access at any time under <a href="/apps" target="_blank" rel="noopener">Connected apps</a>.</footer>`,
  }
}

function whoAsks({
  client_name,
  developer_name,
  returns_to,
  device,
  signed_in_as,
  held,
  data,
}: ConsentView): Html {
  return html`<header class="stack">
<h1 class="break"><bdi>${client_name}</bdi> ${device && 'on a device '}asks for access to your storage</h1>
${device && html`<p class="alert warn" id="device-warning">Go on only if you started this yourself, on a device that is yours. Whoever sent you a code, or called you, wants to get at your files.</p>`}
<dl class="facts">
<dt>Made by</dt><dd><bdi>${developer_name || 'unknown'}</bdi> <span class="badge warn">not verified by Valetkey</span></dd>
${device && html`<dt>The device</dt><dd>${browserInWords(device.user_agent)}, asking from ${device.network}</dd>`}
${returns_to && html`<dt>Sends you back to</dt><dd>${returns_to}</dd>`}
<dt>You are</dt><dd>${signed_in_as}<br><button class="button quiet" type="button" id="not-you" disabled>Not you? ${data.ends_with === 'code' && data.iss === undefined ? 'Sign in with another account' : 'Sign out'}</button></dd>
</dl>
${held.length > 0 ? html`<p class="alert">This app has access already: it may ${reachInWords(held)}. What you allow now comes on top of that.</p>` : undefined}
</header>`
}

/** What else there is to know of an action. */
const asides: Partial<Record<ScopeAction, string>> = {
  write: 'Files that are there stay as they are, unless it may delete as well.',
  delete: 'If it may upload as well, it can also replace files.',
  lock: 'Nobody can lift a lock before its time, not even you.',
}

const whatItMay = ({ asked }: ConsentView): Html => html`<fieldset class="choices" id="actions">
<legend>It may</legend>
${asked.actions
  .toSorted((a, b) => Number(graveActions.includes(a)) - Number(graveActions.includes(b)))
  .map((action) => {
    const grave = graveActions.includes(action)
    return html`<label class="check"><input type="checkbox" name="action" value="${action}"${grave ? undefined : html` checked`}><span>${actionsInWords[action]}${grave ? html` <span class="badge bad">cannot be undone</span>` : undefined}${aside(action)}</span></label>
`
  })}
<p class="error" id="actions-error"></p>
</fieldset>`

const aside = (action: ScopeAction): Html | undefined => {
  const words = asides[action]
  return words === undefined ? undefined : html`<br><span class="hint">${words}</span>`
}

const where = ({ asked }: ConsentView): Html => (asked.places.length === 0 ? anywhere : these(asked.places))

const these = (places: readonly Place[]): Html => html`<fieldset class="stack" id="places">
<legend>Where</legend>
${places.map((place, at) => placeChoice(place, at, places.length === 1))}
<p class="error" id="places-error"></p>
</fieldset>`

const placeChoice = (
  { bucket, prefix }: Place,
  at: number,
  only: boolean,
): Html => html`<div class="place stack tight">
${
  only
    ? html`<p class="break">Bucket <strong class="mono">${bucket}</strong></p>`
    : html`<label class="check"><input type="checkbox" name="place" value="${at}" checked><span class="break">Bucket <strong class="mono">${bucket}</strong></span></label>`
}
${folderField({
  name: `prefix-${at}`,
  value: prefix,
  hint:
    prefix === ''
      ? 'You may name a folder, such as 2026/, and give no more than that.'
      : html`The app asks for <span class="mono break">${prefix}</span>; you may name a folder in it.`,
})}
</div>
`

const folderField = (field: { name: string; value?: string; hint?: string | Html }): Html =>
  textField({
    label: 'Only this folder (optional)',
    autocomplete: 'off',
    also: html` class="mono" placeholder="everything in this bucket"${asTyped}`,
    ...field,
  })

const anywhere = html`<fieldset class="stack" id="places">
<legend>Where</legend>
<p class="hint">The app names no bucket. Choose how far it may go.</p>
<label class="check"><input type="radio" name="reach" value="bucket"><span>In one bucket only</span></label>
<div class="place stack tight" id="one-bucket" hidden>
${textField({ name: 'bucket', label: 'Name of the bucket', autocomplete: 'off', longest: 63, also: html` class="mono"${asTyped}` })}
${folderField({ name: 'prefix' })}
</div>
<label class="check"><input type="radio" name="reach" value="project"><span>In the whole project <span class="badge bad">everything</span><br><span class="hint">Every bucket there is, and every one to come: the app gets the key to all of it.</span></span></label>
<p class="error" id="places-error"></p>
</fieldset>`

/** Says what stays closed; the script keeps it true while choices are made. */
const whatItMayNot = ({
  asked,
}: ConsentView): Html => html`<section class="stack tight" aria-labelledby="may-not">
<h2 id="may-not">It may not</h2>
<ul class="bullets">
${actions.map((action) => {
  const stays = !asked.actions.includes(action) || graveActions.includes(action)
  return html`<li data-action="${action}"${stays ? undefined : html` hidden`}>${actionsInWords[action]}</li>
`
})}
<li id="not-elsewhere"${asked.places.length === 0 ? html` hidden` : undefined}>reach anything else</li>
<li>learn your password or your passphrase</li>
</ul>
</section>`

const dayOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)

function howLong({
  now,
  usual_end,
  latest_end,
  longest_days,
  offline_access,
  max_object_ttl,
}: ConsentView): Html {
  const most =
    longest_days === undefined
      ? 'The app asks for no longer than this.'
      : `At most ${longest_days} ${longest_days === 1 ? 'day' : 'days'}.`
  return html`<div class="stack tight">
${dateField({
  name: 'until',
  label: 'Access ends on',
  autocomplete: 'off',
  value: dayOf(usual_end),
  hint: `At the end of that day, by itself. ${most}`,
  also: html` required min="${dayOf(now)}" max="${dayOf(latest_end)}"`,
})}
${offline_access ? html`<p id="offline">It may renew this access by itself until then, without you being there.</p>` : undefined}
${max_object_ttl === null ? undefined : html`<p id="object-ttl">What it uploads is deleted by itself, ${durationInWords(max_object_ttl)} after the upload at the latest.</p>`}
</div>`
}

function whichProject({ projects, project_fixed }: ConsentView): Html | undefined {
  const [only] = projects
  if (project_fixed)
    return html`<p class="break">Of your project <strong><bdi>${only?.name}</bdi></strong>: the app asks for this one.</p>`
  if (projects.length < 2) return undefined
  return html`<div class="field">
<label for="project">Of which project</label>
<select id="project" name="project">${projects.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}</select>
</div>`
}

/** Without a name, like the password: whatever happens to the script, no form sends it anywhere. */
const passphrase = ({ data }: ConsentView): Html => html`<div class="stack tight">
${secretField({
  id: 'passphrase',
  label: 'Passphrase of the project',
  autocomplete: 'off',
  longest: 4096,
  hint: `Your files are encrypted with it. It never leaves this browser: only keys for what you allow are made from it here, sealed, so that ${data.ends_with === 'device' ? 'nothing but a request of the device opens them' : 'the app can open them and Valetkey cannot'}. Valetkey cannot check it: with a typo the app finds nothing it can read.`,
})}
<label class="check"><input type="checkbox" name="blank" id="blank"><span>My project has no passphrase</span></label>
</div>`

const password = html`<div id="password-needed" hidden>
${secretField({
  id: 'password',
  label: 'Your Valetkey password',
  autocomplete: 'current-password',
  hint: 'What you are about to allow is far-reaching, and you signed in a while ago: confirm that it is you.',
})}
</div>`
